// The main job from outside: a customer's message in, a live agent, a reply out, and every wall on the way.
// The same journey is walked in one process and in seven.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createClient, type Client, type FormattedExecutionResult } from 'graphql-ws';
import { WebSocket } from 'ws';
import { DEMO_CONTACT, DEMO_INBOX, DEMO_PASSWORD } from '../../ops/demo/demo.facts.js';
import { signMetaBody, whatsappStatusDelivery, whatsappTextDelivery } from '../../ops/standins/sign-webhook.js';
import { operation, type FeedNews } from '../kit/client.js';
import type { TestPlatform } from '../kit/platform.js';
import { until } from '../kit/until.js';
import { proveOneStep } from './audit-log.journey.js';

interface ConversationNode {
  id: string; displayNumber: number; status: string; unreadCount: number;
  contact: { id: string; name: string; customer: { orders: { nodes: { number: number; total: { formatted: string } }[] } } | null };
  lastMessage: { id: string; seq: number; text: string; status: string };
}
interface Sent { path: string; authorization: string; body: Record<string, unknown>; id: string }

/** A live subscriber that keeps what it got. */
class Subscriber {
  readonly news: FeedNews[] = [];
  readonly errors: unknown[] = [];
  readonly #client: Client;

  constructor(url: string, token: string, variables: Record<string, unknown>) {
    this.#client = createClient({ url, webSocketImpl: WebSocket, connectionParams: { authorization: `Bearer ${token}` }, retryAttempts: 0 });
    this.#client.subscribe<{ messageFeed: FeedNews }>({ query: operation('message-feed'), variables }, {
      next: (result: FormattedExecutionResult<{ messageFeed: FeedNews }>) => {
        if (result.errors) this.errors.push(...result.errors);
        if (result.data) this.news.push(result.data.messageFeed);
      },
      error: (errors) => { this.errors.push(...(Array.isArray(errors) ? errors as unknown[] : [errors])); },
      complete: () => undefined,
    });
  }

  /** A subscriber that is live for sure: it asks for an unknown cursor and has had its answer, which is dropped. */
  static async live(url: string, token: string, variables: Record<string, unknown>): Promise<Subscriber> {
    const subscriber = new Subscriber(url, token, { ...variables, after: 'bm9uc2Vuc2U' });
    await until(async () => subscriber.news.length === 1, 'the subscription stands');
    subscriber.news.length = 0;
    return subscriber;
  }

  close(): void {
    this.#client.terminate();
  }
}

/** What the journey needs of the product, however many processes it is. */
export type JourneyPlatform = Pick<TestPlatform, 'url' | 'wsUrl' | 'standIn' | 'ask' | 'signIn' | 'deliver' | 'stop'>;

