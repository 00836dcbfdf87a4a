// `npm run bench -- start|journey|gateway|live|mixed|auth|audit|ingest|outbound|backup|keys|list|settings|rls [--json]`: measures the product on this machine, now.
import { join } from 'node:path';
import { AUDIT_DEFAULTS, auditFailed, auditTable, benchAudit } from './audit.bench.js';
import { AUTH_DEFAULTS, authFailed, authTable, benchAuth } from './auth.bench.js';
import { GATEWAY_DEFAULTS, benchGateway, gatewayFailed, gatewayTable } from './gateway.bench.js';
import { INGEST_DEFAULTS, benchIngest, ingestFailed, ingestTable } from './ingest.bench.js';
import { BACKUP_DEFAULTS, BACKUP_SMALL, backupFailed, backupTable, benchBackup } from './backup.bench.js';
import { DEFAULTS, benchJourney, journeyTable } from './journey.bench.js';
import { KEYS_DEFAULTS, benchKeys, keysFailed, keysTable } from './keys.bench.js';
import { LIST_DEFAULTS, LIST_SMALL, benchList, listFailed, listTable } from './list.bench.js';
import { LIVE_DEFAULTS, LIVE_SMALL, benchLive, liveFailed, liveTable } from './live.bench.js';
import type { Machine } from './machine.facts.js';
import { MIXED_DEFAULTS, benchMixed, mixedFailed, mixedTable } from './mixed.bench.js';
import { OUTBOUND_DEFAULTS, benchOutbound, outboundFailed, outboundTable } from './outbound.bench.js';
import { RLS_DEFAULTS, benchRls, rlsFailed, rlsTable } from './rls.bench.js';
import { SETTINGS_DEFAULTS, benchSettings, settingsFailed, settingsTable } from './settings.bench.js';
import { benchStart, startTable } from './start.bench.js';

/** The compiled sources this program is part of. */
const code = join(import.meta.dirname, '../..');

class WrongUsage extends Error {}

/** What the command line says beside `--json`: numbers by name, and arguments for the product's node. */
interface Flags {
  number(name: string, fallback: number): number;
  nodeArgs: string[];
  /** `--small`: whether it runs, not how fast. */
  small: boolean;
}

interface Finished {
  report: { machine: Machine };
  table: string[];
  failed: boolean;
}

interface Bench {
  /** Names of numbers it takes, with what holds when they are absent, for the usage. */
  numbers: Record<string, string | number>;
  /** It takes `--small`. */
  small?: true;
  run(flags: Flags, say: (line: string) => void): Promise<Finished>;
}

