// What somebody who is invited is told, in the product's four languages.
import { defineMail } from '../mail/mail.template.js';

export const INVITATION = defineMail<{ url: string; organization: string; inviter: string }>({
  kind: 'INVITATION',
  en: ({ url, organization, inviter }, product) => ({
    subject: `You are invited to ${organization}`, action: { label: 'Accept the invitation', url },
    lines: [`${inviter} invites you to work in ${organization} on ${product}. The link works once, for 7 days.`, 'You do not know them? Ignore this message: nothing happens without the link.'],
  }),
  es: ({ url, organization, inviter }, product) => ({
    subject: `Le invitan a ${organization}`, action: { label: 'Aceptar la invitación', url },
    lines: [`${inviter} le invita a trabajar en ${organization} en ${product}. El enlace funciona una vez, durante 7 días.`, '¿No conoce a esta persona? Ignore este mensaje: sin el enlace no ocurre nada.'],
  }),
  fr: ({ url, organization, inviter }, product) => ({
    subject: `Vous êtes invité à rejoindre ${organization}`, action: { label: 'Accepter l’invitation', url },
    lines: [`${inviter} vous invite à travailler dans ${organization} sur ${product}. Le lien fonctionne une fois, pendant 7 jours.`, 'Vous ne connaissez pas cette personne ? Ignorez ce message : rien ne se passe sans le lien.'],
  }),
  pt: ({ url, organization, inviter }, product) => ({
    subject: `Você foi convidado para ${organization}`, action: { label: 'Aceitar o convite', url },
    lines: [`${inviter} convida você a trabalhar em ${organization} no ${product}. O link funciona uma vez, por 7 dias.`, 'Não conhece esta pessoa? Ignore esta mensagem: nada acontece sem o link.'],
  }),
});
