// Bots within the tier; what a plan grants and how much is used; and that of many who ask at once exactly as many get one as there may be.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Pool } from 'pg';
import type { Actor } from '../../kernel/base/actor.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { bootSubgraph, person, type TestSubgraph } from '../../../test/kit/subgraph.js';
import { tenancy, type TenancyServices } from '../subgraph.js';
import { TenantTier } from '../tenant/tenant.type.js';

const RESULT: Readonly<Record<string, string>> = { botDelete: 'botId' };
const ERRORS = `userErrors { __typename code field message ... on QuotaExceeded { quota limit used resetsAt plansThatAllow } ... on InboxHasBot { inboxIds } }`;

let subject: TestSubgraph<TenancyServices>;
let behind: Pool;
beforeAll(async () => {
  subject = await bootSubgraph(tenancy);
  behind = new Pool({ connectionString: subject.database.adminUrl, max: 30 });
});
afterAll(async () => {
  await behind.end();
  await subject.close();
});

const inbox = (): string => encodeId('inb', newId());

async function tenant(tier: TenantTier): Promise<{ id: string; keeper: Actor }> {
  const id = newId();
  await subject.running.services.tenants.create({ id, name: 'Bots', tier, locale: 'en', timeZone: 'UTC', currency: 'EUR' }, 'test');
  return { id, keeper: person(id, ['bot:read', 'bot:update']) };
}

async function mutate(field: string, input: Record<string, unknown>, actor?: Actor) {
  const Input = `${field[0]?.toUpperCase() ?? ''}${field.slice(1)}Input`;
  const { data, errors } = await subject.ask(
    `mutation ($input: ${Input}!) { ${field}(input: $input) { ${RESULT[field] ?? 'bot { id name description enabled inboxes { nodeKey } }'} ${ERRORS} } }`, { input }, actor);
  return { errors, ...(data?.[field] as { bot?: { id: string; inboxes: unknown[] } | null; botId?: string; userErrors: Record<string, unknown>[] } | null) };
}
const made = async (name: string, keeper: Actor): Promise<string> => (await mutate('botCreate', { name }, keeper)).bot?.id ?? '';
const count = async (id: string): Promise<number> => Number((await behind.query('select count(*) as n from tenancy.bot where tenant_id = $1', [id])).rows[0].n);

