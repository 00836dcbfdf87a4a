// Meta's dialogue and what follows it: codes and tokens exchanged, what a person may connect, subscriptions, and the check of a number.
import { META_GRAPH_URL, GRAPH_VERSION, graphHeaders, graphRefusal } from './meta.graph.js';
import { identifier, isRecord, words, type Json } from './payload.js';
import { askProvider, type ProviderAnswer, type ProviderFault } from './provider.ask.js';
import type { ChannelName, SendOptions } from './channel.port.js';

export interface MetaApp {
  id: string;
  secret: string;
}

/** Channels that Meta's dialogue connects, and the permissions each takes. */
export const META_SCOPES: Partial<Record<ChannelName, readonly string[]>> = {
  WHATSAPP: ['whatsapp_business_management', 'whatsapp_business_messaging', 'business_management'],
  MESSENGER: ['pages_show_list', 'pages_messaging', 'pages_manage_metadata', 'business_management'],
  INSTAGRAM: ['instagram_basic', 'instagram_manage_messages', 'pages_show_list', 'pages_manage_metadata', 'business_management'],
};

/** Something that a person may connect. */
export interface MetaChoice {
  /** Phone number id, page id or account id. */
  externalId: string;
  name: string;
  /** Speaks for it. */
  accessToken: string;
  /** WhatsApp business account, or page that the account is linked to: what the app is subscribed to. */
  parentId: string;
}

export interface GrantedToken {
  token: string;
  /** Seconds; null: it does not end, or nobody says when. */
  lasts: number | null;
}

type Options = Pick<SendOptions, 'fetch' | 'signal' | 'providers'>;
type Answered<T> = { kind: 'answer'; value: T } | ProviderFault;

const PROVIDER = 'Meta';
const MOST_CHOICES = 100;
const PAGE_FIELDS = 'messages,messaging_postbacks,message_deliveries,message_reads,message_reactions,message_echoes,messaging_referrals';
const UNEXPECTED: ProviderFault = { kind: 'unreachable', code: 'unexpected', message: 'Meta answered in a form it does not document.' };

/** Where the browser goes. Meta's dialogue is on another host than its API; a stand-in has both. */
export function dialogueUrl(meta: string, { id }: MetaApp, { channel, redirectUri, state }: { channel: ChannelName; redirectUri: string; state: string }): string {
  const query = new URLSearchParams({ client_id: id, redirect_uri: redirectUri, state, response_type: 'code', scope: (META_SCOPES[channel] ?? []).join(',') });
  return `${meta === META_GRAPH_URL ? 'https://www.facebook.com' : meta}/${GRAPH_VERSION}/dialog/oauth?${query.toString()}`;
}

export const redeemCode = (app: MetaApp, redirectUri: string, code: string, options: Options): Promise<Answered<GrantedToken>> =>
  token({ client_id: app.id, client_secret: app.secret, redirect_uri: redirectUri, code }, [app.secret, code], options);

/** A token that still holds, for one that holds longer. */
export const lengthenToken = (app: MetaApp, present: string, options: Options): Promise<Answered<GrantedToken>> =>
  token({ grant_type: 'fb_exchange_token', client_id: app.id, client_secret: app.secret, fb_exchange_token: present }, [app.secret, present], options);

async function token(query: Record<string, string>, secrets: string[], options: Options): Promise<Answered<GrantedToken>> {
  const answer = await askProvider({ provider: PROVIDER, url: `${options.providers.meta}/${GRAPH_VERSION}/oauth/access_token?${new URLSearchParams(query).toString()}`, secrets }, graphRefusal(PROVIDER), options);
  if (answer.kind !== 'answer') return answer;
  const granted = identifier(answer.body.access_token);
  const lasts = answer.body.expires_in;
  return granted === null ? UNEXPECTED : { kind: 'answer', value: { token: granted, lasts: typeof lasts === 'number' && lasts > 0 ? lasts : null } };
}

function ask(path: string, accessToken: string, options: Options, body?: Json): Promise<ProviderAnswer> {
  return askProvider({
    provider: PROVIDER, url: `${options.providers.meta}/${GRAPH_VERSION}/${path}`, headers: graphHeaders(accessToken), secrets: [accessToken],
    ...(body ? { method: 'POST' as const, body: JSON.stringify(body) } : {}),
  }, graphRefusal(PROVIDER), options);
}

