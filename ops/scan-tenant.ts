// What is left of a tenant, table by table, in every schema: `npm run doctor -- scan-tenant tnt_…`. After its erasure: nothing but the audit log.
import { Pool } from 'pg';
import { ConfigError, type Config } from '../subgraphs/kernel/base/config.js';
import { decodeId, isUuid } from '../subgraphs/kernel/base/ids.js';
import { PASSED_ON, countTenantRows } from '../subgraphs/kernel/data/tenant-rows.js';
import { definitions } from './composition.js';
import { placesOf } from './places.js';
import { embeddedUrl } from './postgres/embedded.url.js';

export interface ScannedTable {
  /** `schema.table` */
  table: string;
  rows: number;
  /** Why its rows stay; null: they must go. */
  kept: string | null;
  /** What is in it is passed on by relay or collector and goes by itself. */
  onItsWay: boolean;
}

/** Every table with a tenant. @param adminUrl of subgraphs without a database of their own */
export async function scanTenant(config: Config, adminUrl: string | undefined, tenantId: string): Promise<ScannedTable[]> {
  const places = placesOf(config, adminUrl);
  const scanned: ScannedTable[] = [];
  for (const { name, erasure } of definitions) {
    const system = new Pool({ connectionString: places.system(name), max: 1, application_name: 'switchboard:doctor' });
    try {
      const counts = await countTenantRows(system, name, tenantId);
      scanned.push(...Object.entries(counts).map(([table, rows]) => ({ table: `${name}.${table}`, rows, kept: erasure?.kept[table] ?? null, onItsWay: PASSED_ON.includes(table) })));
    } finally {
      await system.end();
    }
  }
  return scanned;
}

/** @returns lines to show, and whether something is left that must not be. @throws ConfigError for what is no tenant's id */
export async function scanTenantCommand(config: Config, id: string | undefined): Promise<{ lines: string[]; clean: boolean }> {
  const tenantId = id !== undefined && isUuid(id) ? id : decodeId('tnt', id ?? '');
  if (tenantId === null) throw new ConfigError('Usage: npm run doctor -- scan-tenant <tnt_…>');
  const scanned = await scanTenant(config, config.databaseUrl ?? await embeddedUrl(config.dataDir) ?? undefined, tenantId);
  const found = scanned.filter(({ rows }) => rows > 0);
  const left = found.filter(({ kept, onItsWay }) => kept === null && !onItsWay);
  const passing = found.filter(({ onItsWay }) => onItsWay);
  return {
    lines: [
      ...found.map(({ table, rows, kept, onItsWay }) => `${onItsWay ? 'PASSING' : kept === null ? 'LEFT' : 'KEPT'}  ${table}: ${rows}${kept === null ? '' : ` (${kept})`}`),
      ...(passing.length > 0 ? ['PASSING is what the workers hand on within seconds: where it stays, they do not run.'] : []),
      `${scanned.length} tables looked at, ${left.length} with rows that an erasure deletes.`,
    ],
    clean: left.length === 0,
  };
}
