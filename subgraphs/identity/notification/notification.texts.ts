// The words of notifications, in the reader's language at the moment of reading.
import { languageOf, type Language } from '../../kernel/base/language.js';
import type { NotificationParams } from './notification.entity.js';
import type { NotificationKind } from './notification.kinds.js';

export interface Words {
  title: string;
  text: string;
}

/** `{name}` is filled from the notification's params. */
const TEXTS: Readonly<Record<NotificationKind, Readonly<Record<Language, Words>>>> = {
  MESSAGE_UNCONFIRMED: {
    en: { title: 'Was this message sent?', text: 'The provider did not say whether it took a message of conversation #{conversation}. It is not sent again by itself: please decide.' },
    es: { title: '¿Se envió este mensaje?', text: 'El proveedor no confirmó un mensaje de la conversación n.º {conversation}. No se reenvía por sí solo: decida usted.' },
    fr: { title: 'Ce message est-il parti ?', text: 'Le fournisseur n’a pas confirmé un message de la conversation n° {conversation}. Il n’est pas renvoyé tout seul : à vous de décider.' },
    pt: { title: 'Esta mensagem foi enviada?', text: 'O provedor não confirmou uma mensagem da conversa n.º {conversation}. Ela não é reenviada sozinha: decida, por favor.' },
  },
  MESSAGE_FAILED: {
    en: { title: 'A message did not arrive', text: 'A message of conversation #{conversation} did not reach the customer.' },
    es: { title: 'Un mensaje no llegó', text: 'Un mensaje de la conversación n.º {conversation} no llegó al cliente.' },
    fr: { title: 'Un message n’est pas arrivé', text: 'Un message de la conversation n° {conversation} n’a pas atteint le client.' },
    pt: { title: 'Uma mensagem não chegou', text: 'Uma mensagem da conversa n.º {conversation} não chegou ao cliente.' },
  },
  INBOX_DISABLED: {
    en: { title: 'An inbox was switched off', text: 'The provider no longer takes the token of the inbox “{inbox}”. Its messages wait and are sent once it has a new token and is switched on.' },
    es: { title: 'Se desactivó una bandeja de entrada', text: 'El proveedor ya no acepta el token de la bandeja «{inbox}». Sus mensajes esperan y se enviarán cuando tenga un token nuevo y se active.' },
    fr: { title: 'Une boîte de réception a été désactivée', text: 'Le fournisseur n’accepte plus le jeton de la boîte « {inbox} ». Ses messages attendent et partiront dès qu’elle aura un nouveau jeton et sera réactivée.' },
    pt: { title: 'Uma caixa de entrada foi desativada', text: 'O provedor já não aceita o token da caixa “{inbox}”. As mensagens esperam e serão enviadas quando houver um novo token e ela for ativada.' },
  },
  INBOX_TOKEN_EXPIRING: {
    en: { title: 'An inbox needs a new token', text: 'The token of the inbox “{inbox}” ends soon and could not be renewed. Please connect the inbox again or give it a new token.' },
    es: { title: 'Una bandeja de entrada necesita un token nuevo', text: 'El token de la bandeja «{inbox}» caduca pronto y no se pudo renovar. Conecte la bandeja de nuevo o asígnele un token nuevo.' },
    fr: { title: 'Une boîte de réception a besoin d’un nouveau jeton', text: 'Le jeton de la boîte « {inbox} » expire bientôt et n’a pas pu être renouvelé. Reconnectez la boîte ou donnez-lui un nouveau jeton.' },
    pt: { title: 'Uma caixa de entrada precisa de um novo token', text: 'O token da caixa “{inbox}” expira em breve e não pôde ser renovado. Conecte a caixa de novo ou atribua um novo token.' },
  },
  SECURITY_EVENT: {
    en: { title: 'This looks like an attack', text: 'Something in your organization looks like an attack. Please look at its security events.' },
    es: { title: 'Esto parece un ataque', text: 'Algo en su organización parece un ataque. Revise sus eventos de seguridad.' },
    fr: { title: 'Cela ressemble à une attaque', text: 'Quelque chose dans votre organisation ressemble à une attaque. Consultez ses événements de sécurité.' },
    pt: { title: 'Isto parece um ataque', text: 'Algo na sua organização parece um ataque. Verifique os eventos de segurança.' },
  },
  USAGE_LIMIT: {
    en: { title: 'Your plan is being used up', text: '{percent} percent of a limit of your organization is reached: {quota}, {used} of {limit}.' },
    es: { title: 'Su plan se está agotando', text: 'Se alcanzó el {percent} por ciento de un límite de su organización: {quota}, {used} de {limit}.' },
    fr: { title: 'Votre forfait s’épuise', text: '{percent} pour cent d’une limite de votre organisation sont atteints : {quota}, {used} sur {limit}.' },
    pt: { title: 'O seu plano está a esgotar-se', text: 'Foram atingidos {percent} por cento de um limite da sua organização: {quota}, {used} de {limit}.' },
  },
  PLAN_KEPT: {
    en: { title: 'Your plan was not changed', text: 'The plan you chose for the end of the month allows less than your organization uses, so it stays as it was: {quota}, {used} of {limit}.' },
    es: { title: 'Su plan no ha cambiado', text: 'El plan elegido para el final del mes permite menos de lo que usa su organización, así que todo sigue igual: {quota}, {used} de {limit}.' },
    fr: { title: 'Votre forfait n’a pas changé', text: 'Le forfait choisi pour la fin du mois permet moins que ce que votre organisation utilise ; il reste donc le même : {quota}, {used} sur {limit}.' },
    pt: { title: 'O seu plano não mudou', text: 'O plano escolhido para o fim do mês permite menos do que a sua organização usa, por isso tudo fica igual: {quota}, {used} de {limit}.' },
  },
  WEBHOOK_ENDPOINT_DISABLED: {
    en: { title: 'A webhook was switched off', text: 'The endpoint at {host} does not take what it is told, so it was switched off. Please look at its last failure and switch it on again.' },
    es: { title: 'Se desactivó un webhook', text: 'El punto de conexión en {host} no acepta lo que se le envía, así que se desactivó. Revise su último error y vuelva a activarlo.' },
    fr: { title: 'Un webhook a été désactivé', text: 'Le point de terminaison {host} n’accepte pas ce qui lui est envoyé ; il a été désactivé. Consultez sa dernière erreur puis réactivez-le.' },
    pt: { title: 'Um webhook foi desativado', text: 'O endpoint em {host} não aceita o que lhe é enviado, por isso foi desativado. Veja a última falha e ative-o de novo.' },
  },
  MENTIONED: {
    en: { title: 'A colleague mentioned you', text: 'A note on conversation #{conversation} mentions you.' },
    es: { title: 'Un compañero le mencionó', text: 'Una nota de la conversación n.º {conversation} le menciona.' },
    fr: { title: 'Un collègue vous a mentionné', text: 'Une note de la conversation n° {conversation} vous mentionne.' },
    pt: { title: 'Um colega mencionou você', text: 'Uma nota da conversa n.º {conversation} menciona você.' },
  },
  SESSION_REUSED: {
    en: { title: 'A session was ended for safety', text: 'A spent sign-in token of yours was used again, so we ended that session. If it was not you, change your password.' },
    es: { title: 'Cerramos una sesión por seguridad', text: 'Se volvió a usar un token de acceso ya gastado, así que cerramos esa sesión. Si no fue usted, cambie su contraseña.' },
    fr: { title: 'Une session a été fermée par sécurité', text: 'Un jeton de connexion déjà utilisé a resservi ; nous avons fermé cette session. Si ce n’était pas vous, changez votre mot de passe.' },
    pt: { title: 'Encerramos uma sessão por segurança', text: 'Um token de acesso já gasto foi usado de novo, e encerramos essa sessão. Se não foi você, altere a sua senha.' },
  },
};

/** A mention in a note that is about no conversation. */
const ON_CONTACT: Readonly<Record<Language, Words>> = {
  en: { title: 'A colleague mentioned you', text: 'A note on a contact mentions you.' },
  es: { title: 'Un compañero le mencionó', text: 'Una nota de un contacto le menciona.' },
  fr: { title: 'Un collègue vous a mentionné', text: 'Une note sur un contact vous mentionne.' },
  pt: { title: 'Um colega mencionou você', text: 'Uma nota de um contato menciona você.' },
};

export function wordsOf(kind: NotificationKind, params: NotificationParams, locale: string | null | undefined): Words {
  const { title, text } = (params['about'] === 'contact' ? ON_CONTACT : TEXTS[kind])[languageOf(locale)];
  return { title: filled(title, params), text: filled(text, params) };
}

const filled = (template: string, params: NotificationParams): string => template.replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole));
