// Security events through the port: what each rule makes of the trail, lists, walls, and that nothing counts twice.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Actor } from '../../kernel/base/actor.js';
import { decodeId, encodeId, newId } from '../../kernel/base/ids.js';
import { LANGUAGES } from '../../kernel/base/language.js';
import { person } from '../../../test/kit/subgraph.js';
import { TestTrail } from '../../../test/kit/trail.js';
import { until } from '../../../test/kit/until.js';
import { deriveSecurityEvents } from './security-event.derive.js';
import { CASES, MINUTE, granted, inTenant, signIn, times, wrong } from './security-event.fixture.js';
import { RULES, RULE_NAMES, type SecurityRuleName } from './security-event.rules.js';
import { wordsOf } from './security-event.words.js';

const LIST = `query ($first: Int, $after: String, $filter: SecurityEventFilter) { securityEvents(first: $first, after: $after, filter: $filter) {
  nodes { id rule severity state text(locale: "es-MX") subject { kind id user { __typename id } } count firstAt lastAt auditEventIds
    acknowledgedBy { id } acknowledgedAt note }
  pageInfo { endCursor hasNextPage } } }`;

interface Listed {
  id: string; rule: SecurityRuleName; severity: string; state: string; text: string; count: number; firstAt: string; lastAt: string; auditEventIds: string[];
  subject: { kind: string; id: string; user: { id: string } | null };
}

let trail: TestTrail;
beforeAll(async () => { trail = await TestTrail.boot(); });
afterAll(() => trail?.close());

const reader = (tenant: string): Actor => person(tenant, ['audit:read']);
const root: Actor = { ...person(newId(), ['audit:read', 'audit:manage', 'system:admin']), tenant: null };
const list = async (tenant: string | null, filter: Record<string, unknown> = {}, actor: Actor = tenant === null ? root : reader(tenant)): Promise<Listed[]> => {
  const result = await trail.subject.ask(LIST, { filter }, actor);
  expect(result.errors).toBeUndefined();
  return (result.data?.['securityEvents'] as { nodes: Listed[] }).nodes;
};

describe.each(RULE_NAMES)('%s', (rule) => {
  const { enough, tooLittle, subject } = CASES[rule];

  it.each([['a tenant', false], ['the platform', true]])('is seen in the trail of %s, once, with what it rests on', async (_, platform) => {
    const tenant = platform ? null : newId();
    if (platform) await trail.admin.query('truncate compliance.platform_security_event, compliance.platform_security_sign, compliance.platform_security_place');
    const staged = await trail.happen(tenant, enough);
    const found = await list(tenant, { rules: [rule] });
    const counted = RULES[rule].threshold;
    const causes = staged.slice(-counted).map(({ id }) => encodeId('aud', id));
    expect(found).toEqual([expect.objectContaining({
      rule, severity: RULES[rule].severity, state: 'OPEN', text: wordsOf(rule, 'es'), subject, count: counted,
      firstAt: staged.at(-counted)?.occurredAt, lastAt: staged.at(-1)?.occurredAt, acknowledgedBy: null, acknowledgedAt: null, note: null,
      auditEventIds: causes.length > 10 ? [causes[0], ...causes.slice(-9)] : causes,
    })]);
  });

  it('is not seen in less', async () => {
    const tenant = newId();
    await trail.happen(tenant, tooLittle);
    expect(await list(tenant, { rules: [rule] })).toEqual([]);
  });
});

it('every rule has words of its own in each language', () => {
  for (const language of LANGUAGES) expect(new Set(RULE_NAMES.map((rule) => wordsOf(rule, language))).size).toBe(RULE_NAMES.length);
  for (const rule of RULE_NAMES) expect(new Set(LANGUAGES.map((language) => wordsOf(rule, language))).size).toBe(LANGUAGES.length);
});

