// Staff change and take back what they sent: in the order of the conversation, once, and shown when the channel has taken it.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import { CALLBACK_PATH, startCallbackStandIn, type CallbackSent } from '../../../ops/standins/callback.js';
import { signStandardWebhook } from '../../../ops/standins/sign-webhook.js';
import type { StandIn } from '../../../ops/standins/standin.server.js';
import { TestConversations } from '../../../test/kit/conversations.js';
import { person } from '../../../test/kit/subgraph.js';
import type { Actor } from '../../kernel/base/actor.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { conversationsDoor } from '../public.js';

const SECRET = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
let house: TestConversations;
let own: StandIn;
let thread: string;
beforeAll(async () => {
  own = await startCallbackStandIn(SECRET);
  house = await TestConversations.boot({ config: { callbacksToLoopback: true } });
  await house.services.inboxes.create(house.tenantId, { key: 'own', name: 'Own', channel: 'API', credentials: { secret: SECRET, callbackUrl: `${own.url}${CALLBACK_PATH}` } });
});
afterAll(async () => {
  await house?.close();
  await own?.close();
});

const post = async (items: object[]): Promise<void> => {
  const body = JSON.stringify({ items });
  await house.deliver(body, { params: { channel: 'api', inboxKey: 'own' }, headers: signStandardWebhook(newId(), body, SECRET, new Date()) });
};
/** A conversation of somebody new with the system behind it. */
let people = 0;
beforeEach(async () => {
  await fetch(`${own.url}/_sent`, { method: 'DELETE' });
  const id = `person-${people++}`;
  await post([{ kind: 'message', id: `first-${id}`, contact: { id }, text: 'Hello', sentAt: house.clock.now().toISOString() }]);
  thread = (await house.rows<{ id: string }>('select c.id from conversations.conversation c join conversations.contact_identity i using (tenant_id, contact_id) where i.external_id = $1', [id]))[0]?.id ?? '';
});

const SHOWN = 'id text deletedAt editedAt pendingChange { kind state reason }';
const PAYLOAD = `{ message { ${SHOWN} } userErrors { __typename field } }`;
async function change(mutation: 'messageEdit' | 'messageDelete', input: object, actor: Actor = house.agent): Promise<unknown> {
  const type = mutation === 'messageEdit' ? 'MessageEditInput' : 'MessageDeleteInput';
  const { data, errors } = await house.ask(`mutation ($input: ${type}!) { ${mutation}(input: $input) ${PAYLOAD} }`, { input }, actor);
  expect(errors).toBeUndefined();
  return data?.[mutation];
}
const edit = (id: string, text: string, more: { actor?: Actor; idempotencyKey?: string } = {}) =>
  change('messageEdit', { messageId: encodeId('msg', id), text, idempotencyKey: more.idempotencyKey ?? newId() }, more.actor);
const takeBack = (id: string, actor?: Actor) => change('messageDelete', { messageId: encodeId('msg', id) }, actor);
const refused = (typename: string, field = 'messageId'): unknown => ({ message: null, userErrors: [{ __typename: typename, field: ['input', field] }] });
const waiting = (kind: string): object => ({ message: { pendingChange: { kind, state: 'WAITING', reason: null } }, userErrors: [] });
const sent = async (text = 'Sent'): Promise<string> => {
  const id = await house.queue(thread, text);
  await house.drain(thread);
  return id;
};
const shown = async () => (await house.ask(`query ($id: ID!) { conversation(id: $id) { messages { nodes { ${SHOWN} } } } }`, { id: encodeId('conv', thread) }))
  .data?.['conversation'] as { messages: { nodes: { id: string }[] } };
const one = async (id: string) => (await shown()).messages.nodes.find((node) => node.id === encodeId('msg', id));
const taken = async () => await (await fetch(`${own.url}/_sent`)).json() as CallbackSent[];
const script = (answers: object[]) => fetch(`${own.url}/_next`, { method: 'PUT', body: JSON.stringify(answers) });
const ledger = (id: string) => house.rows('select change, change_text, state, attempts from conversations.outbound where amends = $1 order by message_id', [id]);

