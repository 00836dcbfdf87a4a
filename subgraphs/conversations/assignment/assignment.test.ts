// Conversations given out by themselves: to whom, in which order, within which limits, and each once, however many workers there are.
import { afterAll, beforeEach, beforeAll, describe, expect, it } from '@jest/globals';
import { TestConversations } from '../../../test/kit/conversations.js';
import { person } from '../../../test/kit/subgraph.js';
import type { Actor } from '../../kernel/base/actor.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { conversationsDoor } from '../public.js';
import { AssignmentGiver } from './assignment.give.js';

type Answer = Record<string, unknown> & { userErrors: { __typename: string; field: string[] | null }[] };

let house: TestConversations;
let manager: Actor;
const [ana, ben, cem] = [newId(), newId(), newId()].toSorted() as [string, string, string];
const user = (id: string): string => encodeId('user', id);
let phone = 15550400000;

async function ask(field: string, input: Record<string, unknown>, { select = '__typename', by = manager } = {}): Promise<Answer> {
  const Input = `${field[0]?.toUpperCase() ?? ''}${field.slice(1)}Input`;
  const { data, errors } = await house.ask(`mutation ($input: ${Input}!) { ${field}(input: $input) { ${select} userErrors { __typename field } } }`, { input }, by);
  if (errors) throw new Error(JSON.stringify(errors));
  return data?.[field] as Answer;
}
const says = (userId: string, status: 'ONLINE' | 'BUSY' | 'OFFLINE', { at = house.clock.now(), lasts = 86_400_000 } = {}) =>
  house.services.presences.note(house.tenantId, { userId, status, saidAt: at.toISOString(), endsAt: new Date(at.getTime() + lasts).toISOString() });
const set = async (mode: string, people: string[], more: Record<string, unknown> = {}): Promise<void> => {
  const { userErrors } = await ask('inboxAssignmentSet', { inboxId: encodeId('inb', house.inboxId), mode, agents: people.map((id) => ({ userId: user(id) })), ...more });
  expect(userErrors).toEqual([]);
};
const give = () => house.services.giver.run(house.tenantId, house.inboxId);
/** Some that begin one after the other. */
const begin = async (n: number): Promise<string[]> => {
  const ids: string[] = [];
  for (let i = 0; i < n; i += 1) ids.push(await house.conversation(String(phone += 1)));
  return ids;
};
const inCharge = async (ids: readonly string[]): Promise<(string | null)[]> => {
  const rows = await house.rows<{ id: string; assignee_id: string | null }>('select id, assignee_id from conversations.conversation where id = any ($1)', [ids]);
  return ids.map((id) => rows.find((row) => row.id === id)?.assignee_id ?? null);
};
const times = (people: readonly (string | null)[], who: string | null): number => people.filter((one) => one === who).length;
const wanted = async (): Promise<number> => (await house.rows(`select 1 from conversations.outbox where type = 'AssignmentWanted'`)).length;

beforeAll(async () => {
  house = await TestConversations.boot();
  manager = person(house.tenantId, ['conversation:read', 'conversation:update', 'conversation:manage', 'inbox:manage']);
  for (const userId of [ana, ben, cem]) await house.services.colleagues.note(house.tenantId, { userId, status: 'ACTIVE', revision: 1 });
});
afterAll(() => house?.close());
/** Everybody is there, nobody has anything, nothing waits. */
beforeEach(async () => {
  await house.rows(`update conversations.conversation set status = 'RESOLVED', waiting_since = null`);
  await set('OFF', []);
  for (const one of [ana, ben, cem]) {
    house.clock.advance(1);
    await says(one, 'ONLINE');
  }
});

