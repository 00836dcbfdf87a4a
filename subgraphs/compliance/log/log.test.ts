// The log over the subgraph's port: what is sealed can be proved, kept apart from others, erased and verified.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Actor } from '../../kernel/base/actor.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { person } from '../../../test/kit/subgraph.js';
import { LogWorld } from './log.fixture.js';
import { provenBy, provesConsistency, type Proof } from './proof.fixture.js';
import { openNote, readCheckpoint, verifierKey } from './note.js';
import { originOf } from './stream.js';

const tenant = newId();
const rival = newId();
const ann = person(tenant, ['audit:read']);
const root: Actor = { ...person(tenant, ['audit:read', 'system:admin']), tenant: null };

const CHECKPOINT = '{ auditCheckpoint { size root note signedAt } }';
const PROOF = 'query ($id: ID!) { auditProof(eventId: $id) { position entry leafHash path checkpoint { size root note } } }';
const CONSISTENCY = 'query ($from: BigInt!, $to: BigInt!) { auditConsistency(from: $from, to: $to) { from to path } }';
const VERIFY = `mutation ($input: AuditVerificationRequestInput!) { auditVerificationRequest(input: $input) {
  verification { id state checked total finding { kind } } userErrors { __typename code field } } }`;
const VERIFICATION = 'query ($id: ID!) { auditVerification(id: $id) { state checked total finishedAt finding { kind position eventId message } } }';

interface Checkpoint { size: string; root: string; note: string }
interface Verification { id: string; state: string; checked: string; total: string; finishedAt: string | null; finding: Record<string, unknown> | null }

let world: LogWorld;
let ids: string[];
const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');

async function ask<Data>(query: string, variables: Record<string, unknown> = {}, actor: Actor = ann): Promise<Data> {
  const result = await world.subgraph.ask(query, variables, actor);
  expect(result.errors).toBeUndefined();
  return result.data as Data;
}
const refusal = async (query: string, variables: Record<string, unknown>, actor: Actor = ann): Promise<unknown> => (await world.subgraph.ask(query, variables, actor)).errors?.[0]?.extensions;
const proofOf = async (id: string, actor: Actor = ann): Promise<Proof | null> => (await ask<{ auditProof: Proof | null }>(PROOF, { id: encodeId('aud', id) }, actor)).auditProof;
const checkpoint = async (actor: Actor = ann): Promise<Checkpoint | null> => (await ask<{ auditCheckpoint: Checkpoint | null }>(CHECKPOINT, {}, actor)).auditCheckpoint;
const sign = () => world.door.signCheckpoints(world.system);
const overdue = async () => await world.verifications() as [{ stream: string; verificationId: string }];

async function verification(actor: Actor, input: Record<string, unknown> = {}): Promise<Verification> {
  const { auditVerificationRequest: payload } = await ask<{ auditVerificationRequest: { verification: Verification; userErrors: unknown[] } }>(VERIFY, { input }, actor);
  expect(payload).toMatchObject({ verification: { state: 'RUNNING', checked: '0', finding: null }, userErrors: [] });
  await world.runVerifications();
  return (await ask<{ auditVerification: Verification }>(VERIFICATION, { id: payload.verification.id }, actor)).auditVerification;
}

beforeAll(async () => {
  world = await LogWorld.open();
  expect(await checkpoint()).toBeNull();
  ids = await world.seal(tenant, 130);
  await world.seal(rival, 3);
});
afterAll(() => world.close());

describe('a checkpoint', () => {
  it('covers what is sealed, is a signed note of the stream, and comes only when it has grown', async () => {
    expect(await proofOf(ids[0]!)).toBeNull();
    expect(await sign()).toMatchObject({ signed: 2, refused: [], more: false });
    expect((await sign()).signed).toBe(0);
    expect(await world.door.checkpointLag(world.system)).toBe(0);
    const { size, root: signed, note } = (await checkpoint())!;
    const [key] = await world.subgraph.running.services.logKeys.list();
    const text = openNote(note, originOf(tenant), key!.publicKey);
    expect(text).toBe(`switchboard/audit/${encodeId('tnt', tenant)}\n130\n${bytes(signed).toString('base64')}\n`);
    expect(readCheckpoint(text!)).toEqual({ origin: originOf(tenant), size: 130, root: bytes(signed) });
    expect([size, openNote(note.replace('130', '131'), originOf(tenant), key!.publicKey), openNote(note, originOf(rival), key!.publicKey)]).toEqual(['130', null, null]);
  });
});