const list = ({ data }: Json): Json[] => (Array.isArray(data) ? data.filter(isRecord) : []);

/** What whoever gave the token may connect, of a channel: the first hundred. */
export async function choicesOf(channel: ChannelName, app: MetaApp, accessToken: string, options: Options): Promise<Answered<MetaChoice[]>> {
  return channel === 'WHATSAPP' ? numbersOf(app, accessToken, options) : pagesOf(channel, accessToken, options);
}

async function pagesOf(channel: ChannelName, accessToken: string, options: Options): Promise<Answered<MetaChoice[]>> {
  const answer = await ask(`me/accounts?limit=${MOST_CHOICES}&fields=id,name,access_token,instagram_business_account{id,username}`, accessToken, options);
  if (answer.kind !== 'answer') return answer;
  const value = list(answer.body).flatMap(({ id, name, access_token: own, instagram_business_account: account }): MetaChoice[] => {
    const [parentId, pageToken] = [identifier(id), identifier(own)];
    if (parentId === null || pageToken === null) return [];
    if (channel === 'MESSENGER') return [{ externalId: parentId, name: words(name) ?? parentId, accessToken: pageToken, parentId }];
    const linked = isRecord(account) ? identifier(account.id) : null;
    return linked === null ? [] : [{ externalId: linked, name: words((account as Json).username) ?? linked, accessToken: pageToken, parentId }];
  });
  return { kind: 'answer', value: value.slice(0, MOST_CHOICES) };
}

/** The business accounts a token is for are told by the token alone. */
async function numbersOf(app: MetaApp, accessToken: string, options: Options): Promise<Answered<MetaChoice[]>> {
  const told = await ask(`debug_token?input_token=${encodeURIComponent(accessToken)}`, `${app.id}|${app.secret}`, options);
  if (told.kind !== 'answer') return told;
  const scopes = isRecord(told.body.data) && Array.isArray(told.body.data.granular_scopes) ? told.body.data.granular_scopes.filter(isRecord) : [];
  const business = scopes.filter(({ scope }) => scope === 'whatsapp_business_management').flatMap(({ target_ids: ids }) => (Array.isArray(ids) ? ids : [])).map(identifier);
  const value: MetaChoice[] = [];
  for (const parentId of new Set(business.filter((id) => id !== null))) {
    if (value.length >= MOST_CHOICES) break;
    const numbers = await ask(`${encodeURIComponent(parentId)}/phone_numbers?limit=${MOST_CHOICES}&fields=id,display_phone_number,verified_name`, accessToken, options);
    if (numbers.kind !== 'answer') return numbers;
    for (const { id, display_phone_number: number, verified_name: name } of list(numbers.body)) {
      const externalId = identifier(id);
      if (externalId !== null) value.push({ externalId, name: [words(name), words(number)].filter(Boolean).join(' ') || externalId, accessToken, parentId });
    }
  }
  return { kind: 'answer', value: value.slice(0, MOST_CHOICES) };
}

/** From now on Meta delivers what concerns it. A business account says where to; a page is delivered where the app says. */
export const subscribe = (channel: ChannelName, { parentId, accessToken }: Pick<MetaChoice, 'parentId' | 'accessToken'>, webhook: { url: string; verifyToken: string }, options: Options): Promise<ProviderAnswer> =>
  ask(`${encodeURIComponent(parentId)}/subscribed_apps`, accessToken, options,
    channel === 'WHATSAPP' ? { override_callback_uri: webhook.url, verify_token: webhook.verifyToken } : { subscribed_fields: PAGE_FIELDS });

export const requestCode = (phoneNumberId: string, accessToken: string, method: 'SMS' | 'VOICE', language: string, options: Options): Promise<ProviderAnswer> =>
  ask(`${encodeURIComponent(phoneNumberId)}/request_code`, accessToken, options, { code_method: method, language });

export const verifyCode = (phoneNumberId: string, accessToken: string, code: string, options: Options): Promise<ProviderAnswer> =>
  ask(`${encodeURIComponent(phoneNumberId)}/verify_code`, accessToken, options, { code });
