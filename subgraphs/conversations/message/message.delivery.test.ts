// Delivery reports: every order of them ends in the same row, also of those that come before their message is known.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { statusBody, TestConversations } from '../../../test/kit/conversations.js';
import { permutations } from '../../../test/kit/permutations.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { advance, STATUS_ORDER } from './message.status.js';

type State = 'sent' | 'delivered' | 'read' | 'failed';
const STATES: State[] = ['sent', 'delivered', 'read', 'failed'];
const subsets = STATES.reduce<State[][]>((sets, state) => [...sets, ...sets.map((set) => [...set, state])], [[]]).filter((set) => set.length > 0);

let house: TestConversations;
let conversationId: string;
beforeAll(async () => {
  house = await TestConversations.boot({ sending: true });
  conversationId = await house.conversation('15550001111');
});
afterAll(() => house?.close());

const ERROR = { code: 131026, title: 'Undeliverable' };
const report = (id: string, status: State, clientReference?: string): string =>
  statusBody({ id, status, timestamp: 1_700_000_000, ...(clientReference ? { clientReference } : {}), ...(status === 'failed' ? { error: ERROR } : {}) });
const updates = async (id: string): Promise<number> =>
  (await house.rows(`select 1 from conversations.outbox where type = 'MessageUpdated' and payload->>'messageId' = $1`, [id])).length;
async function accepted(): Promise<{ id: string; externalId: string }> {
  // One person is written to by the pace of their channel.
  house.clock.advance(10_000);
  const id = await house.queue(conversationId, 'Hi');
  await house.drain(conversationId);
  const { external_id: externalId } = await house.standing(id);
  return { id, externalId: String(externalId) };
}

describe('every order of sent, delivered, read and failed', () => {
  it.each(permutations(STATES).map((order) => [order.join(', '), order] as const))('%s', async (_, order) => {
    const { id, externalId } = await accepted();
    for (const state of order) await house.deliver(report(externalId, state));
    expect(await house.standing(id)).toEqual({ status: 'READ', external_id: externalId, error_code: null, error_title: null, state: 'ACCEPTED', attempts: 1, refusal: null });
    // SENT was announced by the answer of the provider; each move after it once.
    expect(await updates(id)).toBe(1 + order.filter((state, index) => {
      const rank = (one: State): number => ['sent', 'failed', 'delivered', 'read'].indexOf(one);
      return state !== 'sent' && order.slice(0, index).every((earlier) => rank(earlier) < rank(state));
    }).length);
  });

  it('of any of them, in any order, twice: the furthest, and the error only where it failed', async () => {
    for (const set of subsets) {
      const rows = new Set<string>();
      for (const order of permutations(set).slice(0, 3)) {
        const { id, externalId } = await accepted();
        for (const state of [...order, ...order]) await house.deliver(`${report(externalId, state)}${' '.repeat(rows.size)}`);
        const { external_id: _, ...row } = await house.standing(id);
        rows.add(JSON.stringify(row));
      }
      const furthest = advance('QUEUED', set.map((state) => state.toUpperCase() as 'SENT'));
      const error = furthest === 'FAILED' ? { error_code: '131026', error_title: 'Undeliverable' } : { error_code: null, error_title: null };
      expect([...rows].map((row) => JSON.parse(row))).toEqual([{ status: furthest, ...error, state: 'ACCEPTED', attempts: 1, refusal: null }]);
    }
  });

  it('of the same state told with other moments and reasons: the earliest, and of one moment that which says why', async () => {
    // Each holds against those before it.
    const told = [
      { timestamp: 1_700_000_005, error: { code: 131_047, title: 'Later' } }, { timestamp: 1_700_000_001 },
      { timestamp: 1_700_000_001, error: { code: 131_051, title: 'Greater' } }, { timestamp: 1_700_000_001, error: ERROR },
    ];
    for (const order of permutations(told)) {
      const { id, externalId } = await accepted();
      for (const one of order) await house.deliver(statusBody({ id: externalId, status: 'failed', ...one }));
      expect(await house.standing(id)).toMatchObject({ status: 'FAILED', error_code: '131026', error_title: 'Undeliverable' });
      expect(await house.rows('select state, occurred_at, error_code from conversations.delivery_status where external_id = $1', [externalId]))
        .toEqual([{ state: 'FAILED', occurred_at: new Date(1_700_000_001_000), error_code: '131026' }]);
      // Told to whoever shows the message: it was sent, it failed, and each time another reason held.
      const reasons = order.filter((one, index) => order.slice(0, index).every((earlier) => told.indexOf(earlier) < told.indexOf(one)));
      expect(await updates(id)).toBe(1 + reasons.length);
    }
  });

  it('is a total order in which nothing that is done moves back', () => {
    for (const current of STATUS_ORDER) {
      for (const next of ['SENT', 'FAILED', 'DELIVERED', 'READ'] as const) {
        expect(STATUS_ORDER.indexOf(advance(current, [next]))).toBe(Math.max(STATUS_ORDER.indexOf(current), STATUS_ORDER.indexOf(next)));
        expect(advance('RECEIVED', [next])).toBe('RECEIVED');
      }
    }
  });
});

