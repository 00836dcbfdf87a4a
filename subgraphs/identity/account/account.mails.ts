// What people are told about their account, in the product's four languages.
import { defineMail } from '../mail/mail.template.js';

interface Link {
  url: string;
}

/** Anybody may have it sent to any address: not a word in it is the sender's. */
export const VERIFY_EMAIL = defineMail<Link>({
  kind: 'VERIFY_EMAIL',
  en: ({ url }) => ({
    subject: 'Confirm your e-mail address', action: { label: 'Confirm the address', url },
    lines: ['Confirm this address and choose a password to open your account on Switchboard. The link works for 24 hours.', 'It was not you? Ignore this message: nothing happens without the link.'],
  }),
  es: ({ url }) => ({
    subject: 'Confirme su dirección de correo', action: { label: 'Confirmar la dirección', url },
    lines: ['Confirme esta dirección y elija una contraseña para abrir su cuenta en Switchboard. El enlace funciona durante 24 horas.', '¿No ha sido usted? Ignore este mensaje: sin el enlace no ocurre nada.'],
  }),
  fr: ({ url }) => ({
    subject: 'Confirmez votre adresse e-mail', action: { label: 'Confirmer l’adresse', url },
    lines: ['Confirmez cette adresse et choisissez un mot de passe pour ouvrir votre compte sur Switchboard. Le lien est valable 24 heures.', 'Ce n’était pas vous ? Ignorez ce message : rien ne se passe sans le lien.'],
  }),
  pt: ({ url }) => ({
    subject: 'Confirme o seu endereço de e-mail', action: { label: 'Confirmar o endereço', url },
    lines: ['Confirme este endereço e escolha uma senha para abrir a sua conta no Switchboard. O link funciona por 24 horas.', 'Não foi você? Ignore esta mensagem: nada acontece sem o link.'],
  }),
});

export const ALREADY_REGISTERED = defineMail<Link>({
  kind: 'ALREADY_REGISTERED',
  en: ({ url }) => ({
    subject: 'You have an account already', action: { label: 'Choose a new password', url },
    lines: ['Somebody registered with this address, which has an account on Switchboard already. Sign in with it, or choose a new password.', 'It was not you? Ignore this message: nothing was changed.'],
  }),
  es: ({ url }) => ({
    subject: 'Ya tiene una cuenta', action: { label: 'Elegir una contraseña nueva', url },
    lines: ['Alguien se ha registrado con esta dirección, que ya tiene una cuenta en Switchboard. Inicie sesión con ella o elija una contraseña nueva.', '¿No ha sido usted? Ignore este mensaje: no ha cambiado nada.'],
  }),
  fr: ({ url }) => ({
    subject: 'Vous avez déjà un compte', action: { label: 'Choisir un nouveau mot de passe', url },
    lines: ['Quelqu’un s’est inscrit avec cette adresse, qui a déjà un compte sur Switchboard. Connectez-vous, ou choisissez un nouveau mot de passe.', 'Ce n’était pas vous ? Ignorez ce message : rien n’a changé.'],
  }),
  pt: ({ url }) => ({
    subject: 'Você já tem uma conta', action: { label: 'Escolher uma nova senha', url },
    lines: ['Alguém se registrou com este endereço, que já tem uma conta no Switchboard. Entre com ela ou escolha uma nova senha.', 'Não foi você? Ignore esta mensagem: nada foi alterado.'],
  }),
});

