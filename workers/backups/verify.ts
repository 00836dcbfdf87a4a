// The ladder of verifying: L0 every object is what was stored; L1 the log leads on without a gap, and opens; L2 a server starts from it and finds nothing broken;
// L3 it holds what was backed up, table by table. A report says the level that was reached, and what was in the way of the next.
import { join } from 'node:path';
import { Client } from 'pg';
import { BackupError } from './backup.error.js';
import { damagedFiles } from './customer.files.check.js';
import { compareFingerprint } from './fingerprint.js';
import { readIndex, readManifest, type BackupIndex, type BackupManifest } from './manifest.js';
import type { RecoveryPort } from './recovery.port.js';
import type { Repository } from './repository.js';
import { restoreFiles } from './restore.files.js';
import { SERVER } from './own.server.js';
import { line } from './restore.plan.js';
import { DamagedObject } from './sealed.object.js';
import { isDamage } from './stored.bytes.js';
import { walIndex, type WalCoverage } from './wal.coverage.js';
import { parseLsn } from './wal.position.js';
import { readPiece } from './wal.segment.js';

export type VerifyLevel = 'L0' | 'L1' | 'L2' | 'L3';
export const LEVELS: readonly VerifyLevel[] = ['L0', 'L1', 'L2', 'L3'];

export interface VerifyReport {
  id: string;
  /** Null: not even the first. */
  reached: VerifyLevel | null;
  /** What is wrong, a sentence each. */
  findings: string[];
  /** What is damaged in one of two places and whole in the other: it keeps nothing from being restored, and should be mended. */
  copies: string[];
  /** The latest moment that can be restored from it; null: none. */
  latest: Date | null;
  /** Log is missing, and there is more of it later. */
  gap: string | null;
}

export interface VerifyOptions {
  repository: Repository;
  id: string;
  wanted: VerifyLevel;
  recovery: RecoveryPort | null;
  progress?: (level: VerifyLevel, part: number) => void;
}

interface Line { timeline: number; coverage: WalCoverage }

export async function verifyBackup(options: VerifyOptions): Promise<VerifyReport> {
  // A copy that is damaged must be found while the other is whole.
  const repository = options.repository.inspecting();
  const report: VerifyReport = { id: options.id, reached: null, findings: [], copies: [], latest: null, gap: null };
  await climb({ ...options, repository }, report);
  report.copies = [...new Map([...options.repository.damagedCopies, ...repository.damagedCopies]).values()];
  return report;
}

async function climb(options: VerifyOptions, report: VerifyReport): Promise<void> {
  const { repository, id, wanted, recovery } = options;
  const reach = (level: VerifyLevel, findings: readonly string[]): boolean => {
    report.findings.push(...findings);
    if (findings.length === 0) report.reached = level;
    return findings.length === 0 && LEVELS.indexOf(level) < LEVELS.indexOf(wanted);
  };
  const manifest = await found(report, async () => await readManifest(repository, id) ?? Promise.reject(new BackupError(`There is no whole backup ${id}.`)));
  if (!manifest || !reach('L0', await objectsOf(manifest, options))) return;
  const index = await found(report, () => readIndex(repository, manifest));
  if (!index) return;
  const way = await found(report, async () => line(repository, manifest, await walIndex(repository)));
  if (!way || !reach('L1', [...await logOf(manifest, way, options, report), ...await damagedFiles(repository, manifest, (part) => options.progress?.('L1', part))])) return;
  if (!recovery) {
    report.findings.push('The higher levels need the programs of PostgreSQL, which are not here.');
    return;
  }
  await withScratch(manifest, way, index, options, recovery, async (url) => {
    if (!reach('L2', await brokenIn(url)) || !index.fingerprint) return;
    reach('L3', (await compareFingerprint(url, index.fingerprint)).map((difference) => `In place of what was backed up: ${difference}.`));
  }).catch((error: unknown) => {
    if (!isDamage(error)) throw error;
    report.findings.push(error.message);
  });
  if (report.reached === 'L2' && wanted === 'L3' && !index.fingerprint) report.findings.push(`L3 cannot be reached: no fingerprint was taken, because ${index.unproved ?? 'nobody knows why'}.`);
}

/** What is damaged or cannot be is a finding; anything else is ours. */
async function found<T>(report: VerifyReport, read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (!isDamage(error)) throw error;
    report.findings.push(error.message);
    return null;
  }
}

