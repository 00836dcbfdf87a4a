// Whether counters of tenants say what there is, and counting them anew where they do not.
import { Pool } from 'pg';
import { complianceQuotas } from '../subgraphs/compliance/tenant-limit/tenant-limit.js';
import { conversationQuotas } from '../subgraphs/conversations/tenant-limit/tenant-limit.js';
import { identityQuotas } from '../subgraphs/identity/tenant-limit/tenant-limit.js';
import type { Config } from '../subgraphs/kernel/base/config.js';
import { recountQuotas, wrongQuotas, type CountedQuota, type Recounted } from '../subgraphs/kernel/data/quota-recount.js';
import { tenancyQuotas } from '../subgraphs/tenancy/plan/tenant-quota.js';
import { placesOf } from './places.js';
import { embeddedUrl } from './postgres/embedded.url.js';

/** By subgraph, what it counts. */
const COUNTED: Readonly<Record<string, () => readonly CountedQuota[]>> = {
  identity: () => identityQuotas().definitions, tenancy: () => tenancyQuotas().definitions,
  conversations: () => conversationQuotas().definitions, compliance: () => complianceQuotas().definitions,
};

async function asSystem<T>(url: string, work: (system: Pool) => Promise<T>): Promise<T> {
  const system = new Pool({ connectionString: url, max: 1, application_name: 'switchboard:doctor' });
  system.on('error', () => undefined);
  try {
    return await work(system);
  } finally {
    await system.end();
  }
}

/** For the doctor's list. @throws what is wrong */
export async function examineCounters(subgraph: string, systemUrl: string): Promise<string> {
  const quotas = COUNTED[subgraph]?.();
  if (!quotas) return 'nothing is counted';
  const wrong = await asSystem(systemUrl, (system) => wrongQuotas(system, subgraph, quotas));
  if (wrong.length > 0) throw new Error(`${wrong.length} wrong (${[...new Set(wrong.map(({ name }) => name))].join(', ')}): the workers count them anew within a day, \`npm run doctor -- recount\` now`);
  return 'they say what there is';
}

export interface RecountedIn extends Recounted {
  subgraph: string;
}

/** Counts anew whatever is wrong, while everything works. @param adminUrl of subgraphs without a database of their own */
export async function recountAll(config: Config, adminUrl: string | undefined): Promise<RecountedIn[]> {
  const places = placesOf(config, adminUrl);
  const mended: RecountedIn[] = [];
  for (const [subgraph, counted] of Object.entries(COUNTED)) {
    await asSystem(places.system(subgraph), async (system) => {
      for (const tenantId of new Set((await wrongQuotas(system, subgraph, counted())).map((one) => one.tenantId))) {
        mended.push(...(await recountQuotas(system, subgraph, counted(), tenantId)).map((one) => ({ subgraph, ...one })));
      }
    });
  }
  return mended;
}

/** @returns lines to show */
export async function recountCommand(config: Config): Promise<string[]> {
  const mended = await recountAll(config, config.databaseUrl ?? await embeddedUrl(config.dataDir) ?? undefined);
  return [...mended.map(({ subgraph, tenantId, name, before, after }) => `${subgraph}  ${tenantId}  ${name}: ${before} -> ${after}`), `${mended.length} counters were wrong.`];
}
