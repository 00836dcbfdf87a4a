// A real subgraph behind its listener: the same answers as in process, webhooks to the byte, and a feed that is resumed.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ActorSigner } from '../../gateway/actor.js';
import { remoteRoutes } from '../../gateway/remote/remote.routes.js';
import { RemoteSubgraph } from '../../gateway/remote/remote.subgraph.js';
import type { Gateway } from '../../gateway/server.js';
import { startWorld } from '../../gateway/two-subgraphs.fixture.js';
import type { World } from '../../gateway/world.fixture.js';
import { signMetaBody } from '../../ops/standins/sign-webhook.js';
import { ACTOR_HEADER, ActorVerifier, CORRELATION_HEADER, type Actor } from '../../subgraphs/kernel/base/actor.js';
import { noCrash } from '../../subgraphs/kernel/base/crash-points.js';
import { encodeId, newId } from '../../subgraphs/kernel/base/ids.js';
import { silentLogger } from '../../subgraphs/kernel/base/logger.js';
import { Metrics } from '../../subgraphs/kernel/base/metrics.js';
import { StreamInterrupted, type SubgraphResult, type SubgraphStream } from '../../subgraphs/kernel/base/subgraph-port.js';
import { serveSubgraph, type SubgraphListener } from '../../subgraphs/kernel/graphql/http/listener.js';
import { Relay } from '../../workers/relay/relay.js';
import { APP_SECRET, INBOX_KEY, TestConversations } from '../kit/conversations.js';
import { withoutMarks } from '../kit/marks.js';
import { person } from '../kit/subgraph.js';

const FEED = `subscription ($conversationId: ID, $after: String) { messageFeed(conversationId: $conversationId, after: $after) {
  __typename cursor ... on MessageAdded { message { seq text } } ... on FeedGap { reason } } }`;
const from = '15550001111';

let house: TestConversations;
let listener: SubgraphListener;
let remote: RemoteSubgraph;
let routes: ReturnType<typeof remoteRoutes>;
let relay: Relay;
let world: World;
let gateway: Gateway;
let signer: ActorSigner;
let conversationId: string;

const listen = (port: number): Promise<SubgraphListener> => serveSubgraph(house.subject.running, {
  host: '127.0.0.1', port, verifier: new ActorVerifier(house.subject.keys.publicKey), clock: house.clock, logger: silentLogger,
  health: { ready: async () => [], database: async () => [] },
});

beforeAll(async () => {
  house = await TestConversations.boot();
  const { running, database, bus, keys } = house.subject;
  signer = new ActorSigner(keys.privateKey, house.clock);
  listener = await listen(0);
  const options = { name: 'conversations', url: listener.url, signer, logger: silentLogger, metrics: new Metrics(), clock: house.clock };
  remote = new RemoteSubgraph(options);
  routes = remoteRoutes(options);
  world = startWorld();
  gateway = await world.gateway({ routes: { declarations: running.routes.declarations, port: () => routes } });
  relay = new Relay({
    schema: 'conversations', url: database.urls.system, triggers: [], queue: { enqueue: async () => { throw new Error('no job'); } },
    bus, logger: silentLogger, metrics: new Metrics(), crash: noCrash,
  });
  conversationId = encodeId('conv', await house.conversation(from));
});
afterAll(async () => {
  await world?.stop();
  await relay?.stop();
  routes?.close();
  await remote?.close();
  await listener?.drain();
  await house?.close();
});

const request = (query: string, variables: Record<string, unknown>, actor: Actor) =>
  ({ query, variables, headers: { [ACTOR_HEADER]: signer.sign(actor), [CORRELATION_HEADER]: 'remote' } });