describe('an inbox', () => {
  it('gives by turns to who is there, in the order in which they began, and goes on where it stopped', async () => {
    await set('ROUND_ROBIN', [ana, ben, cem]);
    await says(cem, 'BUSY', { at: new Date(house.clock.now().getTime() + 1) });
    const first = await begin(3);
    expect(await give()).toBe(3);
    expect(await inCharge(first)).toEqual([ana, ben, ana]);
    const second = await begin(2);
    await give();
    expect(await inCharge(second)).toEqual([ben, ana]);
    const [audit] = await house.rows<{ event: unknown }>(`select event from conversations.audit_staging where event->>'action' = 'conversation.auto_assign' and event->'resource'->>'id' = $1`, [encodeId('conv', second[0] ?? '')]);
    expect(audit?.event).toMatchObject({ actor: { kind: 'system' }, before: { assignee: null }, after: { assignee: user(ben) } });
    expect(await house.rows(`select 1 from conversations.outbox where type = 'ConversationUpdated' and stream_id = $1`, [second[0]])).toHaveLength(1);
  });

  it('gives nothing while it is off, nobody is there, or who is there has gone silent, was suspended or left', async () => {
    const [one = ''] = await begin(1);
    expect(await give()).toBe(0);
    await set('ROUND_ROBIN', [ana, ben]);
    for (const id of [ana, ben]) await says(id, 'ONLINE', { at: new Date(house.clock.now().getTime() + 2), lasts: 60_000 });
    house.clock.advance(61_000);
    expect(await give()).toBe(0);
    const leaver = newId();
    await house.services.colleagues.note(house.tenantId, { userId: leaver, status: 'ACTIVE', revision: 1 });
    await says(leaver, 'ONLINE');
    await set('ROUND_ROBIN', [leaver]);
    await house.services.colleagues.note(house.tenantId, { userId: leaver, status: 'SUSPENDED', revision: 2 });
    expect(await give()).toBe(0);
    await house.services.colleagues.note(house.tenantId, { userId: leaver, status: 'DELETED', revision: 3 });
    expect([await give(), await house.rows('select 1 from conversations.inbox_agent where user_id = $1', [leaver])]).toEqual([0, []]);
    expect(await inCharge([one])).toEqual([null]);
    expect(await house.services.giver.run(newId(), house.inboxId)).toBe(0);
  });

  it('balances by how much of their capacity people have, and stops where it is reached', async () => {
    await set('BALANCED', [], { capacity: 4, agents: [{ userId: user(ana), capacity: 1 }, { userId: user(ben) }, { userId: user(cem), capacity: 2 }] });
    const some = await begin(9);
    expect(await give()).toBe(7);
    const people = await inCharge(some);
    expect([ana, ben, cem, null].map((who) => times(people, who))).toEqual([1, 4, 2, 2]);
    // The fewest of their capacity: 0 of each by turns, then 1 of 4, 1 of 2 and 2 of 4 by turns.
    expect(people.slice(0, 4)).toEqual([ana, ben, cem, ben]);
    await ask('conversationResolve', { conversationId: encodeId('conv', some[0] ?? '') });
    expect(await give()).toBe(1);
    expect((await inCharge(some))[7]).toBe(ana);
  });

  it('gives first to who waits longest where it is told so', async () => {
    await set('ROUND_ROBIN', [ana], { pick: 'LONGEST_WAITING', capacity: 1 });
    const [first = '', second = ''] = await begin(2);
    await house.rows(`update conversations.conversation set waiting_since = waiting_since - interval '1 hour' where id = $1`, [second]);
    expect(await give()).toBe(1);
    expect(await inCharge([first, second])).toEqual([null, ana]);
  });

  it('gives nobody more than is fair within the span, and again when it is over', async () => {
    await set('ROUND_ROBIN', [ana, ben], { fairLimit: 2, fairSeconds: 60 });
    const some = await begin(5);
    expect(await give()).toBe(4);
    house.clock.advance(30_000);
    expect(await give()).toBe(0);
    house.clock.advance(31_000);
    expect([await give(), await inCharge(some)]).toEqual([1, [ana, ben, ana, ben, ana]]);
  });

  it('passes over and does not count what bears a label or is old', async () => {
    const { label } = await ask('labelCreate', { name: `spam-${newId()}`, color: '#000000' }, { select: 'label { id }' });
    const [spam = '', old = '', one = '', two = ''] = await begin(4);
    await ask('conversationLabelsAdd', { conversationId: encodeId('conv', spam), labelIds: [(label as { id: string }).id] });
    await house.rows(`update conversations.conversation set created_at = created_at - interval '3 hours' where id = $1`, [old]);
    await house.rows('update conversations.conversation set assignee_id = $2 where id = $1', [spam, ana]);
    await set('ROUND_ROBIN', [ana], { capacity: 1, excludedLabelIds: [(label as { id: string }).id], excludeOlderThanHours: 2 });
    expect(await give()).toBe(1);
    expect(await inCharge([spam, old, one, two])).toEqual([ana, null, ana, null]);
  });

  it('gives what is a team\'s to its members, and others are not kept waiting by what nobody can take', async () => {
    const { team } = await ask('teamCreate', { name: `Team ${newId()}`, memberIds: [user(cem)] }, { select: 'team { id }' });
    const teamId = (team as { id: string }).id;
    const [theirs = '', anybodys = ''] = await begin(2);
    await ask('conversationAssignTeam', { conversationId: encodeId('conv', theirs), teamId });
    await set('ROUND_ROBIN', [ana]);
    expect(await give()).toBe(1);
    expect(await inCharge([theirs, anybodys])).toEqual([null, ana]);
    await set('ROUND_ROBIN', [ana, cem]);
    expect([await give(), await inCharge([theirs])]).toEqual([1, [cem]]);
  });
});