describe('proofs', () => {
  it('of inclusion hold for somebody who knows the RFC and the note alone', async () => {
    for (const position of [0, 63, 64, 129]) {
      const proof = (await proofOf(ids[position]!))!;
      expect([proof.position, provenBy(proof)]).toEqual([String(position), true]);
      expect(provenBy({ ...proof, entry: proof.entry.replace('order', 'Order') })).toBe(false);
      expect(JSON.parse(proof.entry)).toMatchObject({ v: 1, id: encodeId('aud', ids[position]!), tenant: encodeId('tnt', tenant), action: 'order.record' });
    }
    const [first, second] = [(await proofOf(ids[0]!))!, (await proofOf(ids[1]!))!].map(({ entry, leafHash }) => ({ ...(JSON.parse(entry) as { previous: string | null }), leafHash }));
    expect([first!.previous, second!.previous]).toEqual([null, first!.leafHash]);
  });

  it('of consistency hold between every two sizes that were signed', async () => {
    const before = (await checkpoint())!;
    await world.seal(tenant, 70);
    await sign();
    const after = (await checkpoint())!;
    const { auditConsistency } = await ask<{ auditConsistency: { from: string; to: string; path: string[] } }>(CONSISTENCY, { from: before.size, to: after.size });
    expect(provesConsistency(Number(before.size), Number(after.size), bytes(before.root), bytes(after.root), auditConsistency.path.map(bytes))).toBe(true);
    expect(await ask(CONSISTENCY, { from: after.size, to: after.size })).toEqual({ auditConsistency: { from: after.size, to: after.size, path: [] } });
  });

  it.each<[string, string, Record<string, unknown>, string[]]>([
    ['an id of something else', PROOF, { id: 'user_01h455vb4pex5vsknk084sn02q' }, ['eventId']],
    ['no size', CONSISTENCY, { from: '0', to: '1' }, ['from']],
    ['sizes the wrong way round', CONSISTENCY, { from: '2', to: '1' }, ['to']],
    ['more than there is', CONSISTENCY, { from: '1', to: '9223372036854775807' }, ['to']],
    ['an id of no verification', VERIFICATION, { id: 'x' }, ['id']],
  ])('refuse %s', async (_what, query, variables, field) => {
    expect(await refusal(query, variables)).toEqual({ code: 'BAD_USER_INPUT', field });
  });

  it('of another tenant, of the platform, or of nothing do not exist', async () => {
    const [other] = await world.seal(rival, 1);
    const [own] = await world.seal(null, 1);
    await sign();
    expect([await proofOf(other!), await proofOf(own!), await proofOf(newId())]).toEqual([null, null, null]);
    expect([provenBy((await proofOf(other!, person(rival, ['audit:read'])))!), provenBy((await proofOf(own!, root))!)]).toEqual([true, true]);
    expect((await checkpoint(root))?.note).toMatch(/^switchboard\/audit\/platform\n/);
    expect(await proofOf(other!, root)).toBeNull();
  });

  it.each([CHECKPOINT, '{ auditProof(eventId: "aud_01k4z7r000e008000000000001") { entry } }', '{ auditConsistency(from: "1", to: "1") { path } }', '{ auditVerification(id: "avf_01k4z7r000e008000000000001") { state } }'])(
    'need audit:read, and of the platform system:admin: %s', async (query) => {
      expect(await refusal(query, {}, person(tenant, []))).toEqual({ code: 'FORBIDDEN', permission: 'audit:read' });
      expect(await refusal(query, {}, { ...root, permissions: ['audit:read'] })).toEqual({ code: 'FORBIDDEN', permission: 'system:admin' });
    });

  it('are reads of the log, and recorded', async () => {
    await world.collect();
    await proofOf(ids[0]!);
    const staged = await world.rows<{ event: unknown }>('select event from compliance.audit_staging where tenant_id = $1', [tenant]);
    expect(staged).toEqual([{ event: expect.objectContaining({ action: 'audit.prove', type: 'DATA_READ', resource: { type: 'AuditEvent', id: encodeId('aud', ids[0]!) } }) }]);
    await world.collect();
  });
});

