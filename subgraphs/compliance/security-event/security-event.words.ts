// What happened, for people, in the language they read.
import { languageOf, type Language } from '../../kernel/base/language.js';
import type { SecurityRuleName } from './security-event.rules.js';

const WORDS: Readonly<Record<SecurityRuleName, Readonly<Record<Language, string>>>> = {
  BRUTE_FORCE_ACCOUNT: {
    en: 'Somebody keeps guessing the password or code of an account.',
    es: 'Alguien intenta adivinar la contraseña o el código de una cuenta.',
    fr: 'Quelqu’un essaie de deviner le mot de passe ou le code d’un compte.',
    pt: 'Alguém está tentando adivinhar a senha ou o código de uma conta.',
  },
  BRUTE_FORCE_NETWORK: {
    en: 'Passwords or codes are being guessed from one network.',
    es: 'Desde una red se intenta adivinar contraseñas o códigos.',
    fr: 'Des mots de passe ou des codes sont devinés depuis un même réseau.',
    pt: 'Senhas ou códigos estão sendo adivinhados a partir de uma rede.',
  },
  REFRESH_REUSE: {
    en: 'A spent sign-in token was used again: somebody else may have held it. Its sessions were ended.',
    es: 'Se volvió a usar un token de acceso ya gastado: otra persona pudo tenerlo. Sus sesiones se cerraron.',
    fr: 'Un jeton de connexion déjà utilisé a resservi : quelqu’un d’autre l’a peut-être détenu. Ses sessions ont été fermées.',
    pt: 'Um token de acesso já gasto foi usado de novo: outra pessoa pode tê-lo em mãos. As sessões foram encerradas.',
  },
  CROSS_TENANT_ATTEMPT: {
    en: 'Somebody tried to enter an organization they do not belong to.',
    es: 'Alguien intentó entrar en una organización a la que no pertenece.',
    fr: 'Quelqu’un a essayé d’entrer dans une organisation dont il n’est pas membre.',
    pt: 'Alguém tentou entrar em uma organização à qual não pertence.',
  },
  ID_PROBING: {
    en: 'Somebody kept asking for things that are not in this organization.',
    es: 'Alguien pidió repetidamente cosas que no son de esta organización.',
    fr: 'Quelqu’un a demandé à plusieurs reprises des éléments étrangers à cette organisation.',
    pt: 'Alguém pediu repetidamente coisas que não são desta organização.',
  },
  DENIALS: {
    en: 'Somebody kept trying what they have no right to.',
    es: 'Alguien intentó repetidamente lo que no tiene permitido.',
    fr: 'Quelqu’un a tenté à plusieurs reprises ce à quoi il n’a pas droit.',
    pt: 'Alguém tentou repetidamente o que não tem permissão para fazer.',
  },
  PRIVILEGE_GRANTED: {
    en: 'Somebody was given a powerful role.',
    es: 'Se dio a alguien un rol con amplios poderes.',
    fr: 'Quelqu’un a reçu un rôle étendu.',
    pt: 'Alguém recebeu um papel com amplos poderes.',
  },
  ROLE_WIDENED: {
    en: 'A role gained powerful rights.',
    es: 'Un rol obtuvo permisos amplios.',
    fr: 'Un rôle a reçu des droits étendus.',
    pt: 'Um papel ganhou permissões amplas.',
  },
  API_KEY_WIDE: {
    en: 'An API key has powerful rights.',
    es: 'Una clave de API tiene permisos amplios.',
    fr: 'Une clé d’API a des droits étendus.',
    pt: 'Uma chave de API tem permissões amplas.',
  },
  WEBHOOK_SIGNATURE: {
    en: 'Calls to an inbox are not signed as agreed: its secret is wrong, or they are forged.',
    es: 'Las llamadas a una bandeja no están firmadas como se acordó: el secreto es incorrecto o son falsas.',
    fr: 'Des appels vers une boîte ne sont pas signés comme convenu : le secret est faux, ou ils sont contrefaits.',
    pt: 'As chamadas a uma caixa não estão assinadas como combinado: o segredo está errado ou elas são forjadas.',
  },
  NEW_DEVICE: {
    en: 'Somebody signed in with a new device.',
    es: 'Alguien inició sesión con un dispositivo nuevo.',
    fr: 'Quelqu’un s’est connecté avec un nouvel appareil.',
    pt: 'Alguém entrou com um dispositivo novo.',
  },
  NEW_NETWORK: {
    en: 'Somebody signed in from a new network.',
    es: 'Alguien inició sesión desde una red nueva.',
    fr: 'Quelqu’un s’est connecté depuis un nouveau réseau.',
    pt: 'Alguém entrou a partir de uma rede nova.',
  },
  MFA_REMOVED: {
    en: 'Somebody gave up their second factor.',
    es: 'Alguien desactivó su segundo factor.',
    fr: 'Quelqu’un a désactivé son second facteur.',
    pt: 'Alguém desativou o seu segundo fator.',
  },
  BACKUP_CODE_USED: {
    en: 'Somebody used a backup code.',
    es: 'Alguien usó un código de respaldo.',
    fr: 'Quelqu’un a utilisé un code de secours.',
    pt: 'Alguém usou um código de reserva.',
  },
};

export const wordsOf = (rule: SecurityRuleName, locale: string | null | undefined): string => WORDS[rule][languageOf(locale)];
