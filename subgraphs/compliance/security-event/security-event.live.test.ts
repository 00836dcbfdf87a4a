// Acknowledging security events and following them live, through the port: who may, once, where it goes on, and that nobody else hears of it.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { noCrash } from '../../kernel/base/crash-points.js';
import type { Actor } from '../../kernel/base/actor.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { silentLogger } from '../../kernel/base/logger.js';
import { Metrics } from '../../kernel/base/metrics.js';
import type { StagedAudit } from '../../kernel/messaging/audit.js';
import type { SubgraphResult, SubgraphStream } from '../../kernel/base/subgraph-port.js';
import { person } from '../../../test/kit/subgraph.js';
import { TestTrail } from '../../../test/kit/trail.js';
import { until } from '../../../test/kit/until.js';
import { Relay } from '../../../workers/relay/relay.js';
import { NOTE_MAX } from './security-event.inputs.js';

const FEED = `subscription ($after: String) { securityEventAdded(after: $after) {
  __typename cursor ... on SecurityEventAdded { securityEvent { id rule count state } } ... on SecurityEventFeedGap { reason } } }`;
const ACKNOWLEDGE = `mutation ($input: SecurityEventAcknowledgeInput!) { securityEventAcknowledge(input: $input) {
  securityEvent { id state acknowledgedBy { id } acknowledgedAt note } userErrors { __typename code field } } }`;

type News = { __typename: string; cursor: string; securityEvent?: { id: string; rule: string; count: number; state: string }; reason?: string };
interface Acknowledged {
  securityEvent: { id: string; state: string; acknowledgedBy: { id: string } | null; acknowledgedAt: string | null; note: string | null } | null;
  userErrors: { code: string }[];
}

let trail: TestTrail;
let relay: Relay;
let tenant: string;
let admin: Actor;
beforeAll(async () => {
  trail = await TestTrail.boot();
  relay = new Relay({
    schema: 'compliance', url: trail.subject.database.urls.system, triggers: [], queue: { enqueue: async () => { throw new Error('no job'); } },
    bus: trail.subject.bus, logger: silentLogger, metrics: new Metrics(), crash: noCrash,
  });
});
beforeEach(() => {
  tenant = newId();
  admin = person(tenant, ['audit:read', 'audit:manage']);
});
afterAll(async () => {
  await relay?.stop();
  await trail?.close();
});

const RIGHTS = { action: 'role.grant', after: { privileges: ['user:manage'] } } as const;
/** An event of one audit event. */
async function event(where: string | null = tenant, about = newId()): Promise<string> {
  await trail.happen(where, [{ ...RIGHTS, resource: { type: 'User', id: about } }]);
  const from = where === null ? 'platform_security_event' : 'security_event';
  const [row] = await trail.rows<{ id: string }>(`select id from compliance.${from} where subject_id = $1 order by id desc limit 1`, [encodeId('user', about)]);
  return encodeId('sev', row?.id ?? '');
}
const acknowledge = (input: Record<string, unknown>, actor: Actor = admin): Promise<SubgraphResult> => trail.subject.ask(ACKNOWLEDGE, { input }, actor);
const payloadOf = (result: SubgraphResult): Acknowledged => {
  expect(result.errors).toBeUndefined();
  return result.data?.['securityEventAcknowledge'] as Acknowledged;
};
const lastAudit = async (action: string): Promise<Partial<StagedAudit> | undefined> => {
  await trail.collect();
  return (await trail.rows<Partial<StagedAudit>>(`select outcome, reason, actor_id, resource_id, before, after from (
    select id, action, outcome, reason, actor_id, resource_id, before, after from compliance.audit_event union all
    select id, action, outcome, reason, actor_id, resource_id, before, after from compliance.platform_audit_event) e where action = $1 order by id desc limit 1`, [action]))[0];
};

const isStream = (answer: SubgraphStream | SubgraphResult): answer is SubgraphStream => Symbol.asyncIterator in answer;
async function follow(actor: Actor, after?: string): Promise<SubgraphStream> {
  const answer = await trail.subject.subscribe(FEED, { after }, actor);
  if (!isStream(answer)) throw new Error(`Refused: ${JSON.stringify(answer)}`);
  return answer;
}
async function next(stream: SubgraphStream): Promise<News> {
  const { value } = await stream.next() as { value: SubgraphResult };
  expect(value.errors).toBeUndefined();
  return (value.data as { securityEventAdded: News }).securityEventAdded;
}

