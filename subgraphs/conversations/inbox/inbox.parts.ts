// What each channel asks for when an inbox is made, and what of it can be replaced: one row a channel. A new channel is one row here and its input part.
import { randomBytes } from 'node:crypto';
import { invalidInput } from '../../kernel/base/errors.js';
import type { ChannelName } from '../channel/channel.port.js';

/** A field of an input part: the credential it becomes. */
interface PartField {
  credential: string;
  pattern: RegExp;
  /** For the refusal: `must be …`. */
  must: string;
  /** Made here, and told once, where it is absent. */
  generate?: () => string;
  /** Can be left out. */
  optional?: true;
  /** Can be replaced later. `signs`: what the provider's calls are known by, so that the old one holds for a while. `authorises`: what the provider knows us by. */
  replaced?: 'signs' | 'authorises' | 'both';
}

export interface ChannelPart {
  channel: ChannelName;
  /** The field that is its address at the provider; null where it has none. */
  address: string | null;
  fields: Readonly<Record<string, PartField>>;
}

const digits = (what: string): Pick<PartField, 'pattern' | 'must'> => ({ pattern: /^\d{1,32}$/, must: `the digits of ${what}` });
const secret = { pattern: /^[\x21-\x7e]{1,2000}$/, must: '1 to 2,000 printable ASCII characters without spaces' };

/** The verify token is in an address that Meta calls: what a client chooses is long enough not to be guessed. */
const META_SECRETS: ChannelPart['fields'] = {
  accessToken: { credential: 'accessToken', ...secret, replaced: 'authorises' },
  appSecret: { credential: 'appSecret', ...secret, replaced: 'signs' },
  verifyToken: {
    credential: 'verifyToken', pattern: /^[\x21-\x7e]{16,200}$/, must: '16 to 200 printable ASCII characters without spaces', generate: () => randomBytes(24).toString('base64url'), replaced: 'signs',
  },
};

export const CHANNEL_PARTS = {
  whatsapp: {
    channel: 'WHATSAPP', address: 'phoneNumberId',
    fields: {
      phoneNumberId: { credential: 'externalId', ...digits('a phone number id') },
      businessAccountId: { credential: 'businessAccountId', ...digits('a WhatsApp business account id') }, ...META_SECRETS,
    },
  },
  messenger: { channel: 'MESSENGER', address: 'pageId', fields: { pageId: { credential: 'externalId', ...digits('a page id') }, ...META_SECRETS } },
  instagram: { channel: 'INSTAGRAM', address: 'accountId', fields: { accountId: { credential: 'externalId', ...digits('an account id') }, ...META_SECRETS } },
} as const satisfies Record<string, ChannelPart>;

export type PartName = keyof typeof CHANNEL_PARTS;
const PART_NAMES = Object.keys(CHANNEL_PARTS) as PartName[];

type Given = Partial<Record<PartName, object | null | undefined>>;

/** @throws Refusal unless exactly one is given */
export function chosenPart(input: Given): { name: PartName; part: ChannelPart; given: Record<string, unknown> } {
  const chosen = PART_NAMES.filter((name) => input[name] !== null && input[name] !== undefined);
  const [name] = chosen;
  if (!name || chosen.length > 1) throw invalidInput(`Give exactly one of ${PART_NAMES.join(', ')}.`, ['input', chosen[1] ?? 'whatsapp']);
  return { name, part: CHANNEL_PARTS[name], given: input[name] as Record<string, unknown> };
}

function checked(name: PartName, field: string, rule: PartField, value: string): string {
  if (!rule.pattern.test(value)) throw invalidInput(`${field} must be ${rule.must}.`, ['input', name, field]);
  return value;
}

export interface NewCredentials {
  channel: ChannelName;
  address: string | null;
  credentials: Record<string, string>;
  /** Made here: the client is told once. */
  made: Record<string, string>;
}

/** @throws Refusal InputInvalid */
export function newCredentials(input: Given): NewCredentials {
  const { name, part, given } = chosenPart(input);
  const credentials: Record<string, string> = {};
  const made: Record<string, string> = {};
  for (const [field, rule] of Object.entries(part.fields)) {
    const value = given[field];
    if (typeof value === 'string') credentials[rule.credential] = checked(name, field, rule, value);
    else if (rule.generate) credentials[rule.credential] = made[field] = rule.generate();
    else if (!rule.optional) throw invalidInput(`${field} is missing.`, ['input', name, field]);
  }
  const address = part.address === null ? null : credentials[part.fields[part.address]?.credential ?? ''] ?? null;
  return { channel: part.channel, address, credentials, made };
}

export interface ReplacedCredentials {
  credentials: Record<string, string>;
  /** Names of the fields, for the trail. */
  fields: string[];
  signs: boolean;
  authorises: boolean;
}

/** @throws Refusal InputInvalid for another channel's part, or an empty one */
export function replacedCredentials(input: Given, channel: ChannelName): ReplacedCredentials {
  const { name, part, given } = chosenPart(input);
  if (part.channel !== channel) throw invalidInput(`This inbox is of the channel ${channel}.`, ['input', name]);
  const replaced = Object.entries(part.fields).filter(([field, { replaced: how }]) => how && typeof given[field] === 'string');
  if (replaced.length === 0) throw invalidInput('Nothing is given that could replace what there is.', ['input', name]);
  const does = (what: 'signs' | 'authorises'): boolean => replaced.some(([, { replaced: how }]) => how === what || how === 'both');
  return {
    credentials: Object.fromEntries(replaced.map(([field, rule]) => [rule.credential, checked(name, field, rule, given[field] as string)])),
    fields: replaced.map(([field]) => field), signs: does('signs'), authorises: does('authorises'),
  };
}