describe('a change of staff', () => {
  it('goes out behind what was written before it, stands once, and what is taken back leaves nothing', async () => {
    const id = await house.queue(thread, 'Zeppelin');
    const [first, second] = [newId(), newId()];
    expect(await edit(id, 'Ballon', { idempotencyKey: first })).toMatchObject(waiting('EDIT'));
    await house.queue(thread, 'After');
    // Said already, and asked for already.
    await edit(id, 'Ballon');
    expect(await edit(id, 'Zeppelins', { idempotencyKey: second })).toMatchObject(waiting('EDIT'));
    expect(await house.drain(thread)).toBe(4);
    const [message] = await taken();
    expect((await taken()).map(({ body }) => body)).toMatchObject([
      { type: 'message', message: { text: 'Zeppelin' } }, { type: 'message.edited', to: expect.any(String), message: { id: message?.id, type: 'TEXT', text: 'Ballon', content: null } },
      { type: 'message', message: { text: 'After' } }, { type: 'message.edited', message: { id: message?.id, text: 'Zeppelins' } }]);
    expect(new Set((await taken()).map(({ webhookId }) => webhookId)).size).toBe(4);
    // Of the one before, repeated by its key, nothing comes.
    expect(await edit(id, 'Ballon', { idempotencyKey: first })).toMatchObject({ message: { text: 'Zeppelins', editedAt: expect.any(String), pendingChange: null } });
    expect(await edit(id, 'Another', { idempotencyKey: first })).toEqual(refused('IdempotencyMismatch', 'idempotencyKey'));
    expect(await house.drain(thread)).toBe(0);

    const found = async () => (await house.ask('{ messageSearch(query: "zeppelins") { nodes { message { id } } } }')).data?.['messageSearch'];
    expect(await found()).toEqual({ nodes: [{ message: { id: encodeId('msg', id) } }] });
    expect(await takeBack(id)).toMatchObject(waiting('DELETION'));
    expect(await takeBack(id)).toMatchObject(waiting('DELETION'));
    expect(await edit(id, 'Too late')).toEqual(refused('MessageUnchangeable'));
    expect(await house.drain(thread)).toBe(1);
    expect((await taken()).at(-1)?.body).toMatchObject({ type: 'message.deleted', message: { id: message?.id } });
    expect(await one(id)).toMatchObject({ text: null, deletedAt: expect.any(String), editedAt: null, pendingChange: null });
    expect(await takeBack(id)).toMatchObject({ message: { deletedAt: expect.any(String) }, userErrors: [] });
    expect(await house.drain(thread)).toBe(0);
    expect(await found()).toEqual({ nodes: [] });
    const rows = await house.rows<{ all: string }>(`select string_agg(t::text, '') as all from (select m::text as t from conversations.message m union all select o::text from conversations.outbound o
      union all select a::text from conversations.message_amendment a union all select s::text from conversations.audit_staging s) t`);
    for (const words of ['Zeppelin', 'Ballon']) expect(rows[0]?.all).not.toContain(words);
    const trail = await house.rows(`select event->>'action' as action from conversations.audit_staging where event->'resource'->>'id' = $1 and event->>'action' ~ 'edit|delet' order by id`, [encodeId('msg', id)]);
    expect(new Set(trail.map(({ action }) => action))).toEqual(new Set(['message.request_edit', 'message.edit', 'message.request_deletion', 'message.delete']));
  });

  it('is never sent again by itself when nobody knows what became of it; one that is refused changes nothing', async () => {
    const id = await sent('As it was');
    await edit(id, 'Unclear');
    await script([{ drop: 'after' }]);
    expect([await house.drain(thread), await house.drain(thread)]).toEqual([1, 0]);
    await house.admin.query(`update conversations.outbound set attempted_at = now() - interval '11 minutes' where amends = $1`, [id]);
    const system = new Pool({ connectionString: house.subject.database.urls.system, max: 1 });
    await conversationsDoor(house.services).giveUp(system);
    await system.end();
    expect(await one(id)).toMatchObject({ text: 'As it was', pendingChange: { kind: 'EDIT', state: 'UNCONFIRMED', reason: null } });
    expect(await ledger(id)).toEqual([{ change: 'EDIT', change_text: null, state: 'UNCONFIRMED', attempts: 1 }]);

    await takeBack(id);
    await script([{ status: 503 }, { status: 410, body: { error: 'Gone' } }]);
    expect(await house.drain(thread)).toBe(1);
    house.clock.advance(3_000);
    expect(await house.drain(thread)).toBe(1);
    expect(await one(id)).toMatchObject({ text: 'As it was', deletedAt: null, pendingChange: { kind: 'DELETION', state: 'REFUSED', reason: 'Gone' } });
    expect(await house.rows(`select event->>'outcome' as outcome from conversations.audit_staging where event->>'action' = 'message.refuse_deletion'`)).toEqual([{ outcome: 'FAILURE' }]);
    await takeBack(id);
    expect(await house.drain(thread)).toBe(1);
    expect(await one(id)).toMatchObject({ deletedAt: expect.any(String), pendingChange: null });
  });

  it('is not handed over when its message failed or was taken back meanwhile; somebody blocked still loses what is taken back', async () => {
    const failing = await house.queue(thread, 'Refused');
    await edit(failing, 'Better');
    await script([{ status: 410, body: { error: 'Gone' } }]);
    await house.drain(thread);
    expect([await taken(), await ledger(failing)]).toMatchObject([[], [{ state: 'REFUSED', attempts: 0 }]]);
    expect(await edit(failing, 'Again')).toEqual(refused('MessageUnchangeable'));

    const id = await sent();
    await edit(id, 'Other words');
    await takeBack(id);
    await house.admin.query('update conversations.contact set blocked_at = now() where id = (select contact_id from conversations.conversation where id = $1)', [thread]);
    await house.drain(thread);
    expect((await taken()).map(({ body }) => (body as { type: string }).type)).toEqual(['message', 'message.deleted']);
    expect(await one(id)).toMatchObject({ text: null, deletedAt: expect.any(String) });
  });

  it('is refused, with nothing written, for what is not theirs, not sent by staff, no text, or unknown to them', async () => {
    const id = await sent();
    const [received] = await house.rows<{ id: string }>('select id from conversations.message where conversation_id = $1 and seq = 1', [thread]);
    const place = 'mutation ($input: MessageSendInput!) { messageSend(input: $input) { message { id } } }';
    await house.ask(place, { input: { conversationId: encodeId('conv', thread), location: { latitude: 1, longitude: 2 }, idempotencyKey: newId() } });
    await house.drain(thread);
    const [location] = await house.rows<{ id: string }>(`select id from conversations.message where conversation_id = $1 and type = 'LOCATION'`, [thread]);
    const elsewhere = await house.queue(await house.conversation('15559900'), 'On WhatsApp');
    const before = [await house.count('outbound'), await house.count('send_request')];
    const [colleague, stranger] = [person(house.tenantId, ['conversation:read', 'conversation:create']), person(newId(), ['conversation:read', 'conversation:create', 'conversation:manage'])];
    const manager = person(house.tenantId, ['conversation:read', 'conversation:create', 'conversation:manage']);
    for (const wrong of ['', ' ', 'a\0b', 'x'.repeat(4_097)]) expect(await edit(id, wrong)).toEqual(refused('InputInvalid', 'text'));
    expect(await edit(id, 'x', { idempotencyKey: 'a b' })).toEqual(refused('InputInvalid', 'idempotencyKey'));
    for (const asked of [(of: string, actor?: Actor) => edit(of, 'x', actor ? { actor } : {}), takeBack]) {
      expect(await asked(id, stranger)).toEqual(refused('MessageNotFound'));
      expect(await asked(newId())).toEqual(refused('MessageNotFound'));
      expect(await asked(id, colleague)).toEqual(refused('MessageOfColleague'));
      expect(await asked(received?.id ?? '')).toEqual(refused('MessageUnchangeable'));
      expect(await asked(elsewhere)).toEqual(refused('NotAllowedByChannel'));
    }
    expect(await edit(id, 'x', { actor: manager })).toEqual(refused('MessageOfColleague'));
    expect(await edit(location?.id ?? '', 'x')).toEqual(refused('MessageUnchangeable'));
    expect([await house.count('outbound'), await house.count('send_request')]).toEqual(before);
    // Who manages may, and what is no text may be.
    expect(await takeBack(location?.id ?? '', manager)).toMatchObject(waiting('DELETION'));
    const { errors } = await house.ask(`mutation ($input: MessageDeleteInput!) { messageDelete(input: $input) ${PAYLOAD} }`, { input: { messageId: encodeId('msg', id) } }, person(house.tenantId, ['conversation:read']));
    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  });
});