describe('a report that comes before its message is known', () => {
  it('waits, and is applied when the provider accepts', async () => {
    const id = await house.queue(conversationId, 'early');
    const externalId = `wamid.${newId()}`;
    await house.deliver(report(externalId, 'delivered'));
    expect(await house.standing(id)).toMatchObject({ status: 'QUEUED', external_id: null, state: 'INTENT' });
    await house.script([{ body: { messages: [{ id: externalId }] } }]);
    await house.drain(conversationId);
    expect(await house.standing(id)).toMatchObject({ status: 'DELIVERED', external_id: externalId, state: 'ACCEPTED' });
    expect(await updates(id)).toBe(1);
  });

  it('is seen by one of the two when both happen at the same moment', async () => {
    for (let round = 0; round < 10; round += 1) {
      const id = await house.queue(conversationId, `race ${round}`);
      const externalId = `wamid.${newId()}`;
      await house.receive(report(externalId, 'read'));
      await house.script([{ body: { messages: [{ id: externalId }] } }]);
      await Promise.all([house.drain(conversationId), house.ingestAll()]);
      expect(await house.standing(id)).toMatchObject({ status: 'READ', external_id: externalId, state: 'ACCEPTED' });
    }
  });

  it('finds it by our own reference, and ends the wait of an attempt without answer', async () => {
    const id = await house.queue(conversationId, 'unclear');
    await house.script([{ drop: 'after' }]);
    await house.drain(conversationId);
    expect(await house.standing(id)).toMatchObject({ status: 'QUEUED', external_id: null, state: 'ATTEMPTED' });
    await house.deliver(report('wamid.echo', 'sent', encodeId('msg', id)));
    expect(await house.standing(id)).toMatchObject({ status: 'SENT', external_id: 'wamid.echo', state: 'ACCEPTED' });
    await house.deliver(report('wamid.echo', 'read'));
    expect(await house.standing(id)).toMatchObject({ status: 'READ' });
  });
});

describe('a reference', () => {
  it.each(['msg_nonsense', 'conv_01h455vb4pex5vsknk084sn02q', '\0', encodeId('msg', newId())])('to no message of this inbox (%j) moves nothing', async (clientReference) => {
    const id = await house.queue(conversationId, 'still');
    await house.deliver(report(`wamid.${newId()}`, 'read', clientReference));
    expect(await house.standing(id)).toMatchObject({ status: 'QUEUED', external_id: null, state: 'INTENT' });
    await house.drain(conversationId);
  });

  it('to a message that has another provider id moves nothing', async () => {
    const { id, externalId } = await accepted();
    await house.deliver(report('wamid.other', 'read', encodeId('msg', id)));
    expect(await house.standing(id)).toMatchObject({ status: 'SENT', external_id: externalId });
  });

  it('to what the customer wrote moves nothing', async () => {
    const [inbound] = await house.rows<{ id: string }>(`select id from conversations.message where direction = 'INBOUND' limit 1`);
    await house.deliver(report('wamid.first.15550001111', 'failed', encodeId('msg', inbound?.id ?? '')));
    await house.deliver(report(`wamid.${newId()}`, 'failed', encodeId('msg', inbound?.id ?? '')));
    expect(await house.rows('select status from conversations.message where id = $1', [inbound?.id])).toEqual([{ status: 'RECEIVED' }]);
  });
});