export const PASSWORD_RESET = defineMail<Link>({
  kind: 'PASSWORD_RESET',
  en: ({ url }) => ({
    subject: 'Choose a new password', action: { label: 'Choose a new password', url },
    lines: ['Somebody, probably you, asked for a new password. The link works once, for an hour; an older one no longer does.', 'It was not you? Ignore this message: your password stays as it is.'],
  }),
  es: ({ url }) => ({
    subject: 'Elija una contraseña nueva', action: { label: 'Elegir una contraseña nueva', url },
    lines: ['Alguien, probablemente usted, ha pedido una contraseña nueva. El enlace funciona una vez, durante una hora; los anteriores ya no.', '¿No ha sido usted? Ignore este mensaje: su contraseña no cambia.'],
  }),
  fr: ({ url }) => ({
    subject: 'Choisissez un nouveau mot de passe', action: { label: 'Choisir un nouveau mot de passe', url },
    lines: ['Quelqu’un, sans doute vous, a demandé un nouveau mot de passe. Le lien fonctionne une fois, pendant une heure ; les précédents ne valent plus.', 'Ce n’était pas vous ? Ignorez ce message : votre mot de passe ne change pas.'],
  }),
  pt: ({ url }) => ({
    subject: 'Escolha uma nova senha', action: { label: 'Escolher uma nova senha', url },
    lines: ['Alguém, provavelmente você, pediu uma nova senha. O link funciona uma vez, por uma hora; os anteriores deixam de valer.', 'Não foi você? Ignore esta mensagem: a sua senha não muda.'],
  }),
});

export const PASSWORD_CHANGED = defineMail<Link>({
  kind: 'PASSWORD_CHANGED',
  en: ({ url }) => ({
    subject: 'Your password was changed', action: { label: 'It was not me: choose a new password', url },
    lines: ['The password of your account was changed just now, and other devices were signed out.'],
  }),
  es: ({ url }) => ({
    subject: 'Su contraseña ha cambiado', action: { label: 'No he sido yo: elegir una contraseña nueva', url },
    lines: ['La contraseña de su cuenta acaba de cambiar y se ha cerrado la sesión en los demás dispositivos.'],
  }),
  fr: ({ url }) => ({
    subject: 'Votre mot de passe a été changé', action: { label: 'Ce n’était pas moi : choisir un nouveau mot de passe', url },
    lines: ['Le mot de passe de votre compte vient d’être changé, et les autres appareils ont été déconnectés.'],
  }),
  pt: ({ url }) => ({
    subject: 'A sua senha foi alterada', action: { label: 'Não fui eu: escolher uma nova senha', url },
    lines: ['A senha da sua conta acaba de ser alterada, e os outros dispositivos foram desconectados.'],
  }),
});

export const CONFIRM_OLD_EMAIL = defineMail<Link & { newEmail: string }>({
  kind: 'CONFIRM_OLD_EMAIL',
  en: ({ url, newEmail }) => ({
    subject: 'Confirm the change of your e-mail address', action: { label: 'Allow the change', url },
    lines: [`Your account is to change to ${newEmail}. It changes once this address and the new one are confirmed. The link works for an hour.`, 'It was not you? Change your password at once: that also stops the change.'],
  }),
  es: ({ url, newEmail }) => ({
    subject: 'Confirme el cambio de su dirección', action: { label: 'Permitir el cambio', url },
    lines: [`Su cuenta va a cambiar a ${newEmail}. Cambiará cuando esta dirección y la nueva estén confirmadas. El enlace funciona durante una hora.`, '¿No ha sido usted? Cambie su contraseña ahora mismo: eso también detiene el cambio.'],
  }),
  fr: ({ url, newEmail }) => ({
    subject: 'Confirmez le changement de votre adresse', action: { label: 'Autoriser le changement', url },
    lines: [`Votre compte doit passer à ${newEmail}. Il changera une fois cette adresse et la nouvelle confirmées. Le lien est valable une heure.`, 'Ce n’était pas vous ? Changez tout de suite votre mot de passe : cela arrête aussi le changement.'],
  }),
  pt: ({ url, newEmail }) => ({
    subject: 'Confirme a alteração do seu endereço', action: { label: 'Permitir a alteração', url },
    lines: [`A sua conta vai mudar para ${newEmail}. Ela muda quando este endereço e o novo estiverem confirmados. O link funciona por uma hora.`, 'Não foi você? Altere já a sua senha: isso também impede a mudança.'],
  }),
});