describe('the port', () => {
  const CONVERSATION = 'query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on Conversation { id messages { nodes { id seq text author { __typename } } } } } }';
  const SEND = 'mutation ($input: MessageSendInput!) { messageSend(input: $input) { message { id text } userErrors { __typename code field message } } }';

  it('answers alike over HTTP and in process: data, refusals, denials, other tenants, wrong input', async () => {
    const representations = [{ __typename: 'Conversation', id: conversationId }, { __typename: 'Conversation', id: encodeId('conv', newId()) }];
    const idempotencyKey = newId();
    const input = { conversationId, text: 'Hi \u0000é\u{1F600}', idempotencyKey };
    const cases: [string, Record<string, unknown>, Actor][] = [
      [CONVERSATION, { representations }, house.agent],
      [CONVERSATION, { representations }, person(house.tenantId, [])],
      [CONVERSATION, { representations }, person(newId(), ['conversation:read'])],
      [SEND, { input: { ...input, text: 'Hi é\u{1F600}' } }, house.agent],
      [SEND, { input: { ...input, text: '' } }, house.agent],
      [SEND, { input: { ...input, conversationId: 'conv_x' } }, house.agent],
      [SEND, { input }, person(house.tenantId, ['conversation:read'])],
      [SEND, {}, house.agent],
      ['{ nothing }', {}, house.agent],
    ];
    const answers: SubgraphResult[] = [];
    for (const [query, variables, actor] of cases) {
      const over = await remote.execute(request(query, variables, actor));
      expect(over).toEqual(await house.subject.running.port.execute(request(query, variables, actor)));
      answers.push(over);
    }
    expect(answers[0]).toMatchObject({ data: { _entities: [{ id: conversationId, messages: { nodes: [{ text: 'Hello' }] } }, null] } });
    expect(answers[3]).toMatchObject({ data: { messageSend: { message: { text: 'Hi é\u{1F600}' }, userErrors: [] } } });
    expect(answers[6]).toMatchObject({ data: { messageSend: null }, errors: [{ path: ['messageSend'], extensions: { code: 'FORBIDDEN' } }] });
    expect(await house.count('message')).toBe(2);
  });

  it('refuses a subscription alike', async () => {
    for (const actor of [person(house.tenantId, []), person(newId(), ['conversation:read'])]) {
      const asked = request(FEED, { conversationId }, actor);
      const over = await remote.subscribe(asked);
      expect(over).toEqual(await house.subject.running.port.subscribe(asked));
      expect(over).toMatchObject({ errors: [{ extensions: { code: expect.any(String) } }] });
    }
  });
});

describe('a webhook', () => {
  const deliver = (body: Buffer, signature: string): Promise<number> =>
    fetch(`${gateway.url}/webhooks/whatsapp/${INBOX_KEY}`, { method: 'POST', body, headers: { 'x-hub-signature-256': signature } }).then(({ status }) => status);

  it('arrives to the byte: its signature holds, and one flipped bit breaks it', async () => {
    const body = Buffer.concat([Buffer.from('{"object":"whatsapp_business_account","entry":[],"x":"'), Buffer.from([0xc3, 0x28, 0xff, 0x80]), Buffer.from('"}')]);
    const signature = signMetaBody(body, APP_SECRET);
    const before = await house.count('webhook_delivery');
    const flipped = Buffer.from(body);
    flipped[55] = 0x29;
    expect(await deliver(flipped, signature)).toBe(401);
    expect(await house.count('webhook_delivery')).toBe(before);
    expect(await deliver(body, signature)).toBe(200);
    const [stored] = await house.rows<{ body: Buffer }>('select body from conversations.webhook_delivery order by received_at desc, id desc limit 1');
    expect(stored?.body.equals(body)).toBe(true);
    // The same bytes, straight from this process: already there.
    expect((await house.receive(body)).status).toBe(200);
    expect(await house.count('webhook_delivery')).toBe(before + 1);
  });
});

describe('a feed whose subgraph restarts', () => {
  const told = async (stream: SubgraphStream): Promise<{ cursor: string; text: string }> => {
    const { value } = await stream.next() as { value: SubgraphResult };
    const event = (value.data as { messageFeed: { __typename: string; cursor: string; message: { text: string } } }).messageFeed;
    expect(event.__typename).toBe('MessageAdded');
    return { cursor: event.cursor, text: event.message.text };
  };
  const open = async (after: string | null): Promise<SubgraphStream> =>
    withoutMarks(await remote.subscribe(request(FEED, { conversationId, after }, house.agent))) as SubgraphStream;

  it('is taken up after the last event seen, with none lost and none twice', async () => {
    const live = await open(null);
    await house.text('wamid.1', 'one', from);
    const first = await told(live);
    expect(first.text).toBe('one');
    await listener.drain();
    await expect(live.next()).rejects.toBeInstanceOf(StreamInterrupted);
    await house.text('wamid.2', 'two', from);
    const reopening = open(first.cursor);
    listener = await listen(listener.port);
    const resumed = await reopening;
    await house.text('wamid.3', 'three', from);
    expect([(await told(resumed)).text, (await told(resumed)).text]).toEqual(['two', 'three']);
    await resumed.return?.();
  });
});
