// The chat in a tenant's own pages: who may call, who is who, and that a visitor reads their own conversation and nothing else.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { TestConversations } from '../../../test/kit/conversations.js';
import { person } from '../../../test/kit/subgraph.js';
import { until } from '../../../test/kit/until.js';
import { Relay } from '../../../workers/relay/relay.js';
import { noCrash } from '../../kernel/base/crash-points.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { silentLogger } from '../../kernel/base/logger.js';
import { Metrics } from '../../kernel/base/metrics.js';
import type { RouteRequest, RouteResponse } from '../../kernel/base/subgraph-port.js';
import { VISITOR_DAYS } from '../channel/web-chat.token.js';
import { WaitingReads } from './web-chat.waiting.js';

const SHOP = 'https://shop.example.com';
const credentials = (mark: string, more: object = {}) => ({ tokenSecret: mark.repeat(40).slice(0, 40), identitySecret: `identity-secret-${mark}`, origins: [SHOP], ...more });

let house: TestConversations;
let inboxId: string;
const other = newId();
beforeAll(async () => {
  house = await TestConversations.boot();
  const { inboxes } = house.services;
  inboxId = await inboxes.create(house.tenantId, { key: 'chat', name: 'Chat', channel: 'WEB_CHAT', credentials: credentials('a') });
  // The same secrets, as nobody should: tokens are of one inbox all the same.
  await inboxes.create(house.tenantId, { key: 'twin', name: 'Twin', channel: 'WEB_CHAT', credentials: credentials('a') });
  await inboxes.create(other, { key: 'theirs', name: 'Theirs', channel: 'WEB_CHAT', credentials: credentials('b') });
  await inboxes.create(house.tenantId, { key: 'strict', name: 'Strict', channel: 'WEB_CHAT', credentials: credentials('c', { identityRequired: true, previousIdentitySecret: 'identity-secret-before' }) });
});
afterAll(() => house?.close());

/** Each begins from an address of its own, but where it is told. */
let addresses = 0;
type Answer = { status: number; headers: Record<string, string>; body: Record<string, unknown> };
async function ask(route: string, key: string, { token, body, query = {}, ...changed }: Partial<Omit<RouteRequest, 'body' | 'query'>> & { token?: string; body?: unknown; query?: Record<string, string> } = {}): Promise<Answer> {
  const answer: RouteResponse = await house.subject.running.routes.port.handle(route, {
    params: { inboxKey: key, call: 'messages' }, query: new URLSearchParams(query), body: Buffer.from(body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body)), oversize: false, ip: '192.0.2.7',
    correlationId: 'chat', url: 'https://house.test/', ...changed, headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...changed.headers },
  });
  return { status: answer.status, headers: answer.headers ?? {}, body: (answer.body ? JSON.parse(String(answer.body)) : {}) as Record<string, unknown> };
}

const session = async (key = 'chat', body: unknown = {}, more: object = {}): Promise<string> => {
  const answer = await ask('webChatSession', key, { body, ip: `2001:db8::${addresses++}`, ...more });
  if (answer.status !== 200) throw new Error(JSON.stringify(answer));
  return String(answer.body['token']);
};
const post = async (token: string, items: unknown[], key = 'chat'): Promise<Answer> => {
  const answer = await ask('webChatSend', key, { token, body: { items } });
  await house.ingestAll();
  return answer;
};
interface Shown { id: string; clientId: string | null; seq: number; from: string; text: string | null; status: string; editedAt: string | null; deletedAt: string | null; reactions: object[]; replyTo: string | null }
const read = async (token: string, query: Record<string, string> = {}, key = 'chat') => (await ask('webChatRead', key, { token, query })).body as unknown as { messages: Shown[]; cursor: string | null; reset: boolean; more: boolean };
const texts = async (token: string, key = 'chat') => (await read(token, {}, key)).messages.map(({ text }) => text);
const say = (id: string, text: string, more: object = {}) => ({ kind: 'message', id, text, ...more });
const proof = (userId: string, secret = 'identity-secret-a') => createHmac('sha256', secret).update(userId).digest('hex');
const conversationOf = async (visitor: string): Promise<string> => (await house.rows<{ id: string }>(`select c.id from conversations.conversation c
  join conversations.contact_identity i on i.tenant_id = c.tenant_id and i.contact_id = c.contact_id where i.external_id = $1`, [visitor]))[0]?.id ?? '';