const BENCHES: Record<string, Bench> = {
  start: {
    numbers: {},
    run: async (_flags, say) => {
      const report = await benchStart(code, say);
      return { report, table: startTable(report), failed: false };
    },
  },
  journey: {
    numbers: { 'per-second': DEFAULTS.perSecond, messages: DEFAULTS.messages, contacts: DEFAULTS.contacts },
    run: async ({ number, nodeArgs }, say) => {
      const report = await benchJourney(code, {
        ...DEFAULTS, perSecond: number('per-second', DEFAULTS.perSecond), messages: number('messages', DEFAULTS.messages), contacts: number('contacts', DEFAULTS.contacts), nodeArgs,
      }, say);
      return { report, table: journeyTable(report), failed: report.lost + report.twice + report.outOfOrder + report.notOk > 0 };
    },
  },
  gateway: {
    numbers: { rounds: GATEWAY_DEFAULTS.rounds },
    run: async ({ number, nodeArgs }, say) => {
      const report = await benchGateway(code, { ...GATEWAY_DEFAULTS, rounds: number('rounds', GATEWAY_DEFAULTS.rounds), nodeArgs }, say);
      return { report, table: gatewayTable(report), failed: gatewayFailed(report) };
    },
  },
  list: {
    numbers: { ...LIST_DEFAULTS }, small: true,
    run: async ({ number, small }, say) => {
      const usual = small ? LIST_SMALL : LIST_DEFAULTS;
      const report = await benchList({
        conversations: number('conversations', usual.conversations), pages: number('pages', usual.pages), inserts: number('inserts', usual.inserts),
      }, say);
      return { report, table: listTable(report), failed: listFailed(report) };
    },
  },
  live: {
    numbers: { sockets: LIVE_DEFAULTS.sockets, messages: LIVE_DEFAULTS.messages, alone: LIVE_DEFAULTS.alone, conversations: LIVE_DEFAULTS.conversations }, small: true,
    run: async ({ number, nodeArgs, small }, say) => {
      const usual = small ? LIVE_SMALL : LIVE_DEFAULTS;
      const report = await benchLive(code, {
        ...usual, sockets: number('sockets', usual.sockets), messages: number('messages', usual.messages), alone: number('alone', usual.alone),
        conversations: number('conversations', usual.conversations), nodeArgs,
      }, say);
      return { report, table: liveTable(report), failed: liveFailed(report) };
    },
  },
  mixed: {
    numbers: { 'per-second': MIXED_DEFAULTS.steps.join(','), seconds: MIXED_DEFAULTS.seconds },
    run: async ({ number, nodeArgs }, say) => {
      const perSecond = number('per-second', 0);
      const report = await benchMixed(code, {
        ...MIXED_DEFAULTS, steps: perSecond > 0 ? [perSecond] : MIXED_DEFAULTS.steps, seconds: number('seconds', MIXED_DEFAULTS.seconds), nodeArgs,
      }, say);
      return { report, table: mixedTable(report), failed: mixedFailed(report) };
    },
  },
  auth: {
    numbers: { logins: AUTH_DEFAULTS.logins, seconds: AUTH_DEFAULTS.seconds, rounds: AUTH_DEFAULTS.rounds },
    run: async ({ number, nodeArgs }, say) => {
      const report = await benchAuth(code, {
        ...AUTH_DEFAULTS, logins: number('logins', AUTH_DEFAULTS.logins), seconds: number('seconds', AUTH_DEFAULTS.seconds), rounds: number('rounds', AUTH_DEFAULTS.rounds), nodeArgs,
      }, say);
      return { report, table: authTable(report), failed: authFailed(report) };
    },
  },
  audit: {
    numbers: { entries: AUDIT_DEFAULTS.entries, proofs: AUDIT_DEFAULTS.proofs, rounds: AUDIT_DEFAULTS.rounds, 'page-entries': AUDIT_DEFAULTS.pageEntries },
    run: async ({ number }, say) => {
      const report = await benchAudit({
        ...AUDIT_DEFAULTS, entries: number('entries', AUDIT_DEFAULTS.entries), proofs: number('proofs', AUDIT_DEFAULTS.proofs), rounds: number('rounds', AUDIT_DEFAULTS.rounds),
        pageEntries: number('page-entries', AUDIT_DEFAULTS.pageEntries),
      }, say);
      return { report, table: auditTable(report), failed: auditFailed(report) };
    },
  },
  ingest: {
    numbers: {
      messages: INGEST_DEFAULTS.messages, rounds: INGEST_DEFAULTS.rounds, contacts: INGEST_DEFAULTS.contacts, batch: INGEST_DEFAULTS.batch,
      'per-second': INGEST_DEFAULTS.perSecond, seconds: INGEST_DEFAULTS.seconds,
    },
    run: async ({ number, nodeArgs }, say) => {
      const { messages, rounds, contacts, batch, perSecond, seconds } = INGEST_DEFAULTS;
      const report = await benchIngest(code, {
        messages: number('messages', messages), rounds: number('rounds', rounds), contacts: number('contacts', contacts), batch: number('batch', batch),
        perSecond: number('per-second', perSecond), seconds: number('seconds', seconds), nodeArgs,
      }, say);
      return { report, table: ingestTable(report), failed: ingestFailed(report) };
    },
  },
  outbound: {
    numbers: { messages: OUTBOUND_DEFAULTS.messages, rounds: OUTBOUND_DEFAULTS.rounds, conversations: OUTBOUND_DEFAULTS.conversations, singles: OUTBOUND_DEFAULTS.singles },
    run: async ({ number, nodeArgs }, say) => {
      const { messages, rounds, conversations, singles } = OUTBOUND_DEFAULTS;
      const report = await benchOutbound(code, {
        messages: number('messages', messages), rounds: number('rounds', rounds), conversations: number('conversations', conversations), singles: number('singles', singles), nodeArgs,
      }, say);
      return { report, table: outboundTable(report), failed: outboundFailed(report) };
    },
  },
  backup: {
    numbers: { ...BACKUP_DEFAULTS }, small: true,
    run: async ({ number, small }, say) => {
      const usual = small ? BACKUP_SMALL : BACKUP_DEFAULTS;
      const report = await benchBackup({ megabytes: number('megabytes', usual.megabytes), rounds: number('rounds', usual.rounds) }, say);
      return { report, table: backupTable(report), failed: !small && backupFailed(report) };
    },
  },
  keys: {
    numbers: { ...KEYS_DEFAULTS },
    run: async ({ number }, say) => {
      const report = await benchKeys({
        values: number('values', KEYS_DEFAULTS.values), rounds: number('rounds', KEYS_DEFAULTS.rounds), rows: number('rows', KEYS_DEFAULTS.rows),
      }, say);
      return { report, table: keysTable(report), failed: keysFailed(report) };
    },
  },
  settings: {
    numbers: { changes: SETTINGS_DEFAULTS.changes },
    run: async ({ number }, say) => {
      const report = await benchSettings(code, { changes: number('changes', SETTINGS_DEFAULTS.changes) }, say);
      return { report, table: settingsTable(report), failed: settingsFailed(report) };
    },
  },
  rls: {
    numbers: { ...RLS_DEFAULTS },
    run: async ({ number }, say) => {
      const report = await benchRls({
        rows: number('rows', RLS_DEFAULTS.rows), tenants: number('tenants', RLS_DEFAULTS.tenants), rounds: number('rounds', RLS_DEFAULTS.rounds), queries: number('queries', RLS_DEFAULTS.queries),
      }, say);
      return { report, table: rlsTable(report), failed: rlsFailed(report) };
    },
  },
};