describe('each conversation', () => {
  it('is given once, within capacity, however many workers give and people take at the same time', async () => {
    const [WORKERS, EACH] = [6, 4];
    await set('ROUND_ROBIN', [ana, ben, cem], { capacity: EACH });
    const some = await begin(3 * EACH + 4);
    // One at a time, so that they meet.
    const worker = new AssignmentGiver(house.services.deps.unit, 1);
    let [most, now] = [0, 0];
    const counted = async <T>(work: () => Promise<T>): Promise<T> => {
      most = Math.max(most, now += 1);
      return work().finally(() => { now -= 1; });
    };
    // Some are taken by hand: whoever is second sees it.
    const taking = some.slice(1, 9).map((id) => counted(() => ask('conversationAssign', { conversationId: encodeId('conv', id), userId: user(cem), expectedAssigneeId: null })));
    const given = await Promise.all(Array.from({ length: WORKERS }, () => counted(() => worker.run(house.tenantId, house.inboxId))));
    const taken = (await Promise.all(taking)).filter(({ userErrors }) => userErrors.length === 0).length;
    await give();
    const people = await inCharge(some);
    process.stdout.write(`giving out: ${WORKERS} workers, up to ${most} at once, ${given.join('+')} given, ${taken} taken\n`);
    expect([ana, ben].map((who) => times(people, who))).toEqual([EACH, EACH]);
    // What somebody takes by hand is counted, but not refused: taken after the rest was given, it is more than the capacity.
    expect(times(people, cem)).toBeGreaterThanOrEqual(EACH);
    expect(times(people, cem)).toBeLessThanOrEqual(EACH + taken);
    const told = await house.rows<{ id: string; n: string }>(`select event->'resource'->>'id' as id, count(*) as n from conversations.audit_staging
      where event->>'action' in ('conversation.auto_assign', 'conversation.assign') and event->>'outcome' = 'SUCCESS' and event->'resource'->>'id' = any ($1) group by 1`, [some.map((id) => encodeId('conv', id))]);
    expect(told.filter(({ n }) => Number(n) !== 1)).toEqual([]);
    expect(told.length).toBe(some.length - times(people, null));
  });

  it('waits for nobody who holds another', async () => {
    await set('ROUND_ROBIN', [ana]);
    const [held = '', free = ''] = await begin(2);
    const other = await house.admin.connect();
    try {
      await other.query('begin');
      await other.query('select 1 from conversations.conversation where id = $1 for update', [held]);
      expect(await give()).toBe(1);
      expect(await inCharge([held, free])).toEqual([null, ana]);
    } finally {
      await other.query('rollback');
      other.release();
    }
    expect(await give()).toBe(1);
  });
});