const visitorIn = (token: string): string => (JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { sub: string }).sub;
const refusals = () => house.rows('select reason, sum(count)::int as count from conversations.webhook_refusal group by reason order by reason');

describe('a page', () => {
  it('of an origin that the inbox names may call, and read what is answered', async () => {
    const headers = { origin: SHOP, 'access-control-request-method': 'POST' };
    expect(await ask('webChatPreflight', 'chat', { headers })).toMatchObject({ status: 204, headers: {
      'access-control-allow-origin': SHOP, 'access-control-allow-methods': 'GET, POST', 'access-control-allow-headers': 'authorization, content-type, x-correlation-id', vary: 'origin',
    } });
    const answer = await ask('webChatSession', 'chat', { headers: { origin: SHOP } });
    expect(answer).toMatchObject({ status: 200, headers: { 'access-control-allow-origin': SHOP, vary: 'origin', 'cache-control': 'no-store' } });
    // A refusal can be read too.
    expect(await ask('webChatSend', 'chat', { headers: { origin: SHOP }, body: {} })).toMatchObject({ status: 401, headers: { 'access-control-allow-origin': SHOP } });
  });

  it.each([`${SHOP}.evil.test`, 'https://evil.test', 'http://shop.example.com', 'null', '*', ''])('of another (%j) may not', async (origin) => {
    await house.rows('truncate conversations.webhook_refusal');
    for (const route of ['webChatPreflight', 'webChatSession', 'webChatSend', 'webChatRead']) {
      const answer = await ask(route, 'chat', { headers: { origin }, token: await session() });
      expect(answer).toMatchObject({ status: 403, body: { error: 'unknown-origin' } });
      expect(Object.keys(answer.headers)).not.toContain('access-control-allow-origin');
    }
    expect(await refusals()).toEqual([{ reason: 'unknown-origin', count: 4 }]);
  });
});

describe('a visitor', () => {
  it('is somebody new, the same with the token they have, and one who is proved when their hash is right', async () => {
    const token = await session();
    expect(visitorIn(token)).toMatch(/^v_/);
    expect(visitorIn(await session('chat', { name: 'Ana' }, { token }))).toBe(visitorIn(token));
    expect(visitorIn(await session('chat', {}, { token: await session('twin') }))).not.toBe(visitorIn(token));
    expect(visitorIn(await session('chat', { user: { userId: '42', name: 'Bob', hash: proof('42') } }, { token }))).toBe('u_42');
    expect(visitorIn(await session('strict', { user: { userId: '42', hash: proof('42', 'identity-secret-before') } }))).toBe('u_42');
  });

  it.each<[string, string, unknown, number, string]>([
    ['a wrong hash', 'chat', { user: { userId: '42', hash: proof('43') } }, 401, 'bad-identity'],
    ['a hash of another inbox', 'chat', { user: { userId: '42', hash: proof('42', 'identity-secret-b') } }, 401, 'bad-identity'],
    ['a hash in upper case', 'chat', { user: { userId: '42', hash: proof('42').toUpperCase() } }, 401, 'bad-identity'],
    ['no hash', 'chat', { user: { userId: '42' } }, 400, 'malformed'],
    ['nobody where somebody is asked for', 'strict', {}, 401, 'identity-required'],
    ['what is no JSON', 'chat', '{', 400, 'malformed'],
    ['what is not asked for', 'chat', { admin: true }, 400, 'malformed'],
    ['an address that nobody would keep', 'chat', { email: 'ana@x.test' }, 400, 'malformed'],
    ['that of somebody proved', 'chat', { user: { userId: '42', email: 'bob@x.test', hash: proof('42') } }, 400, 'malformed'],
    ['a name of nothing', 'chat', { name: ' ' }, 400, 'malformed'],
  ])('with %s gets no token', async (_what, key, body, status, error) => {
    expect(await ask('webChatSession', key, { body })).toMatchObject({ status, body: { error } });
  });

  it('has no token any more when it is old, or the secret is another one', async () => {
    const token = await session();
    expect((await ask('webChatRead', 'chat', { token })).status).toBe(200);
    const parts = token.split('.');
    const forged = [`${parts[0]}.${Buffer.from(JSON.stringify({ sub: 'u_42', aud: inboxId, exp: 9e9 })).toString('base64url')}.${parts[2]}`, `${Buffer.from('{"alg":"none"}').toString('base64url')}.${parts[1]}.`];
    for (const wrong of [...forged, token.slice(0, -2), 'x.y.z', '']) expect(await ask('webChatRead', 'chat', { token: wrong })).toMatchObject({ status: 401 });
    house.clock.advance(VISITOR_DAYS * 86_400_000 + 1_000);
    expect(await ask('webChatRead', 'chat', { token })).toMatchObject({ status: 401, body: { error: 'bad-signature' } });
    house.clock.advance(-(VISITOR_DAYS * 86_400_000 + 1_000));
    await house.services.inboxes.create(house.tenantId, { key: 'rotated', name: 'Rotated', channel: 'WEB_CHAT', credentials: credentials('d') });
    expect(await ask('webChatRead', 'rotated', { token })).toMatchObject({ status: 401 });
  });
});