describe('erasing', () => {
  it('takes the personal data and leaves every proof', async () => {
    const id = ids[7]!;
    const before = (await proofOf(id))!;
    const erase = (pool = world.system) => pool.query<{ done: boolean }>('select compliance.erase_audit_details($1, $2) as done', [tenant, id]);
    expect((await erase()).rows).toEqual([{ done: true }]);
    expect((await erase()).rows).toEqual([{ done: false }]);
    expect((await world.system.query<{ done: boolean }>('select compliance.erase_audit_details($1, $2) as done', [rival, id])).rows).toEqual([{ done: false }]);
    await world.collect();
    expect(await world.rows(`select type, resource_id, before, actor_kind from compliance.audit_event where tenant_id = $1 and action = 'audit.erase'`, [tenant]))
      .toEqual([{ type: 'COMPLIANCE', resource_id: encodeId('aud', id), before: { position: 7 }, actor_kind: 'system' }]);
    const [row] = await world.rows<Record<string, unknown>>('select * from compliance.audit_event where id = $1', [id]);
    expect(row).toMatchObject({ salt: null, actor_id: null, resource_id: null, ip: null, user_agent: null, before: null, after: null, erased_at: expect.any(Date) });
    const [own] = await world.seal(null, 1);
    expect((await world.system.query<{ done: boolean }>('select compliance.erase_audit_details(null, $1) as done', [own])).rows).toEqual([{ done: true }]);
    await world.collect();
    expect(await world.rows(`select resource_id from compliance.platform_audit_event where action = 'audit.erase'`)).toEqual([{ resource_id: encodeId('aud', own!) }]);
    const after = (await proofOf(id))!;
    expect([after.entry, provenBy(after)]).toEqual([before.entry, true]);
    expect((await verification(ann)).state).toBe('PASSED');
    const { auditEvents } = await ask<{ auditEvents: { nodes: { position: string; erasedAt: string | null; sealedAt: string }[] } }>('{ auditEvents(first: 100, filter: { action: "order.*" }) { nodes { position erasedAt sealedAt } } }');
    expect(auditEvents.nodes.filter(({ erasedAt }) => erasedAt !== null).length).toBeLessThanOrEqual(1);
  });
});

describe('the order of the log', () => {
  it('is that of sealing, whatever the clock does, and its events find their month when it comes', async () => {
    const jumping = newId();
    const times = ['2026-11-20T10:00:00.000Z', '2019-01-01T00:00:00.000Z', '2087-06-01T00:00:00.000Z', '2026-11-20T09:59:59.000Z'];
    const sealed: string[] = [];
    for (const at of times) sealed.push(...await world.seal(jumping, 2, new Date(at)));
    await sign();
    const rows = await world.rows<{ id: string; part: string }>('select id, tableoid::regclass::text as part from compliance.audit_event where tenant_id = $1 order by position', [jumping]);
    expect(rows.map(({ id }) => id)).toEqual(sealed);
    expect(new Set(rows.slice(2, 6).map(({ part }) => part))).toEqual(new Set(['compliance.audit_event_default']));
    await world.system.query('select compliance.ensure_audit_partitions()');
    const moved = await world.rows<{ part: string }>('select tableoid::regclass::text as part from compliance.audit_event where tenant_id = $1 order by position', [jumping]);
    expect(moved.slice(2, 6).map(({ part }) => part)).toEqual([
      ...['audit_event_2019_01', 'audit_event_2019_01'].map((name) => `compliance.${name}`), 'compliance.audit_event_default', 'compliance.audit_event_default']);
    const of = person(jumping, ['audit:read']);
    for (const id of sealed) expect(provenBy((await proofOf(id, of))!)).toBe(true);
    expect((await verification(of)).state).toBe('PASSED');
  });
});