const usage = (): string => Object.entries(BENCHES).map(([name, { numbers, small }], index) =>
  [index === 0 ? 'usage: bench' : '       bench', name, '[--json]', ...(small ? ['[--small]'] : []), ...Object.entries(numbers).map(([flag, value]) => `[--${flag}=${value}]`),
    ...(name === 'start' ? [] : ['[--node-arg=--cpu-prof]...'])].join(' ')).join('\n');

function read(name: string | undefined, given: string[]): { bench: Bench; flags: Flags; json: boolean } {
  const bench = BENCHES[name ?? ''];
  if (!bench) throw new WrongUsage(`Unknown: ${name ?? 'nothing to measure'}`);
  const pairs = given.map((flag) => /^--([\w-]+)(?:=(.+))?$/.exec(flag)?.slice(1) ?? [flag]);
  const wrong = pairs.filter(([key, value]) => !(key === 'json' && value === undefined) && !(key === 'small' && value === undefined && bench.small) && !(key === 'node-arg' && value !== undefined && name !== 'start')
    && !(key !== undefined && key in bench.numbers && value !== undefined && /^[1-9]\d{0,6}$/.test(value)));
  if (wrong.length > 0) throw new WrongUsage(`Unknown, or not a number from 1 to 9999999: ${wrong.map((pair) => pair.join('=')).join(' ')}`);
  return {
    bench, json: given.includes('--json'),
    flags: {
      small: given.includes('--small'),
      number: (key, fallback) => Number(pairs.find(([known]) => known === key)?.[1] ?? fallback),
      nodeArgs: pairs.flatMap(([key, value]) => (key === 'node-arg' && value !== undefined ? [value] : [])),
    },
  };
}

async function main([name, ...given]: string[]): Promise<void> {
  const { bench, flags, json } = read(name, given);
  // Progress goes beside the result, so that the result can be piped on.
  const { report, table, failed } = await bench.run(flags, (line) => { process.stderr.write(`${line}\n`); });
  const { cpu, cores, memoryGB, node, system, load } = report.machine;
  if (json) console.log(JSON.stringify(report, null, 2));
  else for (const line of [`${cores} cores (${cpu}), ${memoryGB} GB, ${system}, node ${node}, load ${load}`, ...table]) console.log(line);
  if (failed) process.exitCode = 1;
}

await main(process.argv.slice(2)).catch((error: unknown) => {
  const wrong = error instanceof WrongUsage;
  console.error(wrong ? `${error.message}\n${usage()}` : error);
  process.exitCode = wrong ? 2 : 1;
});
