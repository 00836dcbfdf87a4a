// What encryption costs: values sealed and opened a second, and how fast a rotation goes over a tenant's values while it does.
import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { Pool } from 'pg';
import { newId } from '../../subgraphs/kernel/base/ids.js';
import { open, seal } from '../../subgraphs/kernel/crypto/aead.js';
import { KeyRotation } from '../../subgraphs/kernel/graphql/key-rotation.js';
import type { Tx } from '../../subgraphs/kernel/data/database.js';
import { tenantScope } from '../../subgraphs/kernel/data/scope.js';
import { probe } from '../kit/probe.js';
import { bootSubgraph } from '../kit/subgraph.js';
import { familyUsage, machine, median, processUsage, round, watchOthers, type Machine } from './machine.facts.js';
import { withPostgres } from './postgres.js';

export interface KeysOptions {
  /** Sealed and opened in each round. */
  values: number;
  rounds: number;
  /** Values of the tenant whose keys are rotated. */
  rows: number;
}

export const KEYS_DEFAULTS: KeysOptions = { values: 5_000, rounds: 5, rows: 50_000 };

/** About what credentials of an inbox take. */
const VALUE = 'x'.repeat(200);
const CHUNK = 5_000;

export interface KeysReport {
  machine: Machine;
  options: KeysOptions;
  /** A second: the cipher alone; through the envelope inside one transaction, with the key in memory; and each in a transaction of its own. The median of the rounds. */
  perSecond: { cipher: Pair; envelope: Pair; transaction: Pair };
  rotation: { rowsPerSecond: number; seconds: number; cpuMicroseconds: { node: number; postgres: number }; left: number };
  othersCpuShare: number | null;
}

interface Pair { seal: Rate; open: Rate }

/** `cpu`: microseconds of node's own CPU time each, which others on the machine inflate less than time. */
interface Rate { perSecond: number; cpu: number }

export async function benchKeys(options: KeysOptions, say: (line: string) => void): Promise<KeysReport> {
  const facts = machine();
  return withPostgres(async (databasePid) => {
    const others = watchOthers([process.pid, databasePid]);
    const cpu = () => ({ node: processUsage(process.pid)?.cpuSeconds ?? Number.NaN, postgres: familyUsage(databasePid)?.cpuSeconds ?? Number.NaN });
    const measured = await measure(options, cpu, say);
    return { machine: facts, options, ...measured, othersCpuShare: others() };
  });
}

