// Restores a tenant from its plan: files first, then schema by schema. Interrupted anywhere, the same restore goes on where it was; what is done is not done again.
import { createHash } from 'node:crypto';
import { noCrash, type CrashPoint } from '../../subgraphs/kernel/base/crash-points.js';
import { assertTarget, type TenantRestorePlan } from './restore.plan.js';
import { restoreSchema, type RestoredSchema } from './restore.schema.js';
import { contentOf, fileLines } from './snapshot.files.js';
import { tellRestored } from './tenant.audit.js';
import type { TenantRestoreCrashPoint } from './tenant.crash.js';
import type { FileLine } from './tenant.manifest.js';
import { withSystem, type TenantSchema, type TenantSources } from './tenant.source.js';

export interface RestoredTenant {
  schemas: Record<string, RestoredSchema>;
  /** Files that were written, and bytes of them. */
  files: { written: number; bytes: number };
}

export interface RestoreRun {
  progress?: (what: string) => void;
  crash?: CrashPoint<TenantRestoreCrashPoint>;
}

/** To be called within `withTenantAlone`. @throws BackupError DamagedObject */
export async function restoreTenant(sources: TenantSources, plan: TenantRestorePlan, { progress = () => undefined, crash = noCrash }: RestoreRun = {}): Promise<RestoredTenant> {
  const restored: RestoredTenant = { schemas: {}, files: { written: 0, bytes: 0 } };
  for await (const file of fileLines(sources.repository, plan.manifest)) {
    if (!await putFile(sources, plan, file)) continue;
    restored.files.written += 1;
    restored.files.bytes += file.bytes;
  }
  progress(`${restored.files.written} files`);
  crash('tenant-restore:files');
  const last = sources.schemas.at(-1)?.name;
  for (const schema of sources.schemas) {
    if (plan.mode !== 'NEW') await assertTarget(sources, plan.target, plan.mode);
    await withSystem(schema.systemUrl, sources.logger, async (client) => {
      restored.schemas[schema.name] = await restoreSchema(client, {
        sources, plan, schema, crash,
        last: async (within, here) => { if (schema.name === last) await tellRestored(within, told(plan, { ...restored.schemas, [schema.name]: here })); },
      });
    });
    await clearFiles(sources, plan, schema);
    crash('tenant-restore:cleared');
    progress(schema.name);
  }
  return restored;
}

/** All rows written, and all that were not. */
export function sums(schemas: Readonly<Record<string, RestoredSchema>>): { rows: number; left: number; unreadable: number } {
  const all = Object.values(schemas);
  const tables = all.flatMap(({ rows }) => Object.values(rows));
  return {
    rows: tables.reduce((sum, { written }) => sum + written, 0), left: tables.reduce((sum, { left }) => sum + left, 0), unreadable: all.reduce((sum, { unreadable }) => sum + unreadable, 0),
  };
}

function told({ id, target, mode, manifest }: TenantRestorePlan, schemas: Readonly<Record<string, RestoredSchema>>): Parameters<typeof tellRestored>[1] {
  const { rows, left } = sums(schemas);
  return { id, tenantId: target, after: { backup: manifest.id, takenAt: Object.values(manifest.moments)[0] ?? manifest.startedAt, mode, rows, left } };
}

/** A file is written once under its name: what is there with the same content stays. @returns whether it was written */
async function putFile({ files, repository }: TenantSources, { manifest, ids, mode }: TenantRestorePlan, file: FileLine): Promise<boolean> {
  if (file.sha256 === null) return false;
  const key = ids ? ids.text(file.key) : file.key;
  const found = await files.get(key);
  if (found && mode === 'MERGE') {
    found.stream.destroy();
    return false;
  }
  if (found && await hashOf(found.stream) === file.sha256) return false;
  await files.put(key, contentOf(repository, manifest.tenant, file));
  return true;
}

async function hashOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of stream) hash.update(part);
  return hash.digest('hex');
}

/** Files that came since, and whose rows have gone. */
async function clearFiles({ files, logger }: TenantSources, { id }: TenantRestorePlan, { name, systemUrl }: TenantSchema): Promise<void> {
  await withSystem(systemUrl, logger, async (client) => {
    const { rows: [row] } = await client.query<{ files: string[] }>(`select files from ${name}.tenant_restored where restore = $1`, [id]);
    for (const key of row?.files ?? []) await files.remove(key);
    await client.query(`update ${name}.tenant_restored set files = '{}' where restore = $1 and files <> '{}'`, [id]);
  });
}
