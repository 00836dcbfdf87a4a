// Plans through the months: to more at once, to less at a month's end, what it costs, what is used and who is told of it.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import type { Actor } from '../../kernel/base/actor.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import type { QuotaMeasure } from '../../kernel/graphql/quotas.js';
import { bootSubgraph, person, type TestSubgraph } from '../../../test/kit/subgraph.js';
import { tenancy, type TenancyServices } from '../subgraph.js';
import { TenantTier } from '../tenant/tenant.type.js';

const CHANGE = `mutation ($input: TenantPlanChangeInput!) { tenantPlanChange(input: $input) { tenantPlan { tier plan next { tier plan at } }
  userErrors { __typename code field ... on PlanTooSmall { over { quota used limit } } } } }`;
const INVOICES = `query ($first: Int, $after: String) { invoices(first: $first, after: $after) { pageInfo { hasNextPage endCursor }
  nodes { number kind startsAt endsAt currency totalMinor lines { kind plan quantity amountMinor } } } }`;
const PREVIEW = 'query ($quota: QuotaName!, $amount: BigInt) { quotaPreview(quota: $quota, amount: $amount) { allowed limit used resetsAt plansThatAllow } }';
const OWNER = ['billing:read', 'billing:manage', 'bot:update'];
const BEGIN = '2026-11-01T00:00:00.000Z';

const clock = { instant: new Date(BEGIN), now: () => new Date(clock.instant) };
const at = (instant: string): void => { clock.instant = new Date(instant); };
let subject: TestSubgraph<TenancyServices>;
let behind: Pool;
beforeAll(async () => {
  subject = await bootSubgraph(tenancy, { clock });
  behind = new Pool({ connectionString: subject.database.adminUrl, max: 2 });
});
afterAll(async () => {
  await behind.end();
  await subject.close();
});

const services = () => subject.running.services;

/** A tenant that began on the first of November. */
async function tenant(tier: TenantTier): Promise<{ id: string; owner: Actor }> {
  at(BEGIN);
  const id = newId();
  await services().tenants.create({ id, name: 'Plans', tier, locale: 'en', timeZone: 'UTC', currency: 'EUR' }, 'test');
  return { id, owner: person(id, OWNER) };
}
interface Changed {
  tenantPlan: { tier: string; plan: string | null; next: object | null } | null;
  userErrors: { __typename: string }[];
}
const change = async (actor: Actor | undefined, input: object): Promise<Changed> => (await subject.ask(CHANGE, { input }, actor)).data?.['tenantPlanChange'] as Changed;
async function invoices(actor: Actor) {
  const { data } = await subject.ask(INVOICES, { first: 100 }, actor);
  return (data?.['invoices'] as { nodes: { number: number; kind: string; totalMinor: string; startsAt: string; lines: object[] }[] }).nodes;
}
const announced = async (id: string, type: string) =>
  (await behind.query<{ payload: Record<string, unknown> }>('select payload from tenancy.outbox where tenant_id = $1 and type = $2 order by id', [id, type])).rows.map(({ payload }) => payload);
const measure = (name: string, used: number, revision: number): QuotaMeasure => ({ name, startsAt: '1970-01-01T00:00:00.000Z', endsAt: null, used, over: 0, revision });
const MONTH = { startsAt: BEGIN, endsAt: '2026-12-01T00:00:00.000Z' };
const report = (id: string, ...measures: QuotaMeasure[]) => services().usage.report(id, { consumer: 'identity', limitsVersion: 1, measures });

