// What a tenant's settings cost each call at the gateway, and how soon after the answer a change is in force.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Admission } from '../../gateway/settings/admission.js';
import { TenantSettings } from '../../gateway/settings/tenant.settings.js';
import { systemClock } from '../../subgraphs/kernel/base/clock.js';
import { newId } from '../../subgraphs/kernel/base/ids.js';
import type { SettingsInForce } from '../../subgraphs/kernel/base/settings-port.js';
import { signIn } from '../kit/client.js';
import { databaseOf, startProduct } from '../kit/product.js';
import { person } from '../kit/subgraph.js';
import { timed } from './auth.checks.js';
import { machine, summary, watchOthers, type Machine, type Summary } from './machine.facts.js';

export interface SettingsOptions {
  /** Changes whose way into force is measured. */
  changes: number;
}

export const SETTINGS_DEFAULTS: SettingsOptions = { changes: 40 };

export interface SettingsReport {
  machine: Machine;
  options: SettingsOptions;
  /** Of one call, in microseconds: of a tenant that has set nothing, and of one that has set everything. */
  nothingSet: Summary;
  everythingSet: Summary;
  /** From the answer to the change until the first call that was answered by it, in milliseconds. */
  inForceMs: Summary;
  othersCpuShare: number | null;
}

const EACH = 50;
const PROMISED_MS = 1_000;
const POLL_MS = 5;
const FREE: SettingsInForce = { ipAllow: [], ipDeny: [], origins: [], perMinute: { person: null, apiKey: null }, apiKeys: true, live: true, maintenance: null, windows: [] };
/** As much as a tenant may set. */
const FULL: SettingsInForce = {
  ...FREE, ipAllow: Array.from({ length: 200 }, (_none, index) => `10.0.${index}.0/24`), ipDeny: Array.from({ length: 200 }, (_none, index) => `10.1.${index}.0/24`),
  origins: Array.from({ length: 50 }, (_none, index) => `https://app${index}.test`), perMinute: { person: 60_000, apiKey: 60_000 },
  maintenance: { message: 'Over', until: '2026-01-01T00:00:00.000Z', permission: 'settings:update' },
};

async function costOf(settings: SettingsInForce): Promise<Summary> {
  const tenantSettings = new TenantSettings({ settings: async () => settings, knowsOrigin: async () => true, announced: async () => [], changes: async () => ({ cursor: '1', changes: [] }) });
  tenantSettings.follower.start();
  await tenantSettings.follower.poll();
  // A minute's worth is more than a batch takes: each call has somebody of its own.
  const admission = new Admission(tenantSettings, systemClock);
  const tenant = newId();
  const people = Array.from({ length: 50 }, () => ({ actor: { ...person(tenant, []), ip: '10.0.199.7' }, page: settings.origins.at(-1) ?? null }));
  try {
    return await timed(EACH, (batch) => admission.begin(people[batch % people.length] ?? people[0]!));
  } finally {
    await tenantSettings.follower.stop();
  }
}

const UPDATE = 'mutation ($input: TenantSettingsUpdateInput!) { tenantSettingsUpdate(input: $input) { settings { version } userErrors { message } } }';

const text = async (url: string, query: string, variables: unknown, token: string): Promise<string> => (await fetch(`${url}/graphql`, {
  method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` }, body: JSON.stringify({ query, variables }),
})).text();

/** Maintenance switched on and off, seen by an agent who asks all the while. */
async function inForce(code: string, { changes }: SettingsOptions): Promise<Pick<SettingsReport, 'inForceMs' | 'othersCpuShare'>> {
  const dataDir = mkdtempSync(join(tmpdir(), 'switchboard-bench-'));
  chmodSync(dataDir, 0o711);
  try {
    const product = await startProduct({ code, dataDir, nodeArgs: ['--enable-source-maps'] });
    try {
      const [owner, agent] = [await signIn(product.url, 'owner@demo.test'), await signIn(product.url, 'agent@demo.test')];
      const took: number[] = [];
      const others = watchOthers([product.pid, databaseOf(dataDir)?.pid ?? 0]);
      for (let expectedVersion = 0; expectedVersion < changes; expectedVersion += 1) {
        const on = expectedVersion % 2 === 0;
        const changed = await text(product.url, UPDATE, { input: { expectedVersion, maintenance: { on } } }, owner);
        const answered = performance.now();
        if (!changed.includes(`"version":${expectedVersion + 1}`)) throw new Error(`The change was refused: ${changed}`);
        const holds = async (): Promise<boolean> => (await text(product.url, '{ viewer { user { id } } }', {}, agent)).includes('MAINTENANCE');
        while ((await holds()) !== on) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
        took.push(performance.now() - answered);
      }
      return { inForceMs: summary(took, 1), othersCpuShare: others() };
    } finally {
      await product.stop();
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

export async function benchSettings(code: string, options: SettingsOptions, say: (line: string) => void): Promise<SettingsReport> {
  const facts = machine();
  say('holding calls to settings');
  const [nothingSet, everythingSet] = [await costOf(FREE), await costOf(FULL)];
  say('changing settings');
  return { machine: facts, options, nothingSet, everythingSet, ...await inForce(code, options) };
}

/** A change that is not in force within the promised second is a failure. */
export const settingsFailed = ({ inForceMs }: SettingsReport): boolean => inForceMs.max > PROMISED_MS;

export function settingsTable({ nothingSet, everythingSet, inForceMs, othersCpuShare }: SettingsReport): string[] {
  const line = (name: string, { n, p50, p99, max }: Summary, unit: string): string => `${name.padEnd(46)} n ${n}  p50 ${p50} ${unit}  p99 ${p99} ${unit}  max ${max} ${unit}`;
  return [
    line('call of a tenant that has set nothing', nothingSet, 'us'),
    line('call of a tenant that has set all it may', everythingSet, 'us'),
    `${line('change answered to change in force', inForceMs, 'ms')}  (promised: ${PROMISED_MS} ms)`,
    `all other programs meanwhile: ${othersCpuShare ?? 'unknown'} of a core`,
  ];
}