describe('securityEventAcknowledge', () => {
  it('says who looked, when and what they found; repeated it changes nothing; what follows is a new event', async () => {
    const about = newId();
    const id = await event(tenant, about);
    const { securityEvent, userErrors } = payloadOf(await acknowledge({ id, note: ' That was me.\nPlanned. ' }));
    const me = encodeId('user', admin.sub ?? '');
    expect([securityEvent, userErrors]).toEqual([{ id, state: 'ACKNOWLEDGED', acknowledgedBy: { id: me }, acknowledgedAt: expect.any(String), note: 'That was me.\nPlanned.' }, []]);
    expect(await lastAudit('security_event.acknowledge')).toMatchObject({
      outcome: 'SUCCESS', actor_id: me, resource_id: id, before: { state: 'OPEN' }, after: { state: 'ACKNOWLEDGED', note: true } });
    const colleague = person(tenant, ['audit:read', 'audit:manage']);
    const repeated = await Promise.all([acknowledge({ id, note: 'No, me.' }, colleague), acknowledge({ id }, colleague)]);
    for (const result of repeated) expect(payloadOf(result)).toEqual({ securityEvent, userErrors: [] });
    expect(await lastAudit('security_event.acknowledge')).toMatchObject({ outcome: 'SUCCESS', before: null, after: { repeated: true } });
    expect(await event(tenant, about)).not.toBe(id);
  });

  it('lets one of two at once be first', async () => {
    const id = await event();
    const colleague = person(tenant, ['audit:manage', 'audit:read']);
    const answers = (await Promise.all([acknowledge({ id, note: 'a' }), acknowledge({ id, note: 'b' }, colleague)])).map(payloadOf);
    expect(answers[0]).toEqual(answers[1]);
    expect(['a', 'b']).toContain(answers[0]?.securityEvent?.note);
  });

  it.each<[string, () => Promise<string>]>([
    ['another tenant', () => event(newId())], ['the platform', () => event(null)], ['nobody', async () => encodeId('sev', newId())],
  ])('does not find what belongs to %s, and changes nothing', async (_, foreign) => {
    const id = await foreign();
    expect(payloadOf(await acknowledge({ id }))).toEqual({ securityEvent: null, userErrors: [{ __typename: 'SecurityEventNotFound', code: 'NOT_FOUND', field: ['input', 'id'] }] });
    const open = await trail.rows(`select 1 from compliance.security_event where state <> 'OPEN' and tenant_id = $1 union all
      select 1 from compliance.platform_security_event where state <> 'OPEN'`, [tenant]);
    expect(open).toEqual([]);
    expect(await lastAudit('security_event.acknowledge')).toMatchObject({ outcome: 'FAILURE', reason: 'NOT_FOUND' });
    // The control: one's own is found by the same document.
    expect(payloadOf(await acknowledge({ id: await event() })).securityEvent?.state).toBe('ACKNOWLEDGED');
  });

  it.each<[string, unknown]>([['too long', 'x'.repeat(NOTE_MAX + 1)], ['a NUL', 'a\0'], ['half a character', 'a\ud800']])('refuses a note with %s', async (_, note) => {
    const id = await event();
    expect(payloadOf(await acknowledge({ id, note }))).toEqual({ securityEvent: null, userErrors: [{ __typename: 'InputInvalid', code: 'BAD_USER_INPUT', field: ['input', 'note'] }] });
    expect(await trail.rows(`select state from compliance.security_event where tenant_id = $1`, [tenant])).toEqual([{ state: 'OPEN' }]);
  });

  it('refuses what is no id, and who lacks the right or is no person', async () => {
    const id = await event();
    expect(await acknowledge({ id: encodeId('msg', newId()) })).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT', field: ['input', 'id'] } }] });
    const key: Actor = { ...admin, kind: 'api_key', sub: null, session: null, apiKey: newId() };
    for (const actor of [person(tenant, ['audit:read']), key]) expect(await acknowledge({ id }, actor)).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] });
    expect(await trail.rows(`select state from compliance.security_event where tenant_id = $1`, [tenant])).toEqual([{ state: 'OPEN' }]);
  });

  it('of the platform is for its administrators', async () => {
    const id = await event(null);
    const root: Actor = { ...person(newId(), ['audit:manage', 'system:admin']), tenant: null };
    expect(await acknowledge({ id }, { ...root, permissions: ['audit:manage'] })).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN', permission: 'system:admin' } }] });
    expect(payloadOf(await acknowledge({ id }, root)).securityEvent).toMatchObject({ id, state: 'ACKNOWLEDGED' });
  });

  it('cannot rewrite what happened: requests hold no right on it', async () => {
    const id = await event();
    const asRequest = (statement: string): Promise<unknown> => trail.subject.running.database.inScope({ tenant, user: null }, (tx) => tx.getConnection().execute(statement, [], 'run', tx.getTransactionContext()));
    await expect(asRequest(`update compliance.security_event set severity = 'INFO'`)).rejects.toThrow('permission denied');
    await expect(asRequest('delete from compliance.security_event')).rejects.toThrow('permission denied');
    await expect(asRequest('select 1 from compliance.security_sign')).rejects.toThrow('permission denied');
    expect(payloadOf(await acknowledge({ id })).securityEvent?.id).toBe(id);
  });
});