describe('a conversation', () => {
  it('holds what the visitor says once, as they changed it, and what staff sent', async () => {
    const token = await session('chat', { name: 'Ana' });
    expect(await read(token)).toEqual({ messages: [], cursor: null, reset: false, more: false });
    for (let time = 0; time < 2; time += 1) expect(await post(token, [say('1', 'Hello'), say('2', 'typo')])).toMatchObject({ status: 200, body: { accepted: 2 } });
    await post(token, [{ kind: 'edit', id: 'e1', message: '2', text: 'fixed' }, say('3', 'gone'), { kind: 'deletion', id: 'd1', message: '3' }]);
    expect((await read(token)).messages).toMatchObject([
      { clientId: '1', seq: 1, from: 'visitor', text: 'Hello' }, { clientId: '2', text: 'fixed', editedAt: expect.any(String) }, { clientId: '3', text: null, deletedAt: expect.any(String) },
    ]);
    const { cursor } = await read(token);

    const conversation = await conversationOf(visitorIn(token));
    const queued = await house.queue(conversation, 'How can we help?');
    // What is not sent yet was not said.
    expect(await texts(token)).toEqual(['Hello', 'fixed', null]);
    await house.drain(conversation);
    const [reply] = (await read(token)).messages.slice(-1);
    expect(reply).toMatchObject({ id: encodeId('msg', queued), clientId: null, from: 'staff', text: 'How can we help?', status: 'SENT' });
    await post(token, [{ kind: 'read', messages: [reply?.id] }, { kind: 'reaction', id: 'r1', message: reply?.id, emoji: '👍' }, say('4', 'Thanks', { replyTo: reply?.id })]);
    expect(await house.standing(queued)).toMatchObject({ status: 'READ' });
    expect((await read(token)).messages.slice(-2)).toMatchObject([{ reactions: [{ emoji: '👍', from: 'visitor' }] }, { clientId: '4', replyTo: reply?.id }]);
    expect((await read(token, { before: '3' })).messages.map(({ seq }) => seq)).toEqual([1, 2]);
    // What staff change and take back.
    for (const [field, type, more] of [['messageEdit', 'MessageEditInput', { text: 'How may we help?', idempotencyKey: newId() }], ['messageDelete', 'MessageDeleteInput', {}]] as const) {
      const { data } = await house.ask(`mutation ($input: ${type}!) { ${field}(input: $input) { userErrors { code } } }`, { input: { messageId: reply?.id, ...more } });
      expect(data).toEqual({ [field]: { userErrors: [] } });
      await house.drain(conversation);
      const [changed] = (await read(token)).messages.filter(({ id }) => id === reply?.id);
      expect(changed).toMatchObject(field === 'messageEdit' ? { text: 'How may we help?', editedAt: expect.any(String) } : { text: null, deletedAt: expect.any(String) });
    }
    expect(cursor).toEqual(expect.any(String));
  });

  it('is of one visitor: nobody reads it, or says anything in it, by any token but theirs', async () => {
    const [ana, bob] = [await session(), await session()];
    await post(ana, [say('1', 'Of Ana')]);
    const conversation = await conversationOf(visitorIn(ana));
    const sent = await house.queue(conversation, 'To Ana');
    await house.drain(conversation);
    const reference = encodeId('msg', sent);
    // The same client id is another message, and the same bytes are another call.
    await post(bob, [say('1', 'Of Ana')]);
    await post(bob, [{ kind: 'read', messages: [reference] }, { kind: 'reaction', id: 'x', message: reference, emoji: '💥' }, { kind: 'edit', id: 'y', message: '1', text: 'Of Bob' }]);
    expect([await texts(ana), await texts(bob)]).toEqual([['Of Ana', 'To Ana'], ['Of Bob']]);
    expect((await read(ana)).messages.at(-1)).toMatchObject({ status: 'SENT', reactions: [] });
    for (const key of ['twin', 'theirs', 'strict', 'nobody', 'test-inbox']) {
      for (const [route, body] of [['webChatRead', undefined], ['webChatSend', { items: [say('9', 'x')] }]] as const) {
        expect((await ask(route, key, { token: ana, body })).status).toBe(key === 'nobody' || key === 'test-inbox' ? 404 : 401);
      }
    }
    expect(await house.rows('select count(*)::int as n from conversations.message where tenant_id = $1', [other])).toEqual([{ n: 0 }]);
    // A webhook's address is none of theirs.
    expect((await house.receive(JSON.stringify({ items: [say('9', 'x')] }), { params: { channel: 'web-chat', inboxKey: 'chat' }, headers: { authorization: `Bearer ${ana}` } })).status).toBe(404);
  });

  it('tells what comes and what changes after a cursor, and waits for it', async () => {
    const relay = new Relay({
      schema: 'conversations', url: house.subject.database.urls.system, triggers: [], queue: { enqueue: async () => { throw new Error('no job'); } },
      bus: house.subject.bus, logger: silentLogger, metrics: new Metrics(), crash: noCrash,
    });
    const relayed = () => until(async () => (await house.rows('select id from conversations.outbox')).length === 0, 'the outbox is empty');
    try {
      const token = await session();
      // Nobody tells of a conversation that is not there yet.
      const first = read(token, { wait: '20' });
      await post(token, [say('1', 'Hello')]);
      expect((await first).messages).toMatchObject([{ text: 'Hello' }]);
      await relayed();
      const { cursor } = await read(token);
      const waiting = read(token, { after: cursor ?? '', wait: '20' });
      await post(token, [{ kind: 'edit', id: 'e', message: '1', text: 'Hello!' }]);
      const changed = await waiting;
      expect(changed).toMatchObject({ reset: false, messages: [{ clientId: '1', text: 'Hello!' }] });
      const conversation = await conversationOf(visitorIn(token));
      await house.queue(conversation, 'Hi');
      await relayed();
      // Queued is not said: nothing to show, and the cursor has gone on.
      const quiet = await read(token, { after: changed.cursor ?? '' });
      expect(quiet.messages).toEqual([]);
      await house.drain(conversation);
      await relayed();
      const told = await read(token, { after: quiet.cursor ?? '', wait: '20' });
      expect(told.messages).toMatchObject([{ from: 'staff', text: 'Hi', status: 'SENT' }]);
      expect(await read(token, { after: told.cursor ?? '' })).toEqual({ messages: [], cursor: told.cursor, reset: false, more: false });
      expect(await read(token, { after: cursor ?? '' })).toMatchObject({ messages: [{ text: 'Hello!' }, { text: 'Hi' }] });
      // What staff do with the conversation is not for its visitor.
      const prioritize = 'mutation ($input: ConversationPrioritySetInput!) { conversationPrioritySet(input: $input) { conversation { priority } } }';
      const done = await house.ask(prioritize, { input: { conversationId: encodeId('conv', conversation), priority: 'HIGH' } }, person(house.tenantId, ['conversation:read', 'conversation:update']));
      expect(done.data).toEqual({ conversationPrioritySet: { conversation: { priority: 'HIGH' } } });
      await relayed();
      expect(await read(token, { after: told.cursor ?? '' })).toMatchObject({ messages: [], reset: false });
      // A cursor of another conversation is none.
      const bob = await session();
      await post(bob, [say('1', 'Bob')]);
      expect(await read(bob, { after: told.cursor ?? '' })).toMatchObject({ reset: true, messages: [{ text: 'Bob' }] });
      for (const query of [{ wait: '21' }, { wait: 'x' }, { before: 'x' }, { after: 'a', before: '1' }, { other: '1' }] as Record<string, string>[]) expect((await ask('webChatRead', 'chat', { token, query })).status).toBe(400);
    } finally {
      await relay.stop();
    }
  });

  it.each<[string, unknown]>([
    ['no items', {}], ['an item of no kind', { items: [{ id: '1' }] }], ['an id of ours', { items: [say('msg_01h455vb4pex5vsknk084sn02q', 'x')] }], ['an id with a colon', { items: [say('a:b', 'x')] }],
    ['a message of staff edited', { items: [{ kind: 'edit', id: '1', message: 'msg_01h455vb4pex5vsknk084sn02q', text: 'x' }] }], ['a message of nothing', { items: [say('1', ' ')] }],
    ['one right and one wrong', { items: [say('right', 'x'), say('', 'x')] }], ['too many', { items: Array.from({ length: 51 }, (_, at) => say(String(at), 'x')) }],
  ])('takes nothing of %s, and says what is wrong', async (_what, body) => {
    const token = await session();
    const before = await house.count('webhook_delivery');
    expect(await ask('webChatSend', 'chat', { token, body })).toMatchObject({ status: 400, body: { error: 'malformed', message: expect.stringMatching(/web chat/) } });
    expect(await house.count('webhook_delivery')).toBe(before);
  });

  it('goes on in the one begun after theirs was resolved, where the inbox begins anew', async () => {
    await house.rows(`update conversations.inbox set reopen = 'NEW' where id = $1`, [inboxId]);
    try {
      const token = await session();
      await post(token, [say('1', 'Before')]);
      const before = await conversationOf(visitorIn(token));
      const earlier = await read(token);
      await house.rows(`update conversations.conversation set status = 'RESOLVED' where id = $1`, [before]);
      expect(await texts(token)).toEqual(['Before']);
      await post(token, [say('2', 'Again')]);
      const [after] = await house.rows<{ id: string }>('select id from conversations.conversation where contact_id = (select contact_id from conversations.conversation where id = $1) and id <> $1', [before]);
      await house.queue(after?.id ?? '', 'Welcome back');
      await house.drain(after?.id ?? '');
      expect(await texts(token)).toEqual(['Again', 'Welcome back']);
      expect(await read(token, { after: earlier.cursor ?? '' })).toMatchObject({ reset: true, messages: [{ text: 'Again' }, { text: 'Welcome back' }] });
    } finally {
      await house.rows(`update conversations.inbox set reopen = 'SAME' where id = $1`, [inboxId]);
    }
  });

  it('is waited for by two reads of a visitor at once, and by no more', async () => {
    const token = await session();
    const waits = [1, 2, 3].map(() => ask('webChatRead', 'chat', { token, query: { wait: '2' } }));
    expect((await Promise.all(waits)).map(({ status }) => status).toSorted()).toEqual([200, 200, 429]);
    expect(await ask('webChatRead', 'chat', { token, query: { wait: '1' } })).toMatchObject({ status: 200 });
    const held = new WaitingReads();
    let end = (): void => {};
    const gate = new Promise<string>((done) => { end = () => done('read'); });
    const all = Array.from({ length: 301 }, (_, at) => held.hold('inbox', `v_${at}`, () => gate));
    expect([await all[300], await held.hold('another', 'v_300', async () => 'read')]).toEqual([null, 'read']);
    end();
    expect(await all[0]).toBe('read');
    await expect(held.hold('inbox', 'v', () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect(await held.hold('inbox', 'v_300', async () => 'read')).toBe('read');
  });

  it('is not flooded', async () => {
    const token = await session();
    const answers = [];
    for (let time = 0; time < 32; time += 1) answers.push(await ask('webChatSend', 'chat', { token, body: { items: [] } }));
    expect(answers.at(0)?.status).toBe(200);
    expect(answers.at(-1)).toMatchObject({ status: 429, headers: { 'retry-after': expect.stringMatching(/^\d+$/) } });
    expect((await ask('webChatSend', 'chat', { token: await session(), body: { items: [] } })).status).toBe(200);
  });
});