describe('a change to more', () => {
  it('holds at once, is announced with a higher version, and is charged for what is left of the month', async () => {
    const { id, owner } = await tenant(TenantTier.FREE);
    expect(await services().planChange.settle(id)).toBe(0);
    at('2026-11-16T00:00:00.000Z');
    expect(await change(owner, { plan: 'STARTUP' })).toEqual({ tenantPlan: { tier: 'STANDARD', plan: 'STARTUP', next: null }, userErrors: [] });
    at('2026-11-21T00:00:00.000Z');
    expect(await change(owner, { plan: 'PROFESSIONAL' })).toMatchObject({ tenantPlan: { tier: 'PROFESSIONAL', plan: 'PROFESSIONAL' }, userErrors: [] });
    expect((await announced(id, 'TenantLimitsChanged')).map(({ version, tier, ceilings }) => [version, tier, (ceilings as Record<string, unknown>)['CONVERSATIONS']]))
      .toEqual([[1, 'FREE', 100], [2, 'STANDARD', 1_000], [3, 'PROFESSIONAL', 10_000]]);
    expect(await invoices(owner)).toEqual([
      { number: 2, kind: 'CHANGE', startsAt: '2026-11-21T00:00:00.000Z', endsAt: MONTH.endsAt, currency: 'USD', totalMinor: '6667', lines: [
        { kind: 'CREDIT', plan: 'STARTUP', quantity: '1', amountMinor: '-3300' }, { kind: 'PLAN', plan: 'PROFESSIONAL', quantity: '1', amountMinor: '9967' },
      ] },
      { number: 1, kind: 'CHANGE', startsAt: '2026-11-16T00:00:00.000Z', endsAt: MONTH.endsAt, currency: 'USD', totalMinor: '4950', lines: [
        { kind: 'PLAN', plan: 'STARTUP', quantity: '1', amountMinor: '4950' },
      ] },
    ]);
  });

  it('is refused for what nobody chooses by themselves, to who may not, and changes nothing then', async () => {
    const { id, owner } = await tenant(TenantTier.STANDARD);
    const plan = async () => (await behind.query('select * from tenancy.tenant_plan where tenant_id = $1', [id])).rows;
    const before = await plan();
    for (const [input, field] of [[{ plan: 'CUSTOM' }, 'plan'], [{ plan: 'STARTUP', tier: 'ENTERPRISE' }, 'tier'], [{ tier: 'ENTERPRISE' }, 'tier']] as const) {
      expect(await change(owner, input)).toMatchObject({ tenantPlan: null, userErrors: [{ __typename: 'InputInvalid', field: ['input', field] }] });
    }
    const { errors } = await subject.ask(CHANGE, { input: { plan: 'ENTERPRISE' } }, person(id, ['billing:read']));
    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN', permission: 'billing:manage' } }]);
    expect(await plan()).toEqual(before);
    // Another tenant's owner changes their own, and sees none of these invoices.
    const { owner: rival } = await tenant(TenantTier.STANDARD);
    await services().planChange.settle(id);
    expect([(await invoices(owner)).length, (await invoices(rival)).length]).toEqual([1, 0]);
  });
});