describe('node(id)', () => {
  it('finds an event for who may read it, records that, and nobody else\'s', async () => {
    const ask = (id: string, actor: Actor) => trail.subject.ask('query ($r: [_Any!]!) { _entities(representations: $r) { ... on SecurityEvent { id rule } } }', {
      r: [{ __typename: 'SecurityEvent', nodeKey: id }] }, actor);
    const [id, foreign, ofPlatform] = [await event(), await event(newId()), await event(null)];
    expect((await ask(id, admin)).data).toEqual({ _entities: [{ id, rule: 'PRIVILEGE_GRANTED' }] });
    expect(await lastAudit('security_event.read')).toMatchObject({ resource_id: id, actor_id: encodeId('user', admin.sub ?? '') });
    for (const hidden of [foreign, ofPlatform]) expect((await ask(hidden, admin)).data).toEqual({ _entities: [null] });
    const root: Actor = { ...person(newId(), ['audit:read', 'system:admin']), tenant: null };
    expect((await ask(ofPlatform, root)).data).toMatchObject({ _entities: [{ id: ofPlatform }] });
    expect((await ask(id, root)).data).toEqual({ _entities: [null] });
    for (const actor of [person(tenant, []), { ...root, permissions: ['audit:read'] }]) {
      expect((await ask(id, actor)).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    }
  });
});

describe('securityEventAdded', () => {
  it('tells a tenant of its own events as they come, goes on after a cursor, and tells nobody else', async () => {
    const rival = newId();
    const [mine, theirs] = [await follow(admin), await follow(person(rival, ['audit:read']))];
    const about = newId();
    const ids = [await event(tenant, about), await event()];
    const heard = [await next(mine), await next(mine)];
    expect(heard).toMatchObject(ids.map((id) => ({ __typename: 'SecurityEventAdded', securityEvent: { id, rule: 'PRIVILEGE_GRANTED', count: 1, state: 'OPEN' } })));
    // What raises an open event is no news: the next one heard is another.
    await event(tenant, about);
    ids.push(await event());
    expect((await next(mine)).securityEvent?.id).toBe(ids[2]);
    const own = await event(rival);
    expect((await next(theirs)).securityEvent?.id).toBe(own);
    await mine.return?.();
    await theirs.return?.();

    const resumed = await follow(admin, heard[0]?.cursor);
    expect([(await next(resumed)).securityEvent?.id, (await next(resumed)).securityEvent?.id]).toEqual(ids.slice(1));
    await resumed.return?.();
    const crossed = await follow(person(rival, ['audit:read']), heard[0]?.cursor);
    expect(await next(crossed)).toMatchObject({ __typename: 'SecurityEventFeedGap', reason: 'UNKNOWN_CURSOR' });
    await crossed.return?.();
    const stale = await follow(admin, 'nonsense');
    expect(await next(stale)).toMatchObject({ __typename: 'SecurityEventFeedGap', reason: 'UNKNOWN_CURSOR' });
    await stale.return?.();
  });

  it('is for who may read the trail of a tenant; that somebody follows it is recorded, and so is a refusal', async () => {
    const stream = await follow(admin);
    await stream.return?.();
    expect(await lastAudit('security_event.follow')).toMatchObject({ outcome: 'SUCCESS', actor_id: encodeId('user', admin.sub ?? '') });
    expect(await trail.subject.subscribe(FEED, {}, person(tenant, ['conversation:read']))).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN', permission: 'audit:read' } }] });
    expect(await lastAudit('subscription.securityEventAdded')).toMatchObject({ outcome: 'DENIED' });
    const root: Actor = { ...person(newId(), ['audit:read', 'system:admin']), tenant: null };
    expect(await trail.subject.subscribe(FEED, {}, root)).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] });
    await until(async () => (await trail.rows('select 1 from compliance.outbox')).length === 0, 'the outbox is empty');
  });
});