async function measure({ values, rounds, rows }: KeysOptions, cpu: () => { node: number; postgres: number }, say: (line: string) => void): Promise<Pick<KeysReport, 'perSecond' | 'rotation'>> {
  const subject = await bootSubgraph(probe);
  const system = new Pool({ connectionString: subject.database.urls.system, max: 2 });
  try {
    const { deps } = subject.running.services;
    const { database, envelope } = deps;
    const tenant = newId();
    const addressOf = (row: string) => ({ tenantId: tenant, table: 'vault', column: 'secret', row });
    const inScope = <T>(work: (tx: Tx) => Promise<T>, settings?: { readOnly: boolean }): Promise<T> => database.inScope(tenantScope(tenant), work, settings);
    const address = addressOf(newId());
    const sealed = await inScope((tx) => envelope.seal(tx, address, VALUE));
    const [key, id, text] = [randomBytes(32), randomBytes(16), Buffer.from(VALUE)];
    const box = seal(key, id, text, 'here');

    say(`sealing and opening ${values} values, ${rounds} times`);
    const fewer = Math.max(1, Math.round(values / 10));
    const perSecond = {
      cipher: {
        seal: await rate(rounds, values, async (count) => { for (let n = 0; n < count; n += 1) seal(key, id, text, 'here'); }),
        open: await rate(rounds, values, async (count) => { for (let n = 0; n < count; n += 1) open(key, box, 'here'); }),
      },
      envelope: {
        seal: await rate(rounds, values, (count) => inScope(async (tx) => { for (let n = 0; n < count; n += 1) await envelope.seal(tx, address, VALUE); })),
        open: await rate(rounds, values, (count) => inScope(async (tx) => { for (let n = 0; n < count; n += 1) await envelope.open(tx, address, sealed); })),
      },
      transaction: {
        seal: await rate(rounds, fewer, async (count) => { for (let n = 0; n < count; n += 1) await inScope((tx) => envelope.seal(tx, address, VALUE)); }),
        open: await rate(rounds, fewer, async (count) => { for (let n = 0; n < count; n += 1) await inScope((tx) => envelope.open(tx, address, sealed), { readOnly: true }); }),
      },
    };

    say(`writing ${rows} values`);
    for (let done = 0; done < rows; done += CHUNK) {
      await inScope(async (tx) => {
        const ids = Array.from({ length: Math.min(CHUNK, rows - done) }, newId);
        const boxes: Buffer[] = [];
        for (const row of ids) boxes.push(await envelope.seal(tx, addressOf(row), VALUE));
        await sql`insert into probe.vault select ${tenant}::uuid, * from unnest(${ids}::uuid[], ${boxes}::bytea[])`.execute(tx.getKysely());
      });
    }
    say('rotating their key');
    const rotation = new KeyRotation({ ...deps, sealed: probe.definition.sealed ?? [], keyDays: 90, graceMs: 0 });
    const [begun, before] = [performance.now(), cpu()];
    await rotation.run(system, { tenantId: tenant, rotationId: newId(), requested: true });
    const [seconds, after] = [(performance.now() - begun) / 1000, cpu()];
    const each = (of: 'node' | 'postgres'): number => Math.round(1e6 * (after[of] - before[of]) / rows);
    // What still names a key that is gone.
    const { rows: [found] } = await system.query<{ n: number }>(`select count(*)::int as n from probe.vault v where not exists
      (select from probe.data_key k where k.tenant_id = v.tenant_id and k.retired_at is null and decode(replace(k.id::text, '-', ''), 'hex') = substring(v.secret from 2 for 16))`);
    return {
      perSecond,
      rotation: { rowsPerSecond: Math.round(rows / seconds), seconds: round(seconds, 1), cpuMicroseconds: { node: each('node'), postgres: each('postgres') }, left: found?.n ?? -1 },
    };
  } finally {
    await system.end();
    await subject.close();
  }
}

/** The median of the rounds, after one that warms up. */
async function rate(rounds: number, count: number, work: (count: number) => Promise<void>): Promise<Rate> {
  await work(Math.ceil(count / 10));
  const [rates, costs]: [number[], number[]] = [[], []];
  for (let turn = 0; turn < rounds; turn += 1) {
    const [begun, before] = [performance.now(), process.cpuUsage()];
    await work(count);
    const { user, system } = process.cpuUsage(before);
    rates.push(1000 * count / (performance.now() - begun));
    costs.push((user + system) / count);
  }
  return { perSecond: Math.round(median(rates)), cpu: round(median(costs), 1) };
}

/** A value that no current key has sealed is lost. */
export const keysFailed = ({ rotation }: KeysReport): boolean => rotation.left !== 0;

export function keysTable({ perSecond, rotation, options, othersCpuShare }: KeysReport): string[] {
  const of = ({ perSecond: rate, cpu }: Rate): string => `${rate} a second (CPU ${cpu} us each)`;
  const line = (name: string, pair: Pair): string => `${name.padEnd(42)} sealed ${of(pair.seal)}, opened ${of(pair.open)}`;
  return [
    `values of ${VALUE.length} bytes; others used ${othersCpuShare ?? '?'} of the cores`,
    line('the cipher alone', perSecond.cipher),
    line('through the envelope, in one transaction', perSecond.envelope),
    line('through the envelope, a transaction each', perSecond.transaction),
    `rotation of ${options.rows} values: ${rotation.rowsPerSecond} a second (${rotation.seconds} s), CPU ${rotation.cpuMicroseconds.node} + ${rotation.cpuMicroseconds.postgres} us each, ${rotation.left} left behind`,
  ];
}
