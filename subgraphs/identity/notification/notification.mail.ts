// A notification as a mail: the same words as in the inbox.
import { defineMail, type MailLanguage, type MailText } from '../mail/mail.template.js';
import type { NotificationParams } from './notification.entity.js';
import type { NotificationKind } from './notification.kinds.js';
import { wordsOf } from './notification.texts.js';

interface NotificationMail {
  kind: NotificationKind;
  params: NotificationParams;
}

const inLanguage = (language: MailLanguage) => ({ kind, params }: NotificationMail): MailText => {
  const { title, text } = wordsOf(kind, params, language);
  return { subject: title, lines: [text] };
};

export const notificationMail = defineMail<NotificationMail>({
  kind: 'NOTIFICATION', en: inLanguage('en'), es: inLanguage('es'), fr: inLanguage('fr'), pt: inLanguage('pt'),
});
