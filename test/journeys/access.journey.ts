// Access from outside: what ends it ends it everywhere, open sockets included; programs come with keys.
// The same journey is walked in one process and in seven.
import { beforeAll, describe, expect, it } from '@jest/globals';
import { on, once } from 'node:events';
import { WebSocket } from 'ws';
import { operation } from '../kit/client.js';
import type { GraphAnswer, TestPlatform } from '../kit/platform.js';
import { until } from '../kit/until.js';

type AccessPlatform = Pick<TestPlatform, 'url' | 'wsUrl' | 'ask' | 'signIn'>;

const VIEWER = '{ viewer { user { id } apiKey { name } tenant { name } } }';
const ERRORS = 'userErrors { __typename }';
const SUSPEND = `mutation ($input: UserSuspendInput!) { userSuspend(input: $input) { user { status } ${ERRORS} } }`;
const REACTIVATE = `mutation ($input: UserReactivateInput!) { userReactivate(input: $input) { user { status } ${ERRORS} } }`;
const KEY_UPDATE = `mutation ($input: ApiKeyUpdateInput!) { apiKeyUpdate(input: $input) { apiKey { ips } ${ERRORS} } }`;
const KEY_REVOKE = `mutation ($input: ApiKeyRevokeInput!) { apiKeyRevoke(input: $input) { apiKey { status } ${ERRORS} } }`;
const NAME = 'access journey';

/** A socket that a caller keeps open, and the code it is closed with. */
export class Kept {
  closed: number | null = null;
  readonly #socket: WebSocket;
  /** Every frame, also those that come together. */
  readonly #frames: AsyncIterator<[Buffer]>;

  private constructor(url: string, headers: Record<string, string>) {
    this.#socket = new WebSocket(url, 'graphql-transport-ws', { headers });
    this.#socket.on('close', (code) => { this.closed = code; });
    this.#frames = on(this.#socket, 'message', { close: ['close'] }) as AsyncIterator<[Buffer]>;
  }

  static async open(url: string, init: Record<string, string>, headers: Record<string, string> = {}): Promise<Kept> {
    const kept = new Kept(url, headers);
    await once(kept.#socket, 'open');
    kept.#send({ type: 'connection_init', payload: init });
    expect(await kept.#next()).toEqual({ type: 'connection_ack' });
    return kept;
  }

  async run(query: string): Promise<GraphAnswer> {
    this.#send({ id: 'one', type: 'subscribe', payload: { query } });
    const { payload } = (await this.#next()) as { payload: GraphAnswer };
    expect(await this.#next()).toEqual({ id: 'one', type: 'complete' });
    return payload;
  }

  #send(frame: unknown): void {
    this.#socket.send(JSON.stringify(frame));
  }

  async #next(): Promise<unknown> {
    const { done, value } = await this.#frames.next();
    return done ? `closed with ${this.closed}` : JSON.parse(value[0].toString());
  }

  close(): void {
    this.#socket.close();
  }
}

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
const codeOf = ({ errors }: GraphAnswer): unknown => errors?.[0]?.extensions?.['code'] ?? null;
const reasonOf = ({ errors }: GraphAnswer): unknown => errors?.[0]?.extensions?.['reason'] ?? null;

export function walkAccess(platform: () => AccessPlatform): void {
  const ask = async (query: string, headers: Record<string, string>, variables: unknown = {}): Promise<GraphAnswer> => {
    const response = await fetch(`${platform().url}/graphql`, {
      method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ query, variables }),
    });
    return await response.json() as GraphAnswer;
  };
  /** The payload of a mutation that stands alone in its document. @throws at errors of any kind */
  const run = async <P>(query: string, input: unknown, token: string): Promise<P> => {
    const answer = await platform().ask(query, { input }, token);
    const payload = Object.values(answer.data ?? {})[0] as (P & { userErrors: unknown[] }) | undefined;
    if (!payload || payload.userErrors.length > 0) throw new Error(JSON.stringify(answer));
    return payload;
  };
  const watch = (init: Record<string, string>): Promise<Kept> => Kept.open(platform().wsUrl, init);
  const closes = (kept: Kept): Promise<void> => until(async () => kept.closed === 4403, 'the socket is closed with 4403');