describe('a change to less', () => {
  it('is refused with all that is over, and else waits for the end of the month', async () => {
    const { id, owner } = await tenant(TenantTier.PROFESSIONAL);
    at('2026-11-10T00:00:00.000Z');
    await report(id, measure('USERS', 7, 1), measure('API_KEYS', 1, 1));
    expect(await change(owner, { plan: null })).toEqual({ tenantPlan: null, userErrors: [{
      __typename: 'PlanTooSmall', code: 'QUOTA_EXCEEDED', field: null, over: [{ quota: 'API_KEYS', used: '1', limit: '0' }, { quota: 'USERS', used: '7', limit: '5' }],
    }] });
    const next = { tier: 'STANDARD', plan: 'STARTUP', at: MONTH.endsAt };
    expect(await change(owner, { plan: 'STARTUP' })).toEqual({ tenantPlan: { tier: 'PROFESSIONAL', plan: 'PROFESSIONAL', next }, userErrors: [] });
    expect((await change(owner, { plan: 'PROFESSIONAL' })).tenantPlan).toMatchObject({ plan: 'PROFESSIONAL', next: null });
    await change(owner, { plan: 'STARTUP' });
    expect((await announced(id, 'TenantLimitsChanged')).length).toBe(1);

    at('2026-12-01T00:00:00.000Z');
    await report(id, { ...measure('CONVERSATIONS', 10_000, 9), ...MONTH, over: 12 } );
    expect([await services().planChange.settle(id), await services().planChange.settle(id)]).toEqual([1, 0]);
    expect((await announced(id, 'TenantLimitsChanged')).at(-1)).toMatchObject({ version: 2, tier: 'STANDARD' });
    expect(await invoices(owner)).toMatchObject([
      { number: 2, kind: 'MONTH', startsAt: MONTH.endsAt, totalMinor: '9900', lines: [
        { kind: 'PLAN', plan: 'STARTUP', quantity: '1', amountMinor: '9900' }, { kind: 'OVERAGE', plan: null, quantity: '12', amountMinor: '0' },
      ] },
      { number: 1, kind: 'MONTH', startsAt: BEGIN, totalMinor: '29900' },
    ]);
  });

  it('is judged again when it is to hold: what does not fit any more keeps the plan, and owners are told why', async () => {
    const { id, owner } = await tenant(TenantTier.PROFESSIONAL);
    await services().planChange.settle(id);
    await report(id, measure('USERS', 5, 1));
    const REFUSED = '{ tenantPlan { tier plan next { at } refused { tier plan at over { quota used limit } } } }';
    const stands = async () => (await subject.ask(REFUSED, {}, owner)).data?.['tenantPlan'];
    await change(owner, { plan: null });
    await report(id, measure('USERS', 6, 2), { ...measure('STORAGE_BYTES', 9e9, 1), over: 2e9 });
    at('2026-12-01T00:00:01.000Z');
    const settled = await Promise.all([1, 2, 3].map(() => services().planChange.settle(id)));
    expect(settled.toSorted()).toEqual([0, 0, 1]);
    const over = [{ quota: 'STORAGE_BYTES', used: '11000000000', limit: '10000000000' }, { quota: 'USERS', used: '6', limit: '5' }];
    expect(await stands()).toEqual({ tier: 'PROFESSIONAL', plan: 'PROFESSIONAL', next: null, refused: { tier: 'FREE', plan: null, at: MONTH.endsAt, over } });
    expect((await announced(id, 'TenantLimitsChanged')).length).toBe(1);
    expect((await invoices(owner)).map(({ totalMinor }) => totalMinor)).toEqual(['29900', '29900']);
    const told = (await announced(id, 'UsageAlertRaised')).filter(({ kind }) => kind === 'PLAN_KEPT');
    expect(told).toMatchObject([{ permission: 'billing:manage', params: { quota: 'STORAGE_BYTES', used: 11e9, limit: 10e9 } }]);
    expect(await services().alerts.confirm(id, told[0]?.['dedupeKey'] as string)).toBe(true);
    const trail = await behind.query(`select event from tenancy.audit_staging where tenant_id = $1 and event->>'action' = 'tenant.plan_change' and event->>'outcome' = 'FAILURE'`, [id]);
    expect(trail.rows).toMatchObject([{ event: { reason: 'QUOTA_EXCEEDED', before: { plan: 'PROFESSIONAL' } } }]);
    // Whoever chooses again has chosen.
    await report(id, measure('USERS', 5, 3), { ...measure('STORAGE_BYTES', 1, 2), over: 0 });
    await change(owner, { plan: null });
    expect(await stands()).toMatchObject({ next: {}, refused: null });
    at('2027-01-01T00:00:00.000Z');
    await services().planChange.settle(id);
    expect(await stands()).toMatchObject({ tier: 'FREE', plan: null, refused: null });
  });

  it('leaves nothing of a month uncharged that is reported after it was charged, and charges nothing twice', async () => {
    const { id, owner } = await tenant(TenantTier.STANDARD);
    const beyond = (over: number, revision: number) => report(id, { ...measure('CONVERSATIONS', 1_000, revision), ...MONTH, over });
    await beyond(3, 5);
    at('2026-12-01T00:00:00.000Z');
    await services().planChange.settle(id);
    await beyond(7, 9);
    await beyond(3, 5);
    at('2027-01-01T00:00:00.000Z');
    await services().planChange.settle(id);
    at('2027-02-01T00:00:00.000Z');
    await services().planChange.settle(id);
    const { data } = await subject.ask('{ invoices { nodes { number lines { kind quantity startsAt endsAt } } } }', {}, owner);
    const plan = { kind: 'PLAN', quantity: '1', startsAt: null, endsAt: null };
    expect(data).toEqual({ invoices: { nodes: [
      { number: 4, lines: [plan] }, { number: 3, lines: [plan, { kind: 'OVERAGE', quantity: '4', ...MONTH }] },
      { number: 2, lines: [plan, { kind: 'OVERAGE', quantity: '3', ...MONTH }] }, { number: 1, lines: [plan] },
    ] } });
  });

  it('is not charged to who is leaving, and is when they stay after all', async () => {
    const { id, owner } = await tenant(TenantTier.STANDARD);
    await services().planChange.settle(id);
    const stands = (state: string) => behind.query(`update tenancy.tenant set state = $2, deletion_due_at = case when $2 = 'DELETING' then now() end, resumes = case when $2 = 'DELETING' then 'ACTIVE' end where tenant_id = $1`, [id, state]);
    await stands('DELETING');
    at('2026-12-20T00:00:00.000Z');
    expect([await services().planChange.settle(id), (await invoices(owner)).length]).toEqual([0, 1]);
    await stands('ACTIVE');
    expect([await services().planChange.settle(id), (await invoices(owner)).length]).toEqual([1, 2]);
  });

  it('to no plan ends the invoices; months that were missed are charged one by one, whoever settles at once', async () => {
    const { id, owner } = await tenant(TenantTier.STANDARD);
    at('2027-01-20T00:00:00.000Z');
    const settled = await Promise.all([1, 2, 3, 4].map(() => services().planChange.settle(id)));
    expect(settled.toSorted()).toEqual([0, 0, 0, 3]);
    expect((await invoices(owner)).map(({ number, startsAt }) => [number, startsAt.slice(0, 10)])).toEqual([[3, '2027-01-01'], [2, '2026-12-01'], [1, '2026-11-01']]);
    await change(owner, { plan: null });
    at('2027-05-01T00:00:00.000Z');
    expect(await services().planChange.settle(id)).toBe(0);
    const { data } = await subject.ask('{ tenantPlan { tier plan next { tier } } }', {}, owner);
    expect([data, (await invoices(owner)).length]).toEqual([{ tenantPlan: { tier: 'FREE', plan: null, next: null } }, 3]);
  });
});