describe('an incident', () => {
  it('grows while it goes on, however its signs are cut into batches, and begins anew after it was cold', async () => {
    const tenant = newId();
    const causes = await trail.stage(tenant, times(30, wrong));
    await trail.collect({ batch: 7 });
    const [open, ...others] = await list(tenant, { rules: ['BRUTE_FORCE_ACCOUNT'] });
    expect(others).toEqual([]);
    expect(open).toMatchObject({ count: 30, firstAt: causes[0]?.occurredAt, lastAt: causes[29]?.occurredAt });
    expect(open?.auditEventIds).toEqual([causes[0], ...causes.slice(-9)].map((event) => encodeId('aud', event?.id ?? '')));
    // One mistake an hour later is no attack; five are, and the same incident, which nobody has looked at.
    await trail.happen(tenant, [{ ...wrong, at: 60 * MINUTE }]);
    expect(await list(tenant, { rules: ['BRUTE_FORCE_ACCOUNT'] })).toMatchObject([{ id: open?.id, count: 30 }]);
    await trail.happen(tenant, times(4, { ...wrong, at: 61 * MINUTE }));
    expect(await list(tenant, { rules: ['BRUTE_FORCE_ACCOUNT'] })).toMatchObject([{ id: open?.id, count: 35 }]);
  });

  it('counts an event once: collected again, collected by two at once, or killed between trail and staging', async () => {
    const tenant = newId();
    const causes = await trail.stage(tenant, times(5, wrong));
    // As a killed collector leaves it: the trail has them, the staging still has them too.
    await expect(trail.collect({ crashPoint: (point) => { if (point === 'audit:copied') throw new Error('killed'); } })).rejects.toThrow('were not collected');
    const seen = await list(tenant);
    expect(seen).toMatchObject([{ rule: 'BRUTE_FORCE_ACCOUNT', count: 5 }]);
    await Promise.all([trail.collect(), trail.collect()]);
    // Again much later, when the signs are forgotten: the trail still knows them.
    await trail.admin.query('delete from compliance.security_sign where tenant_id = $1', [tenant]);
    for (const event of causes) await trail.restage(tenant, event);
    expect((await trail.collect()).moved).toBeGreaterThanOrEqual(5);
    expect(await list(tenant)).toEqual(seen);
    const id = seen[0]?.id;
    expect(await trail.rows('select type, payload from compliance.outbox where tenant_id = $1 order by id', [tenant])).toEqual([
      { type: 'SecurityEventAdded', payload: { securityEventId: decodeId('sev', id ?? '') } },
      { type: 'SecurityAlertRaised', payload: {
        kind: 'SECURITY_EVENT', userIds: [], permission: 'audit:manage', subjectId: id, params: { rule: 'BRUTE_FORCE_ACCOUNT' }, dedupeKey: id } },
    ]);
  });

  it('is opened by signs that two collectors count at the same moment, each too few', async () => {
    const tenant = newId();
    const events = (await trail.stage(tenant, times(5, wrong))).map(({ actor, resource, occurredAt, ...event }) => ({
      ...event, tenantId: tenant, occurredAt: new Date(occurredAt), actorKind: actor.kind, actorId: actor.id,
      resourceType: resource?.type ?? null, resourceId: resource?.id ?? null,
    }));
    await trail.admin.query('delete from compliance.audit_staging where tenant_id = $1', [tenant]);
    const [one, other] = [await trail.system.connect(), await trail.system.connect()];
    try {
      await one.query('begin');
      await other.query('begin');
      expect(await deriveSecurityEvents(one, events.slice(0, 3), trail.now)).toBe(0);
      const second = deriveSecurityEvents(other, events.slice(3), trail.now);
      await until(async () => (await trail.rows(`select 1 from pg_locks where locktype = 'advisory' and not granted
        and database = (select oid from pg_database where datname = current_database())`)).length === 1, 'the second waits for the first');
      await one.query('commit');
      expect(await second).toBe(1);
      await other.query('commit');
    } finally {
      one.release(true);
      other.release(true);
    }
    expect(await list(tenant)).toMatchObject([{ rule: 'BRUTE_FORCE_ACCOUNT', count: 5 }]);
  });

  it('is neither there nor announced when the trail is not', async () => {
    const tenant = newId();
    await trail.stage(tenant, times(5, wrong));
    await trail.admin.query(`create function compliance.refuse() returns trigger language plpgsql as $$ begin raise 'full'; end $$`);
    await trail.admin.query('create trigger refuse before insert on compliance.outbox for each row execute function compliance.refuse()');
    await expect(trail.collect()).rejects.toThrow('were not collected');
    expect(await trail.rows('select 1 from compliance.audit_event where tenant_id = $1 union all select 1 from compliance.security_sign where tenant_id = $1', [tenant])).toEqual([]);
    await trail.admin.query('drop function compliance.refuse() cascade');
    await trail.collect();
    expect(await list(tenant)).toMatchObject([{ rule: 'BRUTE_FORCE_ACCOUNT', count: 5 }]);
  });

  it('is told again, once a day, when it goes on after it was quiet for a day; one that is not so bad is not', async () => {
    const tenant = newId();
    const keys = async () => (await trail.rows<{ key: string | null }>(`select payload->>'dedupeKey' as key from compliance.outbox where tenant_id = $1 order by id`, [tenant])).map(({ key }) => key);
    const reuse = inTenant({ action: 'auth.refresh_reuse', outcome: 'FAILURE', reason: 'SESSION_EXPIRED' });
    await trail.happen(tenant, [reuse, granted]);
    const [id] = (await list(tenant, { rules: ['REFRESH_REUSE'] })).map((one) => one.id);
    expect((await keys()).sort()).toEqual([null, null, id].sort());
    const day = (days: number) => [{ ...reuse, at: days * 24 * 60 * MINUTE }, { ...granted, at: days * 24 * 60 * MINUTE }];
    for (const days of [0.9, 3, 3.1]) await trail.happen(tenant, day(days));
    expect((await keys()).slice(3)).toEqual([null, `${id}/2026-11-04`]);
    expect(await list(tenant, { rules: ['REFRESH_REUSE'] })).toMatchObject([{ id, count: 4, state: 'OPEN' }]);
  });

  it('is not made of history: what is older than a day when it is collected only teaches where people sign in from', async () => {
    const tenant = newId();
    await trail.stage(tenant, [...times(5, wrong), inTenant({ action: 'auth.refresh_reuse' }), signIn, { ...signIn, at: MINUTE, userAgent: 'curl/8.1' }]);
    trail.now = new Date(trail.now.getTime() + 24 * 60 * MINUTE + 1);
    await trail.collect();
    expect(await list(tenant)).toEqual([]);
    expect(await trail.rows('select 1 from compliance.outbox where tenant_id = $1 union all select 1 from compliance.security_sign where tenant_id = $1', [tenant])).toEqual([]);
    const next = { ...signIn, at: 24 * 60 * MINUTE };
    await trail.happen(tenant, [{ ...next, userAgent: 'curl/8.2' }, { ...next, userAgent: 'Lynx/2.9' }]);
    expect(await list(tenant)).toMatchObject([{ rule: 'NEW_DEVICE', count: 1 }]);
  });

  it('rests on signs that are forgotten after a week', async () => {
    const tenant = newId();
    await trail.happen(tenant, times(3, wrong));
    await trail.admin.query(`update compliance.security_sign set noted_at = now() - interval '8 days' where tenant_id = $1`, [tenant]);
    await trail.happen(newId(), times(1, wrong));
    // Never fewer than come.
    await trail.admin.query(`insert into compliance.security_sign (tenant_id, rule, audit_event_id, subject_kind, subject_id, occurred_at, noted_at)
      select $1, 'DENIALS', gen_random_uuid(), 'USER', 'x', now() - interval '8 days', now() - interval '8 days' from generate_series(1, 1500)`, [tenant]);
    await trail.happen(newId(), times(800, { ...wrong, ip: null }, 1));
    expect(await trail.rows('select 1 from compliance.security_sign where tenant_id = $1', [tenant])).toEqual([]);
  });
});

