// Signing, handing on and upkeep: what is not signed, what a sink misses, what may go, and that one log's damage is no other one's delay.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { silentLogger } from '../../kernel/base/logger.js';
import { newId } from '../../kernel/base/ids.js';
import { pushCheckpoints, signCheckpoints } from './checkpoint.js';
import { LogWorld } from './log.fixture.js';
import { PLATFORM_STREAM, originOf } from './stream.js';
import { askOf } from './proof.js';
import { logUpkeep } from './upkeep.js';
import { LogFacts } from './verify.facts.js';

let world: LogWorld;
const sign = () => world.door.signCheckpoints(world.system);

beforeAll(async () => {
  world = await LogWorld.open();
  // The first key is made when it first signs, which the platform's log tells.
  await world.subgraph.running.services.logKeys.signer();
  await world.collect();
  await sign();
});
afterAll(() => world.close());

describe('a checkpoint', () => {
  it('is refused for a log that does not continue the one before', async () => {
    const stranger = newId();
    await world.seal(stranger, 2);
    await sign();
    const [before] = await world.rows<{ hashes: Buffer }>('select hashes from compliance.log_tile where tenant_id = $1', [stranger]);
    await world.rows(`update compliance.log_tile set hashes = overlay(hashes placing '\\x00' from 1 for 1) where tenant_id = $1`, [stranger]);
    await world.seal(stranger, 1);
    expect(await sign()).toMatchObject({ signed: 0, refused: [{ origin: originOf(stranger), reason: 'its first 2 entries are not those that were signed' }] });
    expect(await world.door.checkpointLag(world.system)).toBeGreaterThan(0);
    await world.rows('update compliance.log_tile set hashes = overlay(hashes placing $2 from 1 for 64) where tenant_id = $1', [stranger, before!.hashes]);
    expect((await sign()).signed).toBe(1);
  });

  it('is refused for a log that was cut below it, and refused logs at the front are no other one\'s delay', async () => {
    const { logKeys } = world.subgraph.running.services;
    const cut = [newId(), newId(), newId()];
    for (const stream of cut) await world.seal(stream, 3);
    await sign();
    await world.rows('update compliance.log_stream set size = 2 where tenant_id = any ($1)', [cut]);
    const late = newId();
    await world.seal(late, 1);
    const round = await signCheckpoints(world.system, logKeys, 1);
    expect([round.signed, round.refused.map(({ reason }) => reason)]).toEqual([1, cut.map(() => 'it has 2 entries and was signed with 3')]);
    expect(await world.rows('select size::int from compliance.log_checkpoint where tenant_id = $1', [late])).toEqual([{ size: 1 }]);
    await world.rows('update compliance.log_stream set size = 3 where tenant_id = any ($1)', [cut]);
    expect(await sign()).toEqual({ signed: 0, refused: [], more: false });
  });

  it('is as late as the oldest entry without one, however busy the log', async () => {
    const busy = newId();
    await world.seal(busy, 1);
    await world.rows(`update compliance.log_stream set unsigned_since = unsigned_since - interval '1 hour' where tenant_id = $1`, [busy]);
    await world.seal(busy, 1);
    expect(await world.door.checkpointLag(world.system)).toBeGreaterThan(3_600);
    await sign();
    await world.seal(busy, 1);
    expect(await world.door.checkpointLag(world.system)).toBeLessThan(3_600);
    await sign();
  });

  it('that a sink refuses holds up the later ones of its log alone, and those of a log come in order', async () => {
    const [refused, other] = [newId(), newId()];
    for (let count = 1; count <= 3; count += 1) {
      for (const stream of [refused, other]) await world.seal(stream, 1);
      await sign();
    }
    // A clock that went back between two checkpoints.
    await world.rows(`update compliance.log_checkpoint set signed_at = signed_at - interval '1 hour' where tenant_id = $1 and size = 3`, [other]);
    const taken: string[] = [];
    const push = (accepts: (note: string) => boolean) => pushCheckpoints(world.system, 'archive', (note) => {
      const [origin, size] = note.split('\n') as [string, string];
      if (!accepts(origin)) return Promise.reject(new Error('full'));
      if ([refused, other].some((one) => originOf(one) === origin)) taken.push(`${origin === originOf(other) ? 'other' : 'refused'} ${size}`);
      return Promise.resolve();
    }, 3);
    const all = async (accepts: (origin: string) => boolean): Promise<void> => {
      for (;;) if (!(await push(accepts)).more) return;
    };
    const most = (await world.rows('select from compliance.log_checkpoint')).length;
    for (let round = 0; round < most; round += 1) await all((origin) => origin !== originOf(refused)).catch((error: Error) => { expect(error.message).toContain(`The checkpoint of ${originOf(refused)} was not taken: full`); });
    expect(taken).toEqual(['other 1', 'other 2', 'other 3']);
    await all(() => true);
    expect(taken.slice(3)).toEqual(['refused 1', 'refused 2', 'refused 3']);
  });

  it('goes to each sink at least once, and a sink that fails gets what it missed', async () => {
    const taken: string[] = [];
    const push = (sink: string, failAt: number) => world.door.pushCheckpoints(world.system, sink, async (note) => {
      if (taken.length === failAt) throw new Error('full');
      taken.push(note);
    });
    await expect(push('file', 1)).rejects.toThrow('full');
    await push('file', -1);
    const notes = (await world.rows<{ note: string }>('select note from compliance.log_checkpoint order by signed_at, size')).map(({ note }) => note);
    expect(taken.toSorted()).toEqual(notes.toSorted());
    expect(await push('file', -1)).toEqual({ pushed: 0, more: false });
    expect((await push('webhook', -1)).pushed).toBe(notes.length);
  });
});