describe('bots', () => {
  it('are made, changed, switched, assigned and removed', async () => {
    const { keeper } = await tenant(TenantTier.STANDARD);
    const [one, two] = [await made('Concierge', keeper), await made('Night porter', keeper)];
    expect((await mutate('botUpdate', { botId: one, description: 'Greets' }, keeper)).bot).toMatchObject({ name: 'Concierge', description: 'Greets', enabled: false });
    expect((await mutate('botEnable', { botId: one }, keeper)).bot).toMatchObject({ enabled: true });
    expect((await mutate('botDisable', { botId: one }, keeper)).bot).toMatchObject({ enabled: false });
    const [first = '', second = ''] = [inbox(), inbox()].sort();
    expect((await mutate('botAssign', { botId: one, inboxIds: [second, first] }, keeper)).bot?.inboxes).toEqual([{ nodeKey: first }, { nodeKey: second }]);
    const refused = await mutate('botAssign', { botId: two, inboxIds: [inbox(), second] }, keeper);
    expect([refused.bot, refused.userErrors]).toMatchObject([null, [{ __typename: 'InboxHasBot', code: 'WRONG_STATE', field: ['input', 'inboxIds'], inboxIds: [second] }]]);
    expect((await mutate('botAssign', { botId: one, inboxIds: [first] }, keeper)).bot?.inboxes).toEqual([{ nodeKey: first }]);
    expect((await mutate('botAssign', { botId: two, inboxIds: [second] }, keeper)).bot?.inboxes).toEqual([{ nodeKey: second }]);
    const { data } = await subject.ask('query ($id: ID!) { bot(id: $id) { name } bots(first: 1) { nodes { id } pageInfo { hasNextPage } } }', { id: one }, keeper);
    expect(data).toEqual({ bot: { name: 'Concierge' }, bots: { nodes: [{ id: two }], pageInfo: { hasNextPage: true } } });
    expect((await mutate('botDelete', { botId: one }, keeper)).botId).toBe(one);
    expect((await mutate('botEnable', { botId: one }, keeper)).userErrors).toMatchObject([{ __typename: 'BotNotFound', code: 'NOT_FOUND', field: ['input', 'botId'] }]);
  });

  it('are their tenant\'s: another one\'s does not exist, and nothing of it changes', async () => {
    const [{ keeper }, { keeper: stranger }] = [await tenant(TenantTier.STANDARD), await tenant(TenantTier.STANDARD)];
    const botId = await made('Mine', keeper);
    const before = (await behind.query('select * from tenancy.bot')).rows;
    for (const [field, more] of [['botUpdate', { name: 'Yours' }], ['botEnable', {}], ['botAssign', { inboxIds: [] }], ['botDelete', {}]] as const) {
      expect((await mutate(field, { botId, ...more }, stranger)).userErrors).toMatchObject([{ __typename: 'BotNotFound' }]);
    }
    expect((await subject.ask('query ($id: ID!) { bot(id: $id) { id } bots { nodes { id } } }', { id: botId }, stranger)).data).toEqual({ bot: null, bots: { nodes: [] } });
    expect((await behind.query('select * from tenancy.bot')).rows).toEqual(before);
    expect((await mutate('botUpdate', { botId, name: 'Still mine' }, keeper)).bot).toMatchObject({ name: 'Still mine' });
  });

  it('take no malformed input and nobody without the right', async () => {
    const { id, keeper } = await tenant(TenantTier.STANDARD);
    for (const [input, field] of [[{ name: ' ' }, 'name'], [{ name: 'x'.repeat(101) }, 'name'], [{ name: 'x', description: 'a\nb' }, 'description']] as const) {
      expect((await mutate('botCreate', input, keeper)).userErrors).toMatchObject([{ __typename: 'InputInvalid', field: ['input', field] }]);
    }
    expect((await mutate('botEnable', { botId: 'bot_nonsense' }, keeper)).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', field: ['input', 'botId'] } }]);
    expect((await mutate('botCreate', { name: 'x' }, person(id, ['bot:read']))).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN', permission: 'bot:update' } }]);
    expect(await count(id)).toBe(0);
  });
});

describe('the tier', () => {
  it('allows one bot on FREE, says who allows more, and a removed one makes room', async () => {
    const { id, keeper } = await tenant(TenantTier.FREE);
    const first = await made('Only', keeper);
    expect(await mutate('botCreate', { name: 'Second' }, keeper)).toMatchObject({
      bot: null,
      userErrors: [{ __typename: 'QuotaExceeded', code: 'QUOTA_EXCEEDED', quota: 'BOTS', limit: '1', used: '1', resetsAt: null, plansThatAllow: ['STANDARD', 'PROFESSIONAL', 'ENTERPRISE'] }],
    });
    expect(await count(id)).toBe(1);
    await mutate('botDelete', { botId: first }, keeper);
    expect(await made('Second', keeper)).not.toBe('');
  });

  it('is told with the plan, what it grants and what is used, to the tenant alone', async () => {
    const { keeper } = await tenant(TenantTier.STANDARD);
    await made('One', keeper);
    const PLAN = `{ tenantPlan { tier plan priceMinor currency features audit auditDays backups support { level responseHours } next { tier }
      limits { quota limit used over resetsAt } period { startsAt endsAt } } }`;
    const { data } = await subject.ask(PLAN, {}, keeper);
    const told = data?.['tenantPlan'] as { period: { startsAt: string; endsAt: string } };
    expect(told).toEqual({
      tier: 'STANDARD', plan: 'STARTUP', priceMinor: '9900', currency: 'USD', features: ['API_KEYS', 'FULL_AUDIT', 'CUSTOM_RETENTION'], audit: 'FULL', auditDays: null, backups: 'WEEKLY',
      support: { level: 'EMAIL', responseHours: 48 }, next: null, period: told.period,
      limits: [
        { quota: 'BOTS', limit: '3', used: '1', over: '0', resetsAt: null }, { quota: 'USERS', limit: '50', used: '0', over: '0', resetsAt: null },
        { quota: 'STORAGE_BYTES', limit: '100000000000', used: '0', over: '0', resetsAt: null },
        { quota: 'CONVERSATIONS', limit: '1000', used: '0', over: '0', resetsAt: told.period.endsAt },
      ],
    });
    expect(Date.parse(told.period.startsAt)).toBeLessThanOrEqual(Date.now());
    expect((await subject.ask(PLAN)).errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
    expect((await subject.ask(PLAN, {}, { ...keeper, tenant: null })).data).toEqual({ tenantPlan: null });
  });
});

/** The most transactions that were open at once while `work` ran. */
async function watched<T>(work: Promise<T>): Promise<[T, number]> {
  let [most, over] = [0, false];
  const watch = (async () => {
    while (!over) {
      const { rows } = await behind.query(`select count(*)::int as n from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null`);
      most = Math.max(most, rows[0].n as number);
    }
  })();
  const result = await work.finally(() => { over = true; });
  await watch;
  return [result, most];
}

/** What code without the condition would do: look, then count. @returns how many were told that they have one */
async function looksThenCounts(tenantId: string): Promise<number> {
  const tries = Array.from({ length: 200 }, async () => {
    const client = await behind.connect();
    try {
      await client.query('begin');
      const { rows } = await client.query('select used < ceiling as room from tenancy.quota where tenant_id = $1', [tenantId]);
      await client.query('select pg_sleep(0.01)');
      if (rows[0].room) await client.query('update tenancy.quota set used = used + 1 where tenant_id = $1', [tenantId]);
      await client.query('commit');
      return rows[0].room as boolean;
    } catch (error) {
      await client.query('rollback');
      if ((error as { constraint?: string }).constraint !== 'quota_within') throw error;
      return false;
    } finally {
      client.release();
    }
  });
  return (await Promise.all(tries)).filter(Boolean).length;
}

describe('200 who ask at once', () => {
  it('get exactly as many as there may be', async () => {
    const { id, keeper } = await tenant(TenantTier.PROFESSIONAL);
    const [answers, open] = await watched(Promise.all(Array.from({ length: 200 }, (_, index) => mutate('botCreate', { name: `Bot ${index}` }, keeper))));
    process.stdout.write(`200 tries, ${open} transactions open at once\n`);
    expect(open).toBeGreaterThan(2);
    expect(answers.filter(({ bot }) => bot)).toHaveLength(10);
    expect(answers.filter(({ userErrors }) => userErrors?.[0]?.['__typename'] === 'QuotaExceeded')).toHaveLength(190);
    expect(await count(id)).toBe(10);
  });

  it('get no more even by code that looks before it counts; without the constraint they do', async () => {
    const { id } = await tenant(TenantTier.PROFESSIONAL);
    const taken = async (): Promise<number> => Number((await behind.query('select used from tenancy.quota where tenant_id = $1', [id])).rows[0].used);
    expect([await looksThenCounts(id), await taken()]).toEqual([10, 10]);
    await behind.query('update tenancy.quota set used = 0 where tenant_id = $1', [id]);
    // Dropped on this test's own database, which nobody uses after it.
    const owner = new Client({ connectionString: subject.database.adminUrl });
    await owner.connect();
    await owner.query('alter table tenancy.quota drop constraint quota_within');
    await owner.end();
    expect(await looksThenCounts(id)).toBeGreaterThan(10);
  });
});
