// As many people as the tier allows, keys only where it includes them: refused at the moment of use, with what would allow more.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Actor } from '../../kernel/base/actor.js';
import { newId } from '../../kernel/base/ids.js';
import { PASSWORD, TestIdentity } from '../../../test/kit/identity.js';
import { People } from '../../../test/kit/people.js';

const PAID = ['STANDARD', 'PROFESSIONAL', 'ENTERPRISE'];
const CREATE = `mutation ($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) { secret userErrors { __typename code ... on FeatureNotInTier { feature tiersThatAllow } } } }`;
const INVITE = `mutation ($input: InvitationCreateInput!) { invitationCreate(input: $input) { invitation { id }
  userErrors { __typename code ... on QuotaExceeded { quota limit used resetsAt plansThatAllow } } } }`;
const FULL = { __typename: 'QuotaExceeded', code: 'QUOTA_EXCEEDED', quota: 'USERS', limit: '5', used: '5', resetsAt: null, plansThatAllow: PAID };
const granted = (version: number, users: number | null, features: string[] = []) =>
  ({ version, tier: 'FREE', features, anchor: '2026-11-01T00:00:00.000Z', ceilings: { USERS: users }, offers: { USERS: PAID, API_KEYS: PAID } });

let identity: TestIdentity;
let people: People;
beforeAll(async () => {
  identity = await TestIdentity.boot();
  people = new People(identity);
});
afterAll(() => identity.close());

const limits = () => identity.subject.running.services.limits;
const counter = async (tenantId: string) => (await identity.rows<{ used: string; ceiling: string | null; people: number }>(
  `select used, ceiling, (select count(*)::int from identity.membership m where m.tenant_id = q.tenant_id and status <> 'DELETED') as people
    from identity.quota q where tenant_id = $1 and name = 'USERS'`, [tenantId]))[0];

/** A tenant of the smallest tier: an owner and `others` more. */
async function tenant(others: number): Promise<{ id: string; owner: Actor; named: (index: number) => string }> {
  const [id, mark] = [newId(), randomUUID().slice(0, 8)];
  const named = (index: number): string => `p${index}-${mark}@free.test`;
  await people.admit(named(0), 'OWNER', id);
  for (let index = 1; index <= others; index += 1) await people.admit(named(index), 'VIEWER', id);
  return { id, owner: await people.actor(named(0)), named };
}

async function invite(email: string, by: Actor, tenantId: string) {
  const { data } = await identity.subject.ask(INVITE, { input: { email, roleIds: [await people.roleId('Viewer', tenantId)] } }, by);
  return (data?.['invitationCreate'] as { userErrors: unknown[] }).userErrors;
}

describe('the sixth person on FREE', () => {
  it('is not invited while the places are taken, nor let in by an older invitation; whoever leaves makes room', async () => {
    const { id, owner, named } = await tenant(3);
    for (const guest of ['a', 'b']) expect(await invite(`${guest}-${named(9)}`, owner, id)).toEqual([]);
    const accept = async (guest: string) => (await people.mutate('invitationAccept', {
      token: await people.link(`${guest}-${named(9)}`), password: 'four words in a row', displayName: 'Guest',
    })).payload;
    const [one, two] = await Promise.all([accept('a'), accept('b')]);
    expect([...one.userErrors, ...two.userErrors]).toMatchObject([{ __typename: 'QuotaExceeded', code: 'QUOTA_EXCEEDED' }]);
    expect(await counter(id)).toEqual({ used: '5', ceiling: '5', people: 5 });
    expect(await invite(named(8), owner, id)).toEqual([FULL]);
    expect(await identity.rows('select id from identity.invitation where tenant_id = $1 and email = $2', [id, named(8)])).toEqual([]);

    // Who is suspended keeps their place; who is removed gives it up, and the link that was refused still works.
    await people.done('userSuspend', { userId: people.id(named(1)) }, owner);
    expect(await invite(named(8), owner, id)).toEqual([FULL]);
    await people.done('userDelete', { userId: people.id(named(1)) }, owner);
    expect(await counter(id)).toEqual({ used: '4', ceiling: '5', people: 4 });
    const late = await accept(one.userErrors.length > 0 ? 'a' : 'b');
    expect(late.userErrors).toEqual([]);
    expect(await counter(id)).toEqual({ used: '5', ceiling: '5', people: 5 });
  });

  it('is not let in by 8 who accept at once', async () => {
    const { id, owner, named } = await tenant(2);
    const guests = Array.from({ length: 8 }, (_, index) => `g${index}-${named(9)}`);
    for (const guest of guests) {
      await people.admit(guest, 'VIEWER', newId());
      expect(await invite(guest, owner, id)).toEqual([]);
    }
    const tokens = await Promise.all(guests.map((guest) => people.link(guest)));
    const answers = await Promise.all(tokens.map((token) => people.mutate('invitationAccept', { token, password: PASSWORD })));
    const refused = answers.filter(({ payload }) => payload.userErrors[0]?.__typename === 'QuotaExceeded');
    expect([answers.filter(({ payload }) => payload.userErrors.length === 0).length, refused.length]).toEqual([2, 6]);
    expect(await counter(id)).toEqual({ used: '5', ceiling: '5', people: 5 });
  });
});