describe('retention', () => {
  it('drops old months that checkpoints cover, records it, and the proofs and the verification of the rest hold', async () => {
    const old = newId();
    await world.seal(old, 70, new Date('2020-03-05T00:00:00.000Z'));
    const [kept] = await world.seal(old, 3);
    await world.system.query('select compliance.ensure_audit_partitions()');
    const cleanup = async (): Promise<unknown[]> => (await world.system.query('select part, entries, dropped from compliance.cleanup_old_audit_logs($1) where part = $2', ['5 years', 'audit_event_2020_03'])).rows;
    // A clock far off has dated them back: they were sealed a moment ago, and stay.
    await sign();
    expect(await cleanup()).toEqual([]);
    await world.rows(`update compliance.audit_event set sealed_at = occurred_at where tenant_id = $1`, [old]);
    await world.seal(old, 1, new Date('2020-03-31T23:00:00.000Z'));
    expect(await cleanup()).toEqual([]);
    await world.rows(`update compliance.audit_event set sealed_at = occurred_at where tenant_id = $1`, [old]);
    expect(await cleanup()).toEqual([{ part: 'audit_event_2020_03', entries: '71', dropped: false }]);
    expect(await world.rows('select position from compliance.audit_event where tenant_id = $1', [old])).toHaveLength(74);
    await sign();
    expect(await cleanup()).toEqual([{ part: 'audit_event_2020_03', entries: '71', dropped: true }]);
    expect(await world.rows('select position from compliance.audit_event where tenant_id = $1', [old])).toHaveLength(3);
    const of = person(old, ['audit:read']);
    expect(provenBy((await proofOf(kept!, of))!)).toBe(true);
    // Until the log itself says what was dropped of it, nobody knows a drop from a deletion; what was staged says so within a second.
    await expect(verification(of)).rejects.toThrow('not sealed yet');
    await world.collect();
    await world.rows('update compliance.audit_verification set due_at = now() where tenant_id = $1', [old]);
    await world.runVerifications();
    expect(await verification(of)).toMatchObject({ state: 'PASSED', checked: '77', total: '77' });
    expect(await world.rows(`select before -> 'months' as months, resource_type from compliance.audit_event where tenant_id = $1 and action = 'audit.cleanup'`, [old]))
      .toEqual([{ months: ['2020-03'], resource_type: 'AuditEvent' }]);
    const dropped = await world.rows<{ before: unknown }>(`select before from compliance.platform_audit_event where action = 'audit.cleanup' order by position`);
    expect(dropped.map(({ before }) => before)).toContainEqual({ partition: 'audit_event_2020_03', entries: 71 });
    // A drop more than was recorded, and one less.
    await world.rows(`update compliance.log_dropped set dropped_at = now() - interval '1 hour', positions = positions + '{[72,73)}' where tenant_id = $1`, [old]);
    expect(await verification(of)).toMatchObject({ state: 'FAILED', finding: { kind: 'REMOVED', position: '0' } });
    await world.rows(`delete from compliance.log_dropped where tenant_id = $1`, [old]);
    expect(await verification(of)).toMatchObject({ state: 'FAILED', finding: { kind: 'REMOVED', position: '0' } });
  });
});

describe('a verification', () => {
  it('counts, ends, is recorded, and takes a checkpoint that was kept', async () => {
    const { note, size } = (await checkpoint())!;
    expect(await verification(ann, { checkpoint: note })).toMatchObject({ state: 'PASSED', checked: size, finding: null, finishedAt: expect.any(String) });
    await world.rows('update compliance.audit_event set action = $2 where id = $1', [ids[3], 'order.forge']);
    expect(await verification(ann, { checkpoint: note })).toMatchObject({ state: 'FAILED', finding: { kind: 'CHANGED', position: '3' } });
    await world.rows('update compliance.audit_event set action = $2 where id = $1', [ids[3], 'order.record']);
    const ended = await world.rows<{ event: { action: string; outcome: string; reason: string | null } }>(
      `select event from compliance.audit_staging where event ->> 'action' = 'audit.verify' order by id`);
    expect(ended.slice(-2).map(({ event }) => [event.outcome, event.reason])).toEqual([['SUCCESS', null], ['FAILURE', 'CHANGED']]);
    expect((await verification(root)).state).toBe('PASSED');
  });

  it.each<[string, (note: string) => string]>([
    ['no note', () => 'hello'], ['nothing', () => ''], ['a note that was changed', (note) => note.replace(/\n\d+\n/, '\n1\n')], ['too much', (note) => note + 'x'.repeat(4_000)],
    ['a note of another log', (note) => note.replaceAll(encodeId('tnt', tenant), encodeId('tnt', rival))]])('is not started against %s', async (_what, made) => {
    expect(await ask(VERIFY, { input: { checkpoint: made((await checkpoint())!.note) } })).toEqual({ auditVerificationRequest: {
      verification: null, userErrors: [{ __typename: 'InputInvalid', code: 'BAD_USER_INPUT', field: ['input', 'checkpoint'] }] } });
  });

  it('ends when the log cannot be read, after some tries', async () => {
    const lost = newId();
    const of = person(lost, ['audit:read']);
    await world.seal(lost, 3);
    const { auditVerificationRequest: { verification: run } } = await ask<{ auditVerificationRequest: { verification: Verification } }>(VERIFY, { input: {} }, of);
    const [payload] = await overdue();
    // What it has written down of its progress is no tree.
    await world.rows(`update compliance.audit_verification set edge = '[{"level":0,"index":0,"hashes":"00"}]', checked = 1 where tenant_id = $1`, [lost]);
    for (let attempt = 1; attempt < 8; attempt += 1) await expect(world.door.verify(payload)).rejects.toThrow('does not hold');
    expect(await world.door.verify(payload)).toBe(true);
    expect(await ask(VERIFICATION, { id: run.id }, of)).toMatchObject({ auditVerification: { state: 'FAILED', finding: { kind: 'UNREADABLE', position: '1' } } });
    await world.collect();
    expect(await world.rows(`select severity, reason from compliance.audit_event where tenant_id = $1 and action = 'audit.verify'`, [lost])).toEqual([{ severity: 'CRITICAL', reason: 'UNREADABLE' }]);
  });

  it('names what was changed as superuser', async () => {
    await world.rows(`update compliance.audit_event set action = 'order.forge' where id = $1`, [ids[9]]);
    expect(await verification(ann)).toMatchObject({ state: 'FAILED', finding: { kind: 'CHANGED', position: '9', eventId: encodeId('aud', ids[9]!) } });
    await world.rows(`update compliance.audit_event set action = 'order.record' where id = $1`, [ids[9]]);
    expect((await verification(ann)).state).toBe('PASSED');
  });

  it('runs once at a time for a stream, and goes on where it was left', async () => {
    const big = newId();
    const of = person(big, ['audit:read']);
    await world.seal(big, 2_300);
    const asked = await Promise.all([1, 2, 3].map(() => ask<{ auditVerificationRequest: { verification: { id: string } | null; userErrors: unknown[] } }>(VERIFY, { input: {} }, of)));
    const [run] = asked.flatMap(({ auditVerificationRequest: { verification: one } }) => (one ? [one] : []));
    expect(asked.flatMap(({ auditVerificationRequest: { userErrors } }) => userErrors)).toEqual(Array.from({ length: 2 }, () => ({ __typename: 'AuditVerificationRunning', code: 'WRONG_STATE', field: null })));
    const [payload] = await overdue();
    expect(payload.stream).toBe(big);
    // It breaks off after its first batch; what it has checked by then it does not look at again.
    await world.rows(`create function compliance.away() returns trigger language plpgsql as $$ begin raise exception 'away'; end $$`);
    await world.rows('create trigger away before update on compliance.audit_verification for each row when (old.checked > 0) execute function compliance.away()');
    await expect(world.door.verify(payload)).rejects.toThrow('away');
    await world.rows('drop trigger away on compliance.audit_verification');
    await world.rows(`update compliance.audit_event set action = 'order.forge' where tenant_id = $1 and position = 5`, [big]);
    // Nobody takes it up before it is overdue. Then several jobs at once move it on together, each batch once.
    expect(await overdue()).toEqual([]);
    const ended = await Promise.all([1, 2, 3].map(() => world.door.verify(payload)));
    expect(ended.filter(Boolean)).toHaveLength(1);
    expect(await ask(VERIFICATION, { id: run!.id }, of)).toMatchObject({ auditVerification: { state: 'PASSED', checked: '2300', total: '2300' } });
    expect(await verification(of)).toMatchObject({ state: 'FAILED', finding: { kind: 'CHANGED', position: '5' } });
    expect((await ask<{ auditVerification: unknown }>(VERIFICATION, { id: run!.id })).auditVerification).toBeNull();
  });
});

