// Whether a backup of one tenant is what was stored, down to the last byte: every object opens, every table has its rows, every file its pieces.
import { BackupError } from '../backups/backup.error.js';
import type { Repository } from '../backups/repository.js';
import { DamagedObject } from '../backups/sealed.object.js';
import { readPack } from './line.packs.js';
import { checkFile } from './snapshot.files.js';
import { KEYS } from './snapshot.rows.js';
import { FILES, type FileLine, type TenantManifest } from './tenant.manifest.js';

export interface TenantVerifyOptions {
  /** Hears each row on the way, so that nobody need read everything twice. */
  row?: (schema: string, table: string, line: string) => void;
  progress?: (part: number) => void;
}

/** @returns what is wrong, a sentence each; none: it can be restored */
export async function verifySnapshot(repository: Repository, { id, tenant, packs, rows, files }: TenantManifest, { row = () => undefined, progress = () => undefined }: TenantVerifyOptions = {}): Promise<string[]> {
  const findings: string[] = [];
  const counted = new Map<string, number>();
  const checked = new Set<string>();
  let listed = 0;
  const found = async (work: () => Promise<void>): Promise<void> => work().catch((error: unknown) => {
    if (!(error instanceof DamagedObject || error instanceof BackupError)) throw error;
    findings.push(error.message);
  });
  for (const [number, pack] of packs.entries()) {
    await found(async () => {
      for (const { table, line } of await readPack(repository, tenant, pack)) {
        if (pack.of === FILES) {
          listed += 1;
          await found(() => checkFile(repository, JSON.parse(line) as FileLine, checked));
          continue;
        }
        if (table === KEYS) continue;
        counted.set(`${pack.of}.${table}`, (counted.get(`${pack.of}.${table}`) ?? 0) + 1);
        row(pack.of, table, line);
      }
    });
    progress((number + 1) / packs.length);
  }
  if (findings.length > 0) return findings;
  for (const [schema, tables] of Object.entries(rows)) {
    for (const [table, wanted] of Object.entries(tables)) {
      const is = counted.get(`${schema}.${table}`) ?? 0;
      if (is !== wanted) findings.push(`The backup ${id} holds ${is} rows of ${schema}.${table} in place of ${wanted}.`);
    }
  }
  if (listed !== files.count) findings.push(`The backup ${id} lists ${listed} files in place of ${files.count}.`);
  return findings;
}