describe('what is used', () => {
  const used = async (actor: Actor) => {
    const { data } = await subject.ask('{ tenantPlan { limits { quota used over } } }', {}, actor);
    return Object.fromEntries((data?.['tenantPlan'] as { limits: { quota: string; used: string; over: string }[] }).limits.map(({ quota, ...counted }) => [quota, counted]));
  };

  it('is what was reported last, however often and in whatever order; and is answered', async () => {
    const { id, owner } = await tenant(TenantTier.STANDARD);
    expect([await report(id, measure('USERS', 3, 5)), await report(id, measure('USERS', 2, 4)), await report(id, measure('USERS', 3, 5))]).toEqual([1, 0, 0]);
    expect((await used(owner))['USERS']).toEqual({ used: '3', over: '0' });
    expect((await announced(id, 'UsageNoted')).map(({ measures }) => (measures as { revision: number }[])[0]?.revision)).toEqual([5, 4, 5]);
    await report(id, { ...measure('CONVERSATIONS', 20, 1), ...MONTH } );
    expect((await used(owner))['CONVERSATIONS']).toEqual({ used: '20', over: '0' });
    await services().planChange.settle(id);
    const USAGE = '{ tenantUsage { period { startsAt endsAt } costMinor currency measures { name used over costMinor } } }';
    expect((await subject.ask(USAGE, {}, owner)).data).toEqual({ tenantUsage: {
      period: MONTH, costMinor: '9900', currency: 'USD', measures: [{ name: 'CONVERSATIONS', used: '20', over: '0', costMinor: '0' }, { name: 'USERS', used: '3', over: '0', costMinor: null }],
    } });
    expect((await subject.ask(USAGE, {}, person(id, []))).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN', permission: 'billing:read' } }]);
    at('2026-12-02T00:00:00.000Z');
    expect((await used(owner))['CONVERSATIONS']).toEqual({ used: '0', over: '0' });
  });

  it('is the sum where several count the same, each by its own last word', async () => {
    const { id, owner } = await tenant(TenantTier.FREE);
    const say = (consumer: 'compliance' | 'conversations', bytes: number, revision: number) =>
      services().usage.report(id, { consumer, limitsVersion: 1, measures: [measure('STORAGE_BYTES', bytes, revision)] });
    expect(await Promise.all([say('compliance', 5e9, 7), say('conversations', 2e9, 3)])).toEqual([1, 1]);
    expect([await say('compliance', 1, 6), await say('conversations', 3e9, 4), await say('compliance', 5e9, 7)]).toEqual([0, 1, 0]);
    expect((await used(owner))['STORAGE_BYTES']).toEqual({ used: '8000000000', over: '0' });
    expect((await announced(id, 'UsageAlertRaised')).map(({ params }) => params)).toEqual([{ quota: 'STORAGE_BYTES', percent: 80, used: 8e9, limit: 10e9 }]);
    expect((await announced(id, 'UsageNoted')).map(({ consumer }) => consumer).sort()).toEqual(['compliance', 'compliance', 'compliance', 'conversations', 'conversations']);
    // A file that has gone gives its bytes back.
    await say('compliance', 0, 8);
    expect((await used(owner))['STORAGE_BYTES']).toEqual({ used: '3000000000', over: '0' });
  });

  it('is foretold, and says who would allow more', async () => {
    const { id, owner } = await tenant(TenantTier.FREE);
    await report(id, measure('USERS', 4, 1));
    const preview = async (quota: string, amount?: string) => subject.ask(PREVIEW, { quota, ...(amount ? { amount } : {}) }, owner);
    expect((await preview('USERS')).data).toEqual({ quotaPreview: { allowed: true, limit: '5', used: '4', resetsAt: null, plansThatAllow: [] } });
    expect((await preview('USERS', '47')).data).toMatchObject({ quotaPreview: { allowed: false, plansThatAllow: ['PROFESSIONAL', 'ENTERPRISE'] } });
    expect((await preview('CONVERSATIONS', '101')).data).toEqual({
      quotaPreview: { allowed: false, limit: '100', used: '0', resetsAt: MONTH.endsAt, plansThatAllow: ['STARTUP', 'PROFESSIONAL', 'ENTERPRISE', 'CUSTOM'] },
    });
    expect((await preview('BOTS', '0')).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', field: ['amount'] } }]);
  });

  it('is told to owners at 80 and at 100 percent, once each in a month, until they were', async () => {
    const { id } = await tenant(TenantTier.FREE);
    const count = (value: number, revision: number, month: object = MONTH) => report(id, { ...measure('CONVERSATIONS', value, revision), ...month } );
    const percents = async () => (await announced(id, 'UsageAlertRaised')).map(({ params }) => (params as { percent: number }).percent);
    await count(79, 1);
    expect(await percents()).toEqual([]);
    for (const [value, revision] of [[80, 2], [81, 3], [80, 2], [99, 4], [100, 5]] as const) await count(value, revision);
    expect(await percents()).toEqual([80, 100]);
    const subjectId = encodeId('tnt', id);
    const dedupeKey = `${subjectId}/CONVERSATIONS/2026-11-01/80`;
    expect((await announced(id, 'UsageAlertRaised'))[0]).toEqual({
      kind: 'USAGE_LIMIT', userIds: [], permission: 'billing:manage', subjectId, params: { quota: 'CONVERSATIONS', percent: 80, used: 80, limit: 100 }, dedupeKey,
    });
    expect([await services().alerts.confirm(id, dedupeKey), await services().alerts.confirm(id, dedupeKey), await services().alerts.announce(id)]).toEqual([true, false, 1]);
    // A new month is told anew; what passes both at once is told once.
    at('2026-12-05T00:00:00.000Z');
    await count(100, 1, { startsAt: MONTH.endsAt, endsAt: '2027-01-01T00:00:00.000Z' });
    expect(await percents()).toEqual([80, 100, 100, 100]);
    expect((await announced(id, 'UsageAlertRaised')).at(-1)).toMatchObject({ dedupeKey: `${subjectId}/CONVERSATIONS/2026-12-01/100` });
  });
});