describe('it is asked for', () => {
  it('when one begins, opens again, wakes, or loses who was in charge, and when somebody comes; not where it is off', async () => {
    let known = await wanted();
    const asked = async (): Promise<number> => {
      const before = known;
      known = await wanted();
      return known - before;
    };
    await begin(1);
    expect(await asked()).toBe(0);
    await set('ROUND_ROBIN', [ana]);
    expect(await asked()).toBe(1);
    const [one = ''] = await begin(1);
    expect(await asked()).toBe(1);
    await give();
    const id = encodeId('conv', one);
    await ask('conversationUnassign', { conversationId: id });
    expect(await asked()).toBe(1);
    await ask('conversationResolve', { conversationId: id });
    expect(await asked()).toBe(0);
    await house.text(`wamid.${newId()}`, 'Again', String(phone));
    expect(await asked()).toBe(1);
    await house.text(`wamid.${newId()}`, 'And again', String(phone));
    expect(await asked()).toBe(0);
    house.clock.advance(10);
    await says(ana, 'OFFLINE');
    house.clock.advance(10);
    await says(ana, 'ONLINE');
    expect(await asked()).toBe(1);
    expect(await says(ana, 'OFFLINE', { at: new Date(house.clock.now().getTime() - 3_600_000) })).toBe(false);
    house.clock.advance(10);
    await says(ana, 'ONLINE');
    expect(await asked()).toBe(0);
  });

  it('by the sweeper, where something waits and nobody looked of late', async () => {
    await set('ROUND_ROBIN', [ana]);
    await begin(1);
    const due = async () => (await conversationsDoor(house.services).overdue(house.admin)).find(({ job }) => job.name === 'conversations.giveOut')?.payloads;
    await house.rows('update conversations.inbox_assignment set looked_at = now()');
    expect(await due()).toEqual([]);
    await house.rows(`update conversations.inbox_assignment set looked_at = now() - interval '16 seconds'`);
    expect(await due()).toEqual([{ tenantId: house.tenantId, inboxId: house.inboxId }]);
    await give();
    await house.rows(`update conversations.inbox_assignment set looked_at = now() - interval '16 seconds'`);
    expect(await due()).toEqual([]);
  });
});

describe('how it is done', () => {
  const SELECT = 'inbox { assignment { mode pick capacity fairLimit fairSeconds excludeOlderThanHours agents { user { id } capacity } excludedLabels { name } } }';
  const to = (input: Record<string, unknown>, by = manager) => ask('inboxAssignmentSet', { inboxId: encodeId('inb', house.inboxId), mode: 'ROUND_ROBIN', ...input }, { select: SELECT, by });

  it('is said whole and shown', async () => {
    const { inbox, userErrors } = await to({ mode: 'BALANCED', capacity: 5, agents: [{ userId: user(ana), capacity: 2 }, { userId: user(ben) }] });
    expect([userErrors, inbox]).toEqual([[], { assignment: {
      mode: 'BALANCED', pick: 'EARLIEST_CREATED', capacity: 5, fairLimit: 100, fairSeconds: 3_600, excludeOlderThanHours: null,
      agents: [{ user: { id: user(ana) }, capacity: 2 }, { user: { id: user(ben) }, capacity: null }], excludedLabels: [] } }]);
    expect(await to({})).toMatchObject({ inbox: { assignment: { mode: 'ROUND_ROBIN', capacity: null, agents: [] } } });
  });

  it.each<[string, Record<string, unknown>, string, string]>([
    ['no capacity to balance', { mode: 'BALANCED' }, 'InputInvalid', 'input.capacity'],
    ['a capacity of none', { capacity: 0 }, 'InputInvalid', 'input.capacity'],
    ['too long a span', { fairSeconds: 86_401 }, 'InputInvalid', 'input.fairSeconds'],
    ['a fair limit of none', { fairLimit: 0 }, 'InputInvalid', 'input.fairLimit'],
    ['an age of no hour', { excludeOlderThanHours: 0 }, 'InputInvalid', 'input.excludeOlderThanHours'],
    ['somebody twice', { agents: [{ userId: user(ana) }, { userId: user(ana) }] }, 'InputInvalid', 'input.agents'],
    ['somebody\'s capacity of too many', { agents: [{ userId: user(ana), capacity: 1_001 }] }, 'InputInvalid', 'input.agents.0.capacity'],
    ['somebody who does not work here', { agents: [{ userId: user(newId()) }] }, 'ColleagueNotFound', 'input.agents'],
    ['a label that is not there', { excludedLabelIds: [encodeId('lbl', newId())] }, 'LabelNotFound', 'input.excludedLabelIds'],
    ['an inbox that is not there', { inboxId: encodeId('inb', newId()) }, 'InboxNotFound', 'input.inboxId'],
  ])('is not %s', async (_name, input, typename, field) => {
    const stored = () => house.rows('select mode, pick, capacity, fair_limit, fair_seconds from conversations.inbox_assignment');
    const before = await stored();
    expect((await to(input)).userErrors.map((error) => [error.__typename, error.field?.join('.')])).toEqual([[typename, field]]);
    expect(await stored()).toEqual(before);
  });

  it('is said by nobody else', async () => {
    expect((await to({}, person(newId(), ['conversation:read', 'inbox:manage']))).userErrors).toMatchObject([{ __typename: 'InboxNotFound' }]);
    await expect(to({}, person(house.tenantId, ['conversation:read', 'conversation:update']))).rejects.toThrow('inbox:manage');
  });
});
