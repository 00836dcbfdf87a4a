// What somebody who is invited is told, in the product's four languages.
import { defineMail } from '../mail/mail.template.js';

export const INVITATION = defineMail<{ url: string; organization: string; inviter: string }>({
  kind: 'INVITATION',
  en: ({ url, organization, inviter }) => ({
    subject: `You are invited to ${organization}`, action: { label: 'Accept the invitation', url },
    lines: [`${inviter} invites you to work in ${organization} on Switchboard. The link works once, for 7 days.`, 'You do not know them? Ignore this message: nothing happens without the link.'],
  }),
  es: ({ url, organization, inviter }) => ({
    subject: `Le invitan a ${organization}`, action: { label: 'Aceptar la invitación', url },
    lines: [`${inviter} le invita a trabajar en ${organization} en Switchboard. El enlace funciona una vez, durante 7 días.`, '¿No conoce a esta persona? Ignore este mensaje: sin el enlace no ocurre nada.'],
  }),
  fr: ({ url, organization, inviter }) => ({
    subject: `Vous êtes invité à rejoindre ${organization}`, action: { label: 'Accepter l’invitation', url },
    lines: [`${inviter} vous invite à travailler dans ${organization} sur Switchboard. Le lien fonctionne une fois, pendant 7 jours.`, 'Vous ne connaissez pas cette personne ? Ignorez ce message : rien ne se passe sans le lien.'],
  }),
  pt: ({ url, organization, inviter }) => ({
    subject: `Você foi convidado para ${organization}`, action: { label: 'Aceitar o convite', url },
    lines: [`${inviter} convida você a trabalhar em ${organization} no Switchboard. O link funciona uma vez, por 7 dias.`, 'Não conhece esta pessoa? Ignore esta mensagem: nada acontece sem o link.'],
  }),
});
