// A base backup as the server streams it: archive after archive, file after file, into packs.
import { once } from 'node:events';
import { extract, type Extract } from 'tar-stream';
import { BackupError } from './backup.error.js';
import type { FileEntry } from './manifest.js';
import type { PackWriter } from './pack.writer.js';
import type { Replication } from './replication.js';
import { parseLsn } from './wal.position.js';

export interface BaseBackup {
  start: bigint;
  stop: bigint;
  timeline: number;
  files: FileEntry[];
}

/** @param total hears how many bytes there are, as far as the server can tell */
export async function readBaseBackup(replication: Replication, label: string, packs: PackWriter, total: (bytes: number) => void): Promise<BaseBackup> {
  const copy = replication.baseBackup(label);
  const reader = new ArchiveReader(packs);
  let announced = false;
  for await (const message of copy) {
    if (!announced) total((copy.results[1] ?? []).reduce((sum, { size }) => sum + Number(size ?? 0) * 1024, 0));
    announced = true;
    const type = String.fromCharCode(message[0] ?? 0);
    if (type === 'n') await reader.archive(message.subarray(1).toString('utf8').split('\0')[0] ?? '');
    else if (type === 'm') await reader.manifest();
    else if (type === 'd') await reader.data(message.subarray(1));
  }
  await reader.end();
  const [first, last] = [copy.results[0]?.[0], copy.results.at(-1)?.[0]];
  if (!first?.['recptr'] || !last?.['recptr'] || first === last) throw new BackupError('The server ended the backup without saying where it ends.');
  if (first['tli'] !== last['tli']) throw new BackupError('The server changed its timeline during the backup: take another one.');
  return { start: parseLsn(first['recptr']), stop: parseLsn(last['recptr']), timeline: Number(first['tli']), files: reader.files };
}

/** Where the files of a tablespace are, under the cluster. */
const TABLESPACES = 'pg_tblspc/';
const MANIFEST = 'backup_manifest';

type Entry = Extract extends AsyncIterable<infer One> ? One : never;

class ArchiveReader {
  readonly files: FileEntry[] = [];
  #tar: { into: Extract; read: Promise<void>; failed: Promise<never> } | null = null;
  #manifest: FileEntry | null = null;

  constructor(private readonly packs: PackWriter) {}

  /** @param name `base.tar`, or the number of a tablespace */
  async archive(name: string): Promise<void> {
    await this.end();
    const [, tablespace] = /^(\d+)\.tar$/.exec(name) ?? [];
    const into = extract();
    const read = this.#read(into, tablespace === undefined ? '' : `${TABLESPACES}${tablespace}/`);
    const failed = new Promise<never>((_resolve, reject) => { read.catch(reject); });
    failed.catch(() => undefined);
    this.#tar = { into, read, failed };
  }

  async manifest(): Promise<void> {
    await this.end();
    this.#manifest = { path: MANIFEST, kind: 'file', mode: 0o600, parts: [] };
    this.files.push(this.#manifest);
  }

  async data(bytes: Buffer): Promise<void> {
    if (this.#manifest) return this.packs.add(this.#manifest, bytes);
    if (!this.#tar) throw new BackupError('The server sent data of no archive.');
    const { into, failed } = this.#tar;
    if (!into.write(bytes)) await Promise.race([once(into, 'drain'), failed]);
  }

  async end(): Promise<void> {
    const tar = this.#tar;
    this.#tar = null;
    if (!tar) return;
    tar.into.end(undefined);
    await tar.read;
  }

  async #read(into: Extract, prefix: string): Promise<void> {
    for await (const entry of into) await this.#entry(entry, prefix);
  }

  async #entry(entry: Entry, prefix: string): Promise<void> {
    const { name, type, mode, linkname, size } = entry.header;
    const path = prefix + name.replace(/^\.?\//, '').replace(/\/$/, '');
    const kind = type === 'directory' ? 'directory' : type === 'symlink' ? 'link' : 'file';
    const file: FileEntry = { path, kind, mode: mode & 0o777, ...(linkname ? { target: linkname } : {}), parts: [] };
    if (path !== '' && path !== prefix.slice(0, -1)) this.files.push(file);
    if (kind === 'file') await this.packs.begin(size);
    for await (const chunk of entry) await this.packs.add(file, chunk as Buffer);
  }
}