describe('keys', () => {
  it('are endorsed by the one before when they change, and old notes stay valid', async () => {
    const { logKeys } = world.subgraph.running.services;
    await logKeys.rotate();
    await world.seal(tenant, 1);
    await sign();
    const document = await world.subgraph.running.routes.port.handle('auditKeys', {} as never);
    const { keys } = JSON.parse(String(document.body)) as { keys: { id: string; publicKey: string; endorsement: string | null; endorsedBy: string | null }[] };
    expect(keys).toHaveLength(2);
    const [first, second] = keys.map((key) => ({ ...key, bytes: Buffer.from(key.publicKey, 'base64') }));
    expect([first!.endorsement, second!.endorsedBy]).toEqual([null, first!.id]);
    expect(openNote(second!.endorsement!, 'switchboard/audit-keys', first!.bytes)?.split('\n')[1]).toBe(Buffer.concat([Buffer.of(1), second!.bytes]).toString('base64'));
    const { note } = (await checkpoint())!;
    expect([openNote(note, originOf(tenant), first!.bytes), openNote(note, originOf(tenant), second!.bytes) === null]).toEqual([null, false]);
    expect((await verification(ann)).state).toBe('PASSED');
    expect(JSON.stringify(await world.rows('select private_key::text as sealed from compliance.log_key'))).not.toContain('"d"');
    const name = 'example.com/log';
    expect(verifierKey(name, first!.bytes)).toMatch(new RegExp(`^${name}\\+[0-9a-f]{8}\\+A[Q-Za-f]`));
    expect(verifierKey(name, first!.bytes).split('+')[1]).toBe(createHash('sha256').update(`${name}\n`).update(Buffer.of(1)).update(first!.bytes).digest('hex').slice(0, 8));
  });
});