describe('keys', () => {
  it('are one chain, also when several change them at once', async () => {
    const { logKeys } = world.subgraph.running.services;
    await Promise.all([logKeys.rotate(), logKeys.rotate(), logKeys.rotate()]);
    const keys = await logKeys.list();
    expect(keys).toHaveLength(4);
    expect(new Set(keys.map(({ endorsedBy }) => endorsedBy)).size).toBe(4);
    expect(await world.rows('select from compliance.log_stream where tenant_id = $1', [PLATFORM_STREAM])).toHaveLength(1);
  });
});

describe('upkeep', () => {
  it('keeps twelve months at least, and only the system role may do it', async () => {
    await expect(world.system.query(`select compliance.cleanup_old_audit_logs('11 months')`)).rejects.toMatchObject({ code: '22023' });
    for (const call of [`cleanup_old_audit_logs('5 years')`, `erase_audit_details(null, '${newId()}')`, 'ensure_audit_partitions()']) {
      await expect(world.subgraph.running.database.pool.query(`select compliance.${call}`)).rejects.toMatchObject({ code: '42501' });
    }
  });

  it('records in the log of the platform too what it has dropped of it, and nobody erases that', async () => {
    await world.seal(null, 2, new Date('2020-05-05T00:00:00.000Z'));
    await world.system.query('select compliance.ensure_audit_partitions()');
    await world.rows(`update compliance.platform_audit_event set sealed_at = occurred_at where occurred_at < '2021-01-01'`);
    await sign();
    const cleanup = async (): Promise<unknown[]> => (await world.system.query(`select part, dropped from compliance.cleanup_old_audit_logs('5 years')`)).rows;
    expect([await cleanup(), await cleanup()]).toEqual([[{ part: 'platform_audit_event_2020_05', dropped: true }], []]);
    const facts = (): LogFacts => new LogFacts(PLATFORM_STREAM, [], askOf(world.admin as never));
    await expect(facts().retentionRecorded()).rejects.toThrow('not sealed yet');
    await world.collect();
    expect(await facts().retentionRecorded()).toBe(true);
    const [entry] = await world.rows<{ id: string }>(`select id from compliance.platform_audit_event where before ? 'dropped'`);
    expect((await world.system.query('select compliance.erase_audit_details(null, $1) as done', [entry!.id])).rows).toEqual([{ done: false }]);
  });

  it('pauses when it fails, rather than scan and lock again in the next round', async () => {
    const tidy = logUpkeep({ config: { ...world.subgraph.running.services.deps.config, auditRetentionMonths: 11 }, logger: silentLogger });
    await expect(tidy(world.system)).rejects.toMatchObject({ code: '22023' });
    await tidy(world.system);
  });
});