describe('securityEvents', () => {
  const tenant = newId();
  beforeAll(async () => {
    await trail.happen(tenant, times(5, wrong));
    await trail.happen(tenant, [{ ...granted, at: 60 * MINUTE }]);
    await trail.happen(tenant, [inTenant({ action: 'auth.refresh_reuse', at: 120 * MINUTE })]);
  });
  const at = (minutes: number): string => new Date(Date.parse('2026-11-01T08:00:00.000Z') + minutes * MINUTE).toISOString();
  const all = ['REFRESH_REUSE', 'PRIVILEGE_GRANTED', 'BRUTE_FORCE_ACCOUNT'];

  it.each<[string, Record<string, unknown>, string[]]>([
    ['nothing: newest first', {}, all],
    ['severity', { severities: ['ERROR', 'CRITICAL'] }, [all[0]!, all[2]!]],
    ['no severity', { severities: [] }, []],
    ['state', { state: 'ACKNOWLEDGED' }, []],
    ['rule', { rules: ['PRIVILEGE_GRANTED'] }, [all[1]!]],
    ['from, inclusive', { from: at(60) }, all.slice(0, 2)],
    ['to, exclusive', { to: at(60) }, [all[2]!]],
    ['all together', { state: 'OPEN', severities: ['WARNING'], rules: ['PRIVILEGE_GRANTED', 'DENIALS'], from: at(0), to: at(90) }, [all[1]!]],
  ])('filters by %s', async (_, filter, expected) => {
    expect((await list(tenant, filter)).map(({ rule }) => rule)).toEqual(expected);
  });

  it('pages without gap or repetition', async () => {
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const { data } = await trail.subject.ask(LIST, { first: 1, after }, reader(tenant));
      const page = data?.['securityEvents'] as { nodes: Listed[]; pageInfo: { endCursor: string; hasNextPage: boolean } };
      seen.push(...page.nodes.map(({ rule }) => rule));
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
    } while (after !== null);
    expect(seen).toEqual(all);
  });

  it.each<[Record<string, unknown>, string[]]>([
    [{ filter: { from: at(2), to: at(1) } }, ['filter', 'from']], [{ first: 101 }, ['first']], [{ after: 'nonsense' }, ['after']],
  ])('refuses %j', async (variables, field) => {
    const result = await trail.subject.ask(LIST, variables, reader(tenant));
    expect(result).toMatchObject({ data: { securityEvents: null }, errors: [{ extensions: { code: 'BAD_USER_INPUT', field } }] });
  });

  it('shows nobody else\'s: another tenant, the platform', async () => {
    expect(await list(newId())).toEqual([]);
    expect((await list(null)).map(({ id }) => id)).not.toEqual(expect.arrayContaining((await list(tenant)).map(({ id }) => id)));
    expect(await list(tenant)).toHaveLength(3);
  });

  it('needs the right, and of who has no tenant the platform\'s; that it was read and refused is recorded', async () => {
    await trail.collect();
    await list(tenant);
    const refused: [Actor, string][] = [[person(tenant, []), 'audit:read'], [{ ...root, permissions: ['audit:read'] }, 'system:admin']];
    for (const [actor, permission] of refused) {
      expect(await trail.subject.ask(LIST, {}, actor)).toMatchObject({ data: { securityEvents: null }, errors: [{ extensions: { code: 'FORBIDDEN', permission } }] });
    }
    const staged = await trail.rows<{ action: string; outcome: string }>(`select event->>'action' as action, event->>'outcome' as outcome
      from (select event from compliance.audit_staging union all select event from compliance.platform_audit_staging) s order by 1, 2`);
    expect(staged).toEqual([
      { action: 'query.securityEvents', outcome: 'DENIED' }, { action: 'query.securityEvents', outcome: 'DENIED' }, { action: 'security_event.read', outcome: 'SUCCESS' },
    ]);
  });
});
