// What each channel asks for when an inbox is made, and what of it can be replaced: one row a channel. A new channel is one row here and its input part.
import { randomBytes } from 'node:crypto';
import { invalidInput } from '../../kernel/base/errors.js';
import type { ChannelName } from '../channel/channel.port.js';

/** A field of an input part: the credential it becomes. */
interface PartField {
  credential: string;
  /** A text when absent. */
  is?: 'flag' | 'list';
  /** Of a text, and of each text of a list. */
  pattern: RegExp;
  /** For the refusal: `must be …`. */
  must: string;
  /** Made here where it is absent. */
  generate?: () => string;
  /** What was made is told once, under this name. */
  told?: 'verifyToken' | 'signingSecret';
  /** Can be left out. */
  optional?: true;
  /** Can be replaced later. `signs`: what the provider's calls are known by, so that the old one holds for a while. `authorises`: what the provider knows us by. `ends`: the old one holds no more. */
  replaced?: 'signs' | 'authorises' | 'both' | 'ends';
  /** While the old one holds, it is kept under this name for who has to know it. */
  previous?: string;
}

export interface ChannelPart {
  channel: ChannelName;
  /** The fields that are its address at the provider; none where it has none. */
  address: readonly string[];
  fields: Readonly<Record<string, PartField>>;
}

const digits = (what: string): Pick<PartField, 'pattern' | 'must'> => ({ pattern: /^\d{1,32}$/, must: `the digits of ${what}` });
const secret = { pattern: /^[\x21-\x7e]{1,2000}$/, must: '1 to 2,000 printable ASCII characters without spaces' };

/** The verify token is in an address that Meta calls: what a client chooses is long enough not to be guessed. */
const META_SECRETS: ChannelPart['fields'] = {
  accessToken: { credential: 'accessToken', ...secret, replaced: 'authorises' },
  appSecret: { credential: 'appSecret', ...secret, replaced: 'signs' },
  verifyToken: {
    credential: 'verifyToken', pattern: /^[\x21-\x7e]{16,200}$/, must: '16 to 200 printable ASCII characters without spaces', generate: () => randomBytes(24).toString('base64url'),
    told: 'verifyToken', replaced: 'signs',
  },
};

/** The number may be another account's too: whoever shows that an account is theirs gets its numbers, and nobody else's. */
const twilio = (senders: Pick<PartField, 'pattern' | 'must'>) => ({
  address: ['accountSid', 'from'],
  fields: {
    accountSid: { credential: 'accountSid', pattern: /^AC[0-9a-fA-F]{32}$/, must: 'the SID of an account (AC…)' },
    authToken: { credential: 'authToken', ...secret, replaced: 'both' },
    from: { credential: 'externalId', ...senders },
  },
}) as const satisfies Pick<ChannelPart, 'address' | 'fields'>;

const origin = { pattern: /^https?:\/\/[a-z0-9.:-]{1,253}$/i, must: 'origins like https://shop.example.com' };
const ownSecret = { pattern: /^[\x21-\x7e]{16,200}$/, must: '16 to 200 printable ASCII characters without spaces', generate: () => randomBytes(32).toString('base64url') };

export const CHANNEL_PARTS = {
  whatsapp: {
    channel: 'WHATSAPP', address: ['phoneNumberId'],
    fields: {
      phoneNumberId: { credential: 'externalId', ...digits('a phone number id') },
      businessAccountId: { credential: 'businessAccountId', ...digits('a WhatsApp business account id') }, ...META_SECRETS,
    },
  },
  messenger: { channel: 'MESSENGER', address: ['pageId'], fields: { pageId: { credential: 'externalId', ...digits('a page id') }, ...META_SECRETS } },
  twilioSms: { channel: 'TWILIO_SMS', ...twilio({ pattern: /^(\+[1-9]\d{6,14}|\d{3,8}|MG[0-9a-fA-F]{32})$/, must: 'a number with its plus sign, a short code or a messaging service (MG…)' }) },
  twilioWhatsapp: { channel: 'TWILIO_WHATSAPP', ...twilio({ pattern: /^(\+[1-9]\d{6,14}|MG[0-9a-fA-F]{32})$/, must: 'a number with its plus sign, or a messaging service (MG…)' }) },
  webChat: {
    channel: 'WEB_CHAT', address: [],
    fields: {
      origins: { credential: 'origins', is: 'list', ...origin, optional: true, replaced: 'ends' },
      identityRequired: { credential: 'identityRequired', is: 'flag', ...secret, optional: true, replaced: 'ends' },
      identitySecret: { credential: 'identitySecret', ...ownSecret, told: 'signingSecret', replaced: 'signs', previous: 'previousIdentitySecret' },
      tokenSecret: { credential: 'tokenSecret', pattern: /^[\x21-\x7e]{32,200}$/, must: '32 to 200 printable ASCII characters without spaces', generate: () => randomBytes(48).toString('base64url'), replaced: 'ends' },
    },
  },
  api: {
    channel: 'API', address: [],
    fields: {
      callbackUrl: { credential: 'callbackUrl', pattern: /^(https:\/\/|http:\/\/(127\.0\.0\.1|localhost)[:/])[\x21-\x7e]{1,2000}$/, must: 'an https address (for development, one of this machine)', replaced: 'ends' },
      secret: {
        credential: 'secret', pattern: /^whsec_[A-Za-z0-9+/]{32,86}={0,2}$/, must: 'whsec_ and 24 to 64 bytes in base64', generate: () => `whsec_${randomBytes(32).toString('base64')}`,
        told: 'signingSecret', replaced: 'signs', previous: 'previousSecret',
      },
    },
  },
  instagram: { channel: 'INSTAGRAM', address: ['accountId'], fields: { accountId: { credential: 'externalId', ...digits('an account id') }, ...META_SECRETS } },
} as const satisfies Record<string, ChannelPart>;

