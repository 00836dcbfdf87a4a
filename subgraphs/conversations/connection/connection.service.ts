// Connecting by Meta's dialogue: begun by a person, agreed to in a browser, finished by who did both.
import { createHash, randomBytes } from 'node:crypto';
import { systemActor } from '../../kernel/base/actor.js';
import type { CrashPoint } from '../../kernel/base/crash-points.js';
import { ErrorCode, Refusal, invalidInput } from '../../kernel/base/errors.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import type { RouteRequest, RouteResponse } from '../../kernel/base/subgraph-port.js';
import { readSignedLink, signedLink } from '../../kernel/crypto/signed-link.js';
import { tenantScope } from '../../kernel/data/scope.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { runUnit, type UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { ChannelName } from '../channel/channel.port.js';
import type { Providers } from '../channel/providers.js';
import { META_SCOPES, choicesOf, dialogueUrl, lengthenToken, redeemCode, type MetaApp, type MetaChoice } from '../channel/meta.connect.js';
import type { ProviderFault } from '../channel/provider.ask.js';
import { db } from '../tables.js';
import type { ConnectionCrashPoint } from './connection.crash.js';

export const CALLBACK_PATH = '/oauth/meta/callback';
const PURPOSE = 'inbox connection';
const DIALOGUE_SECONDS = 900;
/** What is not finished by then is begun again; what was granted is forgotten (public.ts). */
export const CONNECTION_MINUTES = 60;
const TIMEOUT_MS = 10_000;

/** What is sealed of a connection that is ready. */
export interface Granted {
  choices: MetaChoice[];
  /** When tokens of WhatsApp end, ISO 8601. */
  expiresAt: string | null;
}

export interface ReadyConnection extends Granted {
  id: string;
  channel: ChannelName;
}

const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex');

export class ConnectionService {
  constructor(private readonly deps: SubgraphDeps, private readonly providers: Providers, private readonly crash: CrashPoint<ConnectionCrashPoint>) {}

  /** @throws Refusal ConnectUnavailable, InputInvalid */
  requireApp(channel: ChannelName): MetaApp {
    const app = this.deps.config.metaApp;
    if (!META_SCOPES[channel]) throw invalidInput('This channel has no dialogue to connect it by: use `inboxCreate`.', ['input', 'channel']);
    if (!app) throw new Refusal('ConnectUnavailable', ErrorCode.WRONG_STATE, 'This installation has no app at Meta: connect by credentials (`inboxCreate`).', ['input', 'channel']);
    return app;
  }