export const CONFIRM_NEW_EMAIL = defineMail<Link>({
  kind: 'CONFIRM_NEW_EMAIL',
  en: ({ url }) => ({
    subject: 'Confirm your new e-mail address', action: { label: 'Confirm the address', url },
    lines: ['Confirm that this is to be the address of your account on Switchboard. The link works for an hour.', 'It was not you? Ignore this message.'],
  }),
  es: ({ url }) => ({
    subject: 'Confirme su nueva dirección', action: { label: 'Confirmar la dirección', url },
    lines: ['Confirme que esta será la dirección de su cuenta en Switchboard. El enlace funciona durante una hora.', '¿No ha sido usted? Ignore este mensaje.'],
  }),
  fr: ({ url }) => ({
    subject: 'Confirmez votre nouvelle adresse', action: { label: 'Confirmer l’adresse', url },
    lines: ['Confirmez que cette adresse sera celle de votre compte sur Switchboard. Le lien est valable une heure.', 'Ce n’était pas vous ? Ignorez ce message.'],
  }),
  pt: ({ url }) => ({
    subject: 'Confirme o seu novo endereço', action: { label: 'Confirmar o endereço', url },
    lines: ['Confirme que este será o endereço da sua conta no Switchboard. O link funciona por uma hora.', 'Não foi você? Ignore esta mensagem.'],
  }),
});

export const EMAIL_TAKEN = defineMail<object>({
  kind: 'EMAIL_TAKEN',
  en: () => ({
    subject: 'This address has an account already',
    lines: ['Somebody wanted to make this the address of another account on Switchboard. It has an account already, so nothing will change.', 'It was you? Sign in with this address instead, or change its account first.'],
  }),
  es: () => ({
    subject: 'Esta dirección ya tiene una cuenta',
    lines: ['Alguien ha querido usar esta dirección para otra cuenta de Switchboard. Ya tiene una cuenta, así que no cambiará nada.', '¿Ha sido usted? Inicie sesión con esta dirección o cambie antes su cuenta.'],
  }),
  fr: () => ({
    subject: 'Cette adresse a déjà un compte',
    lines: ['Quelqu’un a voulu donner cette adresse à un autre compte Switchboard. Elle a déjà un compte : rien ne changera.', 'C’était vous ? Connectez-vous avec cette adresse, ou changez d’abord son compte.'],
  }),
  pt: () => ({
    subject: 'Este endereço já tem uma conta',
    lines: ['Alguém quis usar este endereço para outra conta do Switchboard. Ele já tem uma conta, por isso nada vai mudar.', 'Foi você? Entre com este endereço ou altere primeiro a conta dele.'],
  }),
});

export const EMAIL_CHANGED = defineMail<{ newEmail: string }>({
  kind: 'EMAIL_CHANGED',
  en: ({ newEmail }) => ({
    subject: 'Your e-mail address was changed', lines: [`Your account on Switchboard now uses ${newEmail}. This address no longer signs in.`, 'It was not you? Write to the administrator of your organization.'],
  }),
  es: ({ newEmail }) => ({
    subject: 'Su dirección de correo ha cambiado', lines: [`Su cuenta de Switchboard usa ahora ${newEmail}. Con esta dirección ya no se inicia sesión.`, '¿No ha sido usted? Escriba al administrador de su organización.'],
  }),
  fr: ({ newEmail }) => ({
    subject: 'Votre adresse e-mail a été changée', lines: [`Votre compte Switchboard utilise désormais ${newEmail}. Cette adresse ne permet plus de se connecter.`, 'Ce n’était pas vous ? Écrivez à l’administrateur de votre organisation.'],
  }),
  pt: ({ newEmail }) => ({
    subject: 'O seu endereço de e-mail foi alterado', lines: [`A sua conta do Switchboard usa agora ${newEmail}. Este endereço já não dá acesso.`, 'Não foi você? Escreva ao administrador da sua organização.'],
  }),
});
