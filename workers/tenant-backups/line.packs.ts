// Rows as lines, gathered into objects of one size: a line that names the table, then one for each of its rows.
import type { StoredPack } from '../backups/manifest.js';
import { PACK_BYTES } from '../backups/pack.writer.js';
import type { Repository } from '../backups/repository.js';
import { DamagedObject, type ObjectKey } from '../backups/sealed.object.js';
import type { TenantPack } from './tenant.manifest.js';

const TABLE = '#';

export class LinePacks {
  readonly packs: TenantPack[] = [];
  #lines: string[] = [];
  #bytes = 0;
  #of = '';
  #table = '';

  constructor(private readonly repository: Repository, private readonly key: ObjectKey, private readonly tenant: string, private readonly folder: string, private readonly stored: () => void) {}

  /** @param of schema, or what stands for one @param line without a line feed */
  async add(of: string, table: string, line: string): Promise<void> {
    if (this.#of !== of) await this.end();
    if (this.#of !== of || this.#table !== table) this.#push(`${TABLE}${table}`);
    [this.#of, this.#table] = [of, table];
    this.#push(line);
    if (this.#bytes >= PACK_BYTES) await this.end();
  }

  /** Everything that was added is stored. */
  async end(): Promise<void> {
    if (this.#lines.length === 0) return;
    const content = Buffer.from(`${this.#lines.join('\n')}\n`);
    const path = `${this.folder}${String(this.packs.length).padStart(6, '0')}`;
    this.packs.push({ of: this.#of, ...await this.repository.put(this.key, { scope: this.tenant, path }, content), content: content.length });
    [this.#lines, this.#bytes, this.#of, this.#table] = [[], 0, '', ''];
    this.stored();
  }

  #push(line: string): void {
    this.#lines.push(line);
    this.#bytes += line.length + 1;
  }
}

export interface PackLine { table: string; line: string }

/** @throws DamagedObject */
export async function readPack(repository: Repository, tenant: string, pack: StoredPack): Promise<PackLine[]> {
  const content = await repository.get({ scope: tenant, path: pack.path }, pack.content, pack);
  const lines: PackLine[] = [];
  let table = '';
  for (const line of content.toString('utf8').split('\n').slice(0, -1)) {
    if (line.startsWith(TABLE)) table = line.slice(TABLE.length);
    else if (table === '') throw new DamagedObject(pack.path, 'it does not say of which table its rows are');
    else lines.push({ table, line });
  }
  return lines;
}

/** The lines of one schema, in their order. @throws DamagedObject */
export async function* linesOf(repository: Repository, tenant: string, packs: readonly TenantPack[], of: string): AsyncGenerator<PackLine> {
  for (const pack of packs) if (pack.of === of) yield* await readPack(repository, tenant, pack);
}