/** @param onwards walked last, on the same platform */
export function walkTheJourney(boot: () => Promise<JourneyPlatform>, onwards: (platform: () => JourneyPlatform) => void = () => undefined): void {
  let platform: JourneyPlatform;
  let agent: string;
  let admin: string;
  let inboxId: string;
  let conversationId: string;
  /** The very bytes of the first delivery, for repeating it. */
  let firstBody: string;

  const post = (body: string, headers: Record<string, string>, key = DEMO_INBOX.key): Promise<Response> =>
    fetch(`${platform.url}/webhooks/whatsapp/${key}`, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });
  const signed = (body: string): Record<string, string> => ({ 'x-hub-signature-256': signMetaBody(body, DEMO_INBOX.appSecret) });
  const texts = (id: string, text: string, from = DEMO_CONTACT.whatsappId, name = DEMO_CONTACT.name): string =>
    whatsappTextDelivery({ phoneNumberId: DEMO_INBOX.phoneNumberId, from, name, id, text });
  const list = async (token: string): Promise<ConversationNode[]> =>
    ((await platform.ask(operation('conversation-list'), {}, token)).data?.['conversations'] as { nodes: ConversationNode[] }).nodes;
  const sent = async (): Promise<Sent[]> => await (await fetch(`${platform.standIn.url}/_sent`)).json() as Sent[];
  const trail = async (token: string, filter?: Record<string, unknown>): Promise<{ action: string; type: string; outcome: string; actor: { id: string } | null; resource: { type: string; id: string } | null }[]> =>
    ((await platform.ask(operation('audit-trail'), { first: 100, filter }, token)).data?.['auditEvents'] as { nodes: never[] }).nodes;
  const send = (token: string | undefined, text: string, idempotencyKey: string, to = conversationId) =>
    platform.ask(operation('message-send'), { input: { conversationId: to, text, idempotencyKey } }, token);

  beforeAll(async () => {
    platform = await boot();
    [agent, admin] = await Promise.all([platform.signIn('agent@demo.test'), platform.signIn('admin@demo.test')]);
    const inboxes = await platform.ask('{ inboxes { nodes { id } } }', {}, agent);
    inboxId = (inboxes.data?.['inboxes'] as { nodes: { id: string }[] }).nodes[0]?.id ?? '';
  });
  afterAll(() => platform?.stop());

  describe('1. the subscription handshake of the provider', () => {
    const ask = (token: string) => fetch(`${platform.url}/webhooks/whatsapp/${DEMO_INBOX.key}?hub.mode=subscribe&hub.verify_token=${token}&hub.challenge=42`);

    it('answers the bare challenge, and 403 to a wrong token', async () => {
      const right = await ask(DEMO_INBOX.verifyToken);
      expect([right.status, await right.text()]).toEqual([200, '42']);
      expect((await ask('wrong')).status).toBe(403);
    });
  });

  describe('2 to 4. a message arrives while an agent watches', () => {
    it('reaches the subscriber with fields of conversations and commerce', async () => {
      const live = await Subscriber.live(platform.wsUrl, agent, { inboxId });
      firstBody = texts('wamid.journey-1', 'Is there a table for two tonight?');
      expect((await post(firstBody, signed(firstBody))).status).toBe(200);
      await until(async () => (await list(agent)).length > 0, 'the message is there');
      const [conversation] = await list(agent);
      conversationId = conversation?.id ?? '';
      expect(conversation).toMatchObject({ displayNumber: 1, status: 'OPEN', unreadCount: 1, contact: { name: DEMO_CONTACT.name } });
      expect(conversation?.contact.customer?.orders.nodes.map((order) => order.number)).toEqual([1003, 1002, 1001]);
      await until(async () => live.news.length === 1, 'the subscriber has it');
      expect(live.news[0]).toMatchObject({
        __typename: 'MessageAdded',
        message: { seq: 1, direction: 'INBOUND', type: 'TEXT', text: 'Is there a table for two tonight?', status: 'RECEIVED', author: { __typename: 'Contact', name: DEMO_CONTACT.name },
          conversation: { id: conversationId, contact: { customer: { orders: { nodes: [{ number: 1003, total: { formatted: '€21.90' } }] } } } } },
      });
      expect(live.errors).toEqual([]);
      live.close();
    });

    it('refuses bad senders exactly, stores nothing of them, and records one security event for each reason', async () => {
      const body = texts('wamid.forged', 'forged');
      const before = await list(agent);
      const answers = [
        await post(body, { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` }), await post(body, { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` }),
        await post(body, {}), await post(body, signed(body), 'no-such-inbox'), await post('{"entry":', signed('{"entry":')),
        await post('x'.repeat(3 * 1024 * 1024 + 1), signed('x')),
      ];
      expect(answers.map((answer) => answer.status)).toEqual([401, 401, 401, 404, 400, 413]);
      await until(async () => new Set((await trail(admin, { type: 'SECURITY' })).map((event) => event.action)).size >= 5, 'the security events are in the trail');
      const actions = (await trail(admin, { type: 'SECURITY' })).map((event) => event.action).sort();
      // A minute may end between two of the requests; then the same reason counts once more.
      expect([...new Set(actions)]).toEqual(['webhook.bad_signature', 'webhook.bad_verify_token', 'webhook.malformed_json', 'webhook.missing_signature', 'webhook.too_large']);
      const root = await platform.signIn('root@demo.test');
      await until(async () => (await trail(root, { type: 'SECURITY' })).some((event) => event.action === 'webhook.unknown_inbox'), 'the platform event');
      expect(await list(agent)).toEqual(before);
    });

    it('names a new contact from its profile and numbers the messages of one delivery in their order', async () => {
      const [first, second] = ['one', 'two'].map((text, index) => JSON.parse(texts(`wamid.batch-${index}`, text, '15550007777', 'Noor Haddad')) as {
        entry: { changes: { value: { messages: unknown[] } }[] }[] });
      first?.entry[0]?.changes[0]?.value.messages.push(...(second?.entry[0]?.changes[0]?.value.messages ?? []));
      const body = JSON.stringify(first);
      expect((await post(body, signed(body))).status).toBe(200);
      await until(async () => (await list(agent)).some((one) => one.contact.name === 'Noor Haddad' && one.lastMessage.seq === 2), 'both are stored');
      const [newest] = await list(agent);
      const read = await platform.ask('query ($id: ID!) { conversation(id: $id) { messages { nodes { seq text } } } }', { id: newest?.id }, agent);
      expect(read.data?.['conversation']).toEqual({ messages: { nodes: [{ seq: 2, text: 'two' }, { seq: 1, text: 'one' }] } });
    });
  });

  describe('5. the reply', () => {
    it('is sent once with the right address, token and body, and its status follows the provider', async () => {
      const live = await Subscriber.live(platform.wsUrl, agent, { conversationId });
      const answers = await Promise.all([send(agent, 'Yes, at eight.', 'reply-1'), send(agent, 'Yes, at eight.', 'reply-1')]);
      const [one, two] = answers.map((answer) => (answer.data?.['messageSend'] as { message: { id: string; status: string; seq: number } }).message);
      // The same message twice; by the second answer a worker may have sent it.
      expect([one?.id, one?.seq]).toEqual([two?.id, two?.seq]);
      const id = one?.id ?? '';
      const status = async () => (await platform.ask(operation('message-status'), { id }, agent)).data?.['node'];
      await until(async () => (await status() as { status: string }).status === 'SENT', 'it is SENT');
      const received = (await sent()).filter((message) => message.body['biz_opaque_callback_data'] === id);
      expect(received).toHaveLength(1);
      expect(received[0]?.path).toMatch(new RegExp(`^/v\\d+\\.\\d+/${DEMO_INBOX.phoneNumberId}/messages$`));
      expect(received[0]?.authorization).toBe(`Bearer ${DEMO_INBOX.accessToken}`);
      expect(received[0]?.body).toMatchObject({ messaging_product: 'whatsapp', to: DEMO_CONTACT.whatsappId, type: 'text', text: { body: 'Yes, at eight.' } });
      for (const state of ['delivered', 'read', 'delivered'] as const) {
        const body = whatsappStatusDelivery({ phoneNumberId: DEMO_INBOX.phoneNumberId, id: received[0]?.id ?? '', status: state, recipient: DEMO_CONTACT.whatsappId });
        expect((await post(body, signed(body))).status).toBe(200);
        const expected = state === 'read' ? 'READ' : null;
        await until(async () => expected === null || (await status() as { status: string }).status === expected, `it is ${state}`);
      }
      await until(async () => live.news.filter((event) => event.__typename === 'MessageUpdated').length >= 2, 'each move is an event');
      expect(await status()).toEqual({ id, status: 'READ' });
      expect(live.news[0]).toMatchObject({ __typename: 'MessageAdded', message: { id, direction: 'OUTBOUND', author: { __typename: 'User', displayName: 'Agnes Agent' } } });
      expect(live.errors).toEqual([]);
      live.close();
    });

    it('refuses the same key with another text as data', async () => {
      expect((await send(agent, 'Something else', 'reply-1')).data?.['messageSend']).toMatchObject({
        message: null, userErrors: [{ __typename: 'IdempotencyMismatch', code: 'IDEMPOTENCY_MISMATCH', field: ['input', 'idempotencyKey'] }] });
    });

    it('goes on after a cursor without gap or duplicate, and says so when the cursor is unknown', async () => {
      const whole = new Subscriber(platform.wsUrl, agent, { conversationId, after: 'bm9uc2Vuc2U' });
      await until(async () => whole.news.length === 1, 'the gap');
      expect(whole.news[0]).toMatchObject({ __typename: 'FeedGap', reason: 'UNKNOWN_CURSOR', cursor: expect.any(String) });
      const from = whole.news[0]?.cursor;
      whole.close();
      for (const text of ['r1', 'r2', 'r3']) {
        const body = texts(`wamid.resume-${text}`, text);
        await post(body, signed(body));
        await until(async () => (await list(agent)).some((one) => one.lastMessage.text === text), `${text} is stored`);
      }
      const resumed = new Subscriber(platform.wsUrl, agent, { conversationId, after: from });
      await until(async () => resumed.news.length === 3, 'all three are replayed');
      const body = texts('wamid.resume-live', 'live');
      await post(body, signed(body));
      await until(async () => resumed.news.length === 4, 'and then live');
      expect(resumed.news.map((event) => (event.__typename === 'FeedGap' ? null : event.message.text))).toEqual(['r1', 'r2', 'r3', 'live']);
      resumed.close();
    });
  });

  describe('6. the same webhook ten more times at once', () => {
    it('changes nothing', async () => {
      const changes = async () => [await list(agent), await trail(admin, { type: 'DATA_WRITE' }), await trail(admin, { type: 'API' })];
      // What the steps before left to collect arrives within two seconds.
      await new Promise((resolve) => { setTimeout(resolve, 2_000); });
      const before = await changes();
      const answers = await Promise.all(Array.from({ length: 10 }, () => post(firstBody, signed(firstBody))));
      expect(answers.map((answer) => answer.status)).toEqual(Array(10).fill(200));
      await new Promise((resolve) => { setTimeout(resolve, 1_000); });
      expect(await changes()).toEqual(before);
    });
  });

  describe('7. the rival', () => {
    it('sees nothing: empty list, null node, the error of an id that does not exist', async () => {
      const rival = await platform.signIn('owner@rival.test');
      expect(await list(rival)).toEqual([]);
      expect((await list(agent)).length).toBeGreaterThan(0);
      const node = 'query ($id: ID!) { node(id: $id) { __typename } }';
      expect(await platform.ask(node, { id: conversationId }, rival)).toEqual({ data: { node: null } });
      expect(await platform.ask(node, { id: conversationId }, agent)).toEqual({ data: { node: { __typename: 'Conversation' } } });
      const theirs = new Subscriber(platform.wsUrl, rival, { conversationId });
      const nobodys = new Subscriber(platform.wsUrl, agent, { conversationId: `conv_${'0'.repeat(26)}` });
      await until(async () => theirs.errors.length > 0 && nobodys.errors.length > 0, 'both are refused');
      expect(theirs.errors).toEqual(nobodys.errors);
      expect(theirs.errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);
      expect((await send(rival, 'hello', 'rival-1')).data?.['messageSend']).toMatchObject({ message: null, userErrors: [{ __typename: 'ConversationNotFound', code: 'NOT_FOUND' }] });
      theirs.close();
      nobodys.close();
    });

    it('finds no _entities in the public graph', async () => {
      const answer = await platform.ask('{ _entities(representations: []) { __typename } }', {}, agent);
      expect(answer.errors?.[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
      expect(answer.data ?? null).toBeNull();
    });
  });

  describe('8. missing rights', () => {
    it('are FORBIDDEN at top level, write nothing but the audit event, and UNAUTHENTICATED without a token', async () => {
      const viewer = await platform.signIn('viewer@demo.test');
      const before = await list(agent);
      const refused = await send(viewer, 'I may not', 'viewer-1');
      expect(refused.data).toEqual({ messageSend: null });
      expect(refused.errors).toMatchObject([{ path: ['messageSend'], extensions: { code: 'FORBIDDEN' } }]);
      expect((await send(undefined, 'Nobody', 'nobody-1')).errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
      expect(await list(agent)).toEqual(before);
      await until(async () => (await trail(admin, { outcome: 'DENIED', action: 'message.send' })).length === 1, 'the denial is in the trail');
    });

    it('wrong password is data, and a page too large is BAD_USER_INPUT', async () => {
      const wrong = await platform.ask(operation('login'), { input: { email: 'agent@demo.test', password: 'not-this-one-at-all' } });
      expect(wrong.data?.['login']).toMatchObject({ session: null, mfaChallenge: null, userErrors: [{ __typename: 'InvalidCredentials', code: 'INVALID_CREDENTIALS' }] });
      expect((await platform.ask(operation('login'), { input: { email: 'agent@demo.test', password: DEMO_PASSWORD } })).data?.['login']).toMatchObject({ userErrors: [] });
      expect((await platform.ask(operation('conversation-list'), { first: 101 }, agent)).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', field: ['first'] } }]);
      for (const variables of [{}, { conversationId, inboxId }]) {
        const both = new Subscriber(platform.wsUrl, agent, variables);
        await until(async () => both.errors.length > 0, 'it is refused');
        expect(both.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
        both.close();
      }
    });
  });

  describe('10. the audit trail', () => {
    it('holds every step, newest first, with API ids', async () => {
      await until(async () => (await trail(admin, { action: 'auth.login', outcome: 'FAILURE' })).length === 1, 'the failed sign-in is in the trail', 2_000);
      const events = await trail(admin);
      const has = (action: string, outcome: string) => events.some((event) => event.action === action && event.outcome === outcome);
      for (const [action, outcome] of [['auth.login', 'SUCCESS'], ['auth.login', 'FAILURE'], ['webhook.receive', 'SUCCESS'], ['conversation.open', 'SUCCESS'],
        ['message.receive', 'SUCCESS'], ['message.send', 'SUCCESS'], ['message.send', 'FAILURE'], ['message.send', 'DENIED'], ['message.sent', 'SUCCESS'],
        ['message.delivered', 'SUCCESS'], ['message.read', 'SUCCESS']] as const) {
        expect({ action, outcome, there: has(action, outcome) }).toEqual({ action, outcome, there: true });
      }
      const opened = events.find((event) => event.action === 'conversation.open' && event.resource?.id === conversationId);
      expect(opened?.resource).toEqual({ type: 'Conversation', id: conversationId });
      const full = (await platform.ask('{ auditEvents(first: 100) { nodes { occurredAt } } }', {}, admin)).data?.['auditEvents'] as { nodes: { occurredAt: string }[] };
      const times = full.nodes.map((event) => event.occurredAt);
      expect(times).toEqual([...times].sort().reverse());
    });
  });

  describe('11. the audit log', () => {
    it('proves a step to somebody who has the public keys alone, and passes a verification', async () => {
      await proveOneStep(platform, admin);
    });
  });

  describe('onwards', () => onwards(() => platform));
}