/** Each object is looked at, also when one before it is damaged: an operator wants to know of all. */
async function objectsOf({ packs, index, customerFiles }: BackupManifest, { repository, progress }: VerifyOptions): Promise<string[]> {
  const findings: string[] = [];
  const objects = [index, ...packs, ...customerFiles?.index ?? []];
  // Damaged it would let nothing more be kept here.
  await repository.getSigned(SERVER).catch((error: unknown) => {
    if (!isDamage(error)) throw error;
    findings.push(error.message);
  });
  for (const [number, object] of objects.entries()) {
    await repository.check(object).catch((error: unknown) => {
      if (!(error instanceof DamagedObject)) throw error;
      findings.push(error.message);
    });
    progress?.('L0', (number + 1) / objects.length);
  }
  return findings;
}

async function logOf(manifest: BackupManifest, { coverage }: Line, { repository, progress }: VerifyOptions, report: VerifyReport): Promise<string[]> {
  const findings: string[] = [];
  let latest: Date | null = null;
  let whole = true;
  for (const [number, piece] of coverage.pieces.entries()) {
    await readPiece(repository, piece).then(() => { if (whole) latest = piece.at; }, (error: unknown) => {
      if (!isDamage(error)) throw error;
      whole = false;
      findings.push(error.message);
    });
    progress?.('L1', (number + 1) / coverage.pieces.length);
  }
  if (coverage.end < parseLsn(manifest.stop)) findings.push(`The log that belongs to the backup is not whole: it ends before ${manifest.stop}.`);
  if (coverage.gap) findings.push(`There is a gap in the log: ${coverage.gap.text}.`);
  report.gap = coverage.gap?.text ?? null;
  report.latest = coverage.end < parseLsn(manifest.stop) ? null : latest;
  return findings;
}

async function withScratch(manifest: BackupManifest, { coverage, timeline }: Line, index: BackupIndex, { repository, progress }: VerifyOptions, recovery: RecoveryPort, work: (url: string) => Promise<void>): Promise<void> {
  if (Math.floor(manifest.server.version / 10_000) !== recovery.major) {
    throw new BackupError(`The backup is of PostgreSQL ${Math.floor(manifest.server.version / 10_000)}, and the programs here are of version ${recovery.major}.`);
  }
  const place = await recovery.scratch();
  try {
    const cluster = join(place.folder, 'cluster');
    const { fingerprint } = index;
    const plan = { manifest, target: { kind: 'latest' } as const, timeline, pieces: coverage.pieces, latest: coverage.endAt ?? new Date(0), bytes: manifest.content };
    await restoreFiles(repository, plan, cluster, (bytes) => progress?.('L2', Math.min(1, bytes / manifest.content)));
    const server = await recovery.recover({ cluster, stop: fingerprint ? { kind: 'name', name: fingerprint.point } : { kind: 'latest' }, timeline, scratch: true });
    try {
      await work(server.url(fingerprint?.database ?? 'postgres'));
    } finally {
      await server.stop();
    }
  } finally {
    await place.remove();
  }
}

/** What amcheck finds, in every table and index of a tree. */
async function brokenIn(url: string): Promise<string[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('create extension if not exists amcheck');
    const { rows } = await client.query<{ oid: string; name: string; kind: string }>(
      `select c.oid::text as oid, c.oid::regclass::text as name, c.relkind as kind from pg_class c left join pg_index i on i.indexrelid = c.oid left join pg_am a on a.oid = c.relam
       where c.relpersistence = 'p' and (c.relkind in ('r', 't', 'm') or (c.relkind = 'i' and a.amname = 'btree' and i.indisvalid and i.indisready))`);
    const findings: string[] = [];
    for (const { oid, name, kind } of rows) {
      try {
        if (kind === 'i') await client.query('select bt_index_check($1::oid::regclass, true)', [oid]);
        else findings.push(...(await client.query<{ msg: string }>('select msg from verify_heapam($1::oid::regclass) limit 3', [oid])).rows.map(({ msg }) => `${name} is broken: ${msg}.`));
      } catch (error) {
        findings.push(`${name} is broken: ${(error as Error).message}.`);
      }
    }
    return findings;
  } finally {
    await client.end();
  }
}