  /** @returns where to send the browser */
  async begin(context: OperationContext, channel: ChannelName): Promise<{ id: string; url: string }> {
    const { tenantId, userId } = context;
    const app = this.requireApp(channel);
    return context.mutate(async (unit, audit) => {
      const id = newId();
      await db(unit.tx).insertInto('InboxConnection').values({ id, tenantId, channel, startedBy: userId, state: 'BEGUN', failure: null, returnHash: null, granted: null, createdAt: unit.now }).execute();
      audit.draft = { ...audit.draft, resource: { type: 'InboxConnect', id }, after: { channel } };
      const key = await this.deps.envelope.derivedKey(unit.tx, tenantId, PURPOSE);
      const state = signedLink({ tenant: tenantId, file: id, kind: 'user', by: userId, expires: Math.floor(unit.now.getTime() / 1000) + DIALOGUE_SECONDS }, key, PURPOSE);
      return { id, url: dialogueUrl(this.providers.meta, app, { channel, redirectUri: this.#redirectUri, state }) };
    });
  }

  /** The browser comes back. Who agreed is sent on to the frontend, with what shows it was them; nobody who guesses or repeats learns anything. */
  async callback({ query, correlationId }: RouteRequest): Promise<RouteResponse> {
    const known = await this.#stateOf(query.get('state') ?? '');
    const app = this.deps.config.metaApp;
    if (!known || !app) return { status: 400, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: 'This address is not, or no longer, valid. Please begin again.' };
    const { tenant, file: id } = known;
    // Taken once, and committed, before the code is: of two callbacks one goes on.
    const taken = await this.#unit(tenant, correlationId, async (unit) => db(unit.tx).updateTable('InboxConnection').set({ state: 'EXCHANGING' })
      .where('id', '=', id).where('state', '=', 'BEGUN').returning('channel').executeTakeFirst());
    if (!taken) return this.#onwards(id, { error: 'used' });
    const code = query.get('code');
    const granted = code === null ? refusedBy(query.get('error')) : await this.#exchange(app, taken.channel, code);
    if ('kind' in granted) {
      await this.#unit(tenant, correlationId, async (unit) => {
        await db(unit.tx).updateTable('InboxConnection').set({ state: 'FAILED', failure: granted.message.slice(0, 500) }).where('id', '=', id).execute();
        unit.audit({ action: 'inbox.connect_grant', type: 'API', outcome: 'FAILURE', resource: { type: 'InboxConnect', id }, after: { code: granted.code } });
      });
      return this.#onwards(id, { error: granted.code });
    }
    this.crash('connect:redeemed');
    const secret = randomBytes(24).toString('base64url');
    await this.#unit(tenant, correlationId, async (unit) => {
      const sealed = await this.deps.envelope.seal(unit.tx, address(tenant, id), JSON.stringify(granted));
      await db(unit.tx).updateTable('InboxConnection').set({ state: 'READY', granted: sealed, returnHash: hashOf(secret) }).where('id', '=', id).execute();
      unit.audit({ action: 'inbox.connect_grant', type: 'API', outcome: 'SUCCESS', resource: { type: 'InboxConnect', id }, after: { choices: granted.choices.length } });
    });
    this.crash('connect:granted');
    return this.#onwards(id, { token: secret });
  }

  /** Null unless it is ready, the caller began it, and `token` is what their browser brought back. */
  async ready(context: OperationContext, id: string, token: string): Promise<ReadyConnection | null> {
    const { tenantId, userId } = context;
    const tx = await context.read();
    const row = await db(tx).selectFrom('InboxConnection').select(['channel', 'granted']).where('id', '=', id).where('startedBy', '=', userId).where('returnHash', '=', hashOf(token))
      .where('createdAt', '>', new Date(this.deps.clock.now().getTime() - CONNECTION_MINUTES * 60_000)).executeTakeFirst();
    if (!row?.granted) return null;
    return { id, channel: row.channel, ...JSON.parse(await this.deps.envelope.open(tx, address(tenantId, id), Buffer.from(row.granted))) as Granted };
  }

  async #exchange(app: MetaApp, channel: ChannelName, code: string): Promise<Granted | ProviderFault> {
    const options = { providers: this.providers, signal: AbortSignal.timeout(TIMEOUT_MS) };
    const brief = await redeemCode(app, this.#redirectUri, code, options);
    if (brief.kind !== 'answer') return brief;
    const lasting = await lengthenToken(app, brief.value.token, options);
    if (lasting.kind !== 'answer') return lasting;
    const choices = await choicesOf(channel, app, lasting.value.token, options);
    if (choices.kind !== 'answer') return choices;
    const { lasts } = lasting.value;
    // Tokens of pages that come from a lasting one do not end.
    return { choices: choices.value, expiresAt: channel === 'WHATSAPP' && lasts !== null ? new Date(this.deps.clock.now().getTime() + lasts * 1000).toISOString() : null };
  }

  async #stateOf(text: string): Promise<{ tenant: string; file: string } | null> {
    const read = readSignedLink(text, PURPOSE);
    if (!read || read.link.expires * 1000 < this.deps.clock.now().getTime()) return null;
    const { tenant } = read.link;
    const key = await this.deps.database.inScope(tenantScope(tenant), (tx) => this.deps.envelope.knownDerivedKey(tx, tenant, PURPOSE), { readOnly: true }).catch(() => null);
    return key && read.signedWith(key) ? read.link : null;
  }

  /** In the fragment, which no server is told. */
  #onwards(id: string, facts: Record<string, string>): RouteResponse {
    const fragment = new URLSearchParams({ connection: encodeId('inc', id), ...facts }).toString();
    return { status: 302, headers: { location: `${this.deps.config.publicUrl}/connect-inbox#${fragment}`, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' }, body: '' };
  }

  get #redirectUri(): string {
    return `${this.deps.config.apiUrl}${CALLBACK_PATH}`;
  }

  #unit<T>(tenant: string, correlationId: string, work: (unit: UnitOfWork) => Promise<T>): Promise<T> {
    return runUnit(this.deps.unit, tenantScope(tenant), { actor: systemActor(tenant), correlationId }, work);
  }
}

const address = (tenantId: string, row: string) => ({ tenantId, table: 'inbox_connection', column: 'granted', row });

/** Of the dialogue; what it says is anybody's text. */
const refusedBy = (error: string | null): ProviderFault =>
  ({ kind: 'refused', class: 'permanent', code: error === 'access_denied' ? 'access_denied' : 'refused', message: 'The dialogue ended without an agreement.' });