  describe('what ends a session', () => {
    it('in another device closes its sockets, and no others', async () => {
      const [lost, here] = [await platform().signIn('agent@demo.test'), await platform().signIn('agent@demo.test')];
      const [watching, other] = [await watch(bearer(lost)), await watch(bearer(here))];
      type Sessions = { viewer: { sessions: { nodes: { id: string; current: boolean }[] } } };
      const { viewer } = (await platform().ask(operation('session-list'), {}, lost)).data as unknown as Sessions;
      const sessionId = viewer.sessions.nodes.find(({ current }) => current)?.id;
      expect(await run(operation('session-revoke'), { sessionId }, here)).toMatchObject({ sessionsEnded: 1, userErrors: [] });
      await closes(watching);
      expect(reasonOf(await ask(VIEWER, bearer(lost)))).toBe('revoked');
      expect([other.closed, codeOf(await other.run(VIEWER))]).toEqual([null, null]);
      other.close();
    });

    it('is a suspension too, and a person who is back signs in again', async () => {
      const [person, admin] = [await platform().signIn('viewer@demo.test'), await platform().signIn('admin@demo.test')];
      const watching = await watch(bearer(person));
      const { viewer } = (await platform().ask(VIEWER, {}, person)).data as unknown as { viewer: { user: { id: string } } };
      const userId = viewer.user.id;
      expect(await run(SUSPEND, { userId }, admin)).toEqual({ user: { status: 'SUSPENDED' }, userErrors: [] });
      await closes(watching);
      expect(codeOf(await ask(VIEWER, bearer(person)))).toBe('UNAUTHENTICATED');
      expect(await run(REACTIVATE, { userId }, admin)).toEqual({ user: { status: 'ACTIVE' }, userErrors: [] });
      expect(codeOf(await ask(VIEWER, bearer(await platform().signIn('viewer@demo.test'))))).toBeNull();
    });
  });

  describe('an API key', () => {
    type Made = { apiKey: { id: string }; secret: string };
    const acts = { data: { viewer: { user: null, apiKey: { name: NAME }, tenant: { name: 'Trattoria Aurora' } } } };
    let admin: string;
    let id: string;
    let secret: string;

    beforeAll(async () => {
      admin = await platform().signIn('admin@demo.test');
      const made = await run<Made>(operation('api-key-create'), { name: NAME, scopes: ['conversation:read', 'user:read'] }, admin);
      [id, secret] = [made.apiKey.id, made.secret];
    });

    it('acts over HTTP and sockets, in either header, as far as its scopes go', async () => {
      for (const headers of [bearer(secret), { 'x-api-key': secret }]) {
        expect(await ask(VIEWER, headers)).toEqual(acts);
        const [init, upgrade] = [await watch(headers), await Kept.open(platform().wsUrl, {}, headers)];
        for (const socket of [init, upgrade]) {
          expect(await socket.run(VIEWER)).toEqual(acts);
          socket.close();
        }
      }
      expect(codeOf(await ask('{ conversations(first: 1) { nodes { id } } }', bearer(secret)))).toBeNull();
      const sent = await ask(operation('message-send'), bearer(secret), { input: { conversationId: 'cnv_x', text: 'x', idempotencyKey: 'x' } });
      expect(codeOf(sent)).toBe('FORBIDDEN');
      expect(codeOf(await ask(operation('api-key-create'), bearer(secret), { input: { name: 'more', scopes: ['user:read'] } }))).toBe('FORBIDDEN');
    });

    it('is used from the addresses of its list only, and a socket from elsewhere goes', async () => {
      const watching = await watch({ 'X-API-Key': secret });
      const elsewhere = ['192.0.2.0/24', '2001:db8::/32'];
      expect(await run(KEY_UPDATE, { apiKeyId: id, ips: elsewhere }, admin)).toEqual({ apiKey: { ips: elsewhere }, userErrors: [] });
      await closes(watching);
      expect(reasonOf(await ask(VIEWER, bearer(secret)))).toBe('address');
      await run(KEY_UPDATE, { apiKeyId: id, ips: ['127.0.0.0/8', '::1'] }, admin);
      await until(async () => codeOf(await ask(VIEWER, bearer(secret))) === null, 'it may be used again');
    });

    it('is rotated while its old secret still works, until that ends', async () => {
      const old = secret;
      secret = (await run<Made>(operation('api-key-rotate'), { apiKeyId: id, overlapHours: 1 }, admin)).secret;
      expect(await Promise.all([old, secret].map((one) => ask(VIEWER, bearer(one))))).toEqual([acts, acts]);
      const [watchingOld, previous] = [await watch(bearer(old)), secret];
      secret = (await run<Made>(operation('api-key-rotate'), { apiKeyId: id, overlapHours: 0 }, admin)).secret;
      await closes(watchingOld);
      for (const spent of [old, previous]) {
        await until(async () => reasonOf(await ask(VIEWER, bearer(spent))) === 'expired', 'an old secret has ended');
      }
      expect(await ask(VIEWER, bearer(secret))).toEqual(acts);
    });

    it('is gone at once when it is revoked', async () => {
      const watching = await watch(bearer(secret));
      expect(await run(KEY_REVOKE, { apiKeyId: id }, admin)).toEqual({ apiKey: { status: 'REVOKED' }, userErrors: [] });
      await closes(watching);
      expect(reasonOf(await ask(VIEWER, bearer(secret)))).toBe('revoked');
    });
  });
}