export type PartName = keyof typeof CHANNEL_PARTS;
const PART_NAMES = Object.keys(CHANNEL_PARTS) as PartName[];

/** Of a list. */
const MOST_LISTED = 50;

type Given = Partial<Record<PartName, object | null | undefined>>;

/** @throws Refusal unless exactly one is given */
export function chosenPart(input: Given): { name: PartName; part: ChannelPart; given: Record<string, unknown> } {
  const chosen = PART_NAMES.filter((name) => input[name] !== null && input[name] !== undefined);
  const [name] = chosen;
  if (!name || chosen.length > 1) throw invalidInput(`Give exactly one of ${PART_NAMES.join(', ')}.`, ['input', chosen[1] ?? 'whatsapp']);
  return { name, part: CHANNEL_PARTS[name], given: input[name] as Record<string, unknown> };
}

const isGiven = (value: unknown): boolean => value !== null && value !== undefined;

function checked(name: PartName, field: string, rule: PartField, value: unknown): unknown {
  if (rule.is === 'flag') return value;
  const texts = (rule.is === 'list' ? value : [value]) as string[];
  if (texts.length > MOST_LISTED) throw invalidInput(`${field} has ${texts.length} entries; ${MOST_LISTED} is the most.`, ['input', name, field]);
  if (!texts.every((text) => rule.pattern.test(text))) throw invalidInput(`${field} must be ${rule.must}.`, ['input', name, field]);
  return value;
}

export interface NewCredentials {
  channel: ChannelName;
  address: string | null;
  credentials: Record<string, unknown>;
  /** Made here: the client is told once. */
  made: { verifyToken?: string; signingSecret?: string };
}

/** @throws Refusal InputInvalid */
export function newCredentials(input: Given): NewCredentials {
  const { name, part, given } = chosenPart(input);
  const credentials: Record<string, unknown> = {};
  const made: NewCredentials['made'] = {};
  for (const [field, rule] of Object.entries(part.fields)) {
    const value = given[field];
    if (isGiven(value)) credentials[rule.credential] = checked(name, field, rule, value);
    else if (rule.generate) {
      const secretMade = rule.generate();
      credentials[rule.credential] = secretMade;
      if (rule.told) made[rule.told] = secretMade;
    } else if (!rule.optional) throw invalidInput(`${field} is missing.`, ['input', name, field]);
  }
  return { channel: part.channel, address: addressOf(part.channel, credentials), credentials, made };
}

/** What an inbox with these credentials is called at its provider; null where it has no address there, or they do not say. */
export function addressOf(channel: ChannelName, credentials: Readonly<Record<string, unknown>>): string | null {
  const part: ChannelPart | undefined = Object.values(CHANNEL_PARTS).find((one) => one.channel === channel);
  const names = (part?.address ?? []).map((field) => credentials[part?.fields[field]?.credential ?? '']);
  return names.length > 0 && names.every((name) => typeof name === 'string' && name !== '') ? names.join('/') : null;
}

export interface ReplacedCredentials {
  credentials: Record<string, unknown>;
  /** Names under which the present ones are kept while they hold: credential -> name. */
  kept: Record<string, string>;
  /** Names of the fields, for the trail. */
  fields: string[];
  signs: boolean;
  authorises: boolean;
}

/** @throws Refusal InputInvalid for another channel's part, or an empty one */
export function replacedCredentials(input: Given, channel: ChannelName): ReplacedCredentials {
  const { name, part, given } = chosenPart(input);
  if (part.channel !== channel) throw invalidInput(`This inbox is of the channel ${channel}.`, ['input', name]);
  const replaced = Object.entries(part.fields).filter(([field, { replaced: how }]) => how && isGiven(given[field]));
  if (replaced.length === 0) throw invalidInput('Nothing is given that could replace what there is.', ['input', name]);
  const does = (what: 'signs' | 'authorises'): boolean => replaced.some(([, { replaced: how }]) => how === what || how === 'both');
  return {
    credentials: Object.fromEntries(replaced.map(([field, rule]) => [rule.credential, checked(name, field, rule, given[field])])),
    kept: Object.fromEntries(replaced.flatMap(([, { credential, previous }]) => (previous ? [[credential, previous]] : []))),
    fields: replaced.map(([field]) => field), signs: does('signs'), authorises: does('authorises'),
  };
}