describe('what tenancy grants', () => {
  it('is in force in any order and however often it is said; the highest version holds', async () => {
    const { id, owner, named } = await tenant(4);
    expect([await limits().apply(id, granted(3, 6)), await limits().apply(id, granted(2, 50)), await limits().apply(id, granted(3, 6))]).toEqual([true, false, false]);
    expect(await counter(id)).toMatchObject({ used: '5', ceiling: '6' });
    expect(await invite(named(8), owner, id)).toEqual([]);
    expect((await identity.audit('tenant_limit.apply')).filter(({ tenant: of }) => of === id).map(({ event }) => event.after)).toEqual([{ tier: 'FREE', limitsVersion: 3 }]);
  });

  it('takes nobody away when it is less than there are: nobody more comes in, and the limit follows who leaves', async () => {
    const { id, owner, named } = await tenant(4);
    await limits().apply(id, granted(1, 3));
    expect(await counter(id)).toMatchObject({ used: '5', ceiling: '5' });
    expect(await invite(named(8), owner, id)).toEqual([{ ...FULL, limit: '3' }]);
    for (const index of [1, 2]) await people.done('userDelete', { userId: people.id(named(index)) }, owner);
    expect(await counter(id)).toMatchObject({ used: '3', ceiling: '3' });
    await limits().apply(id, granted(2, null));
    expect(await invite(named(8), owner, id)).toEqual([]);
  });

  it('and is used is announced until it is noted', async () => {
    const { id } = await tenant(1);
    const said = () => identity.rows<{ payload: { limitsVersion: number; measures: { name: string; startsAt: string; revision: number }[] } }>(
      `select payload from identity.outbox where tenant_id = $1 and type = 'UsersMeasured' order by id`, [id]);
    await limits().apply(id, granted(4, 5));
    expect([await limits().measure(id), await limits().measure(id)]).toEqual([3, 3]);
    const [first, again] = await said();
    expect([first?.payload, again?.payload]).toMatchObject([{ limitsVersion: 4, measures: [{ name: 'API_CALLS', used: 0 }, { name: 'API_KEYS', used: 0 }, { name: 'USERS', used: 2, over: 0 }] }, first?.payload]);
    await limits().confirm(id, { measures: first?.payload.measures ?? [] });
    expect(await limits().measure(id)).toBe(0);
  });
});

describe('an API key', () => {
  it('needs a tier that includes keys; nothing is written without', async () => {
    const { id, owner } = await tenant(0);
    const make = async () => ((await identity.subject.ask(CREATE, { input: { name: 'Till', scopes: ['order:read'] } }, owner)).data?.['apiKeyCreate']) as { secret: string | null; userErrors: unknown[] };
    expect(await make()).toEqual({ secret: null, userErrors: [{ __typename: 'FeatureNotInTier', code: 'FEATURE_NOT_IN_TIER', feature: 'API_KEYS', tiersThatAllow: PAID }] });
    expect(await identity.rows('select id from identity.api_key where tenant_id = $1', [id])).toEqual([]);
    await limits().apply(id, granted(1, 50, ['API_KEYS']));
    expect((await make()).secret).toMatch(/^\S+$/);
  });
});
