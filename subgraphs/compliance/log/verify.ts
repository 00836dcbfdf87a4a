// Goes over a stream from its first entry and says what is not as it was sealed. Each check can be left out, so that tests show what it is for.
import { leafOf, sealedDetails, type EntryRow } from './verify.entry.js';
import type { LogFacts, StreamFacts } from './verify.facts.js';
import type { Finding } from './log.entity.js';
import { openCheckpoint } from './key-chain.js';
import { originOf } from './stream.js';
import { GrowingTree, TILE_HASHES } from './tile.js';

export const CHECKS = ['place', 'details', 'leaf', 'chain', 'tree', 'checkpoint'] as const;
/**
 * - place: each position has one entry, unless retention has recorded in the log itself that it dropped it, and the stream ends where it says
 * - details: what can be erased is what the entry commits to
 * - leaf: the entry has the hash that the tree holds
 * - chain: the entry names the one before
 * - tree: stored tiles are those that the entries give
 * - checkpoint: every checkpoint is signed by a key of the chain of endorsements, no key stands outside of it, and the roots are those of the entries
 */
export type Check = (typeof CHECKS)[number];

/** How far a run has come. */
export interface Progress {
  checked: number;
  head: Buffer | null;
  tree: GrowingTree;
}

/** Entries looked at together: the tiles of level 0 that they fill, and all that is held in memory. */
export const BATCH = 16 * TILE_HASHES;

export const beginning = (): Progress => ({ checked: 0, head: null, tree: new GrowingTree() });

/** Checks the next entries, up to `total`; `progress` moves on. @returns the first fault, or null */
export async function verifyBatch(facts: LogFacts, progress: Progress, total: number, checks: ReadonlySet<Check> = new Set(CHECKS)): Promise<Finding | null> {
  const start = progress.checked;
  const end = Math.min(start + BATCH, total);
  const batch = await facts.batch(start, end);
  const judge = new Judge(facts, batch, checks);
  for (let position = start; position < end; position += 1) {
    const found = await judge.entry(position, progress);
    if (found) return found;
  }
  return judge.tiles(progress);
}

/** After the last entry: nothing lies beyond the end, and no checkpoint knows of more. */
export async function verifyEnd(facts: LogFacts, total: number, keptNote: string | null, checks: ReadonlySet<Check> = new Set(CHECKS)): Promise<Finding | null> {
  const { size, beyond, signed } = await facts.end();
  if (checks.has('place') && beyond) return finding('INSERTED', Number(beyond.position), beyond.id, 'An entry lies beyond the end of the log.');
  if (!checks.has('checkpoint')) return null;
  if (facts.stranger) return finding('CHECKPOINT', 0, null, 'A key is among those of this log that no key before it has endorsed.');
  if (signed > size) return finding('CUT', size, null, `The log ends after ${size} entries, and a checkpoint was signed over ${signed}.`);
  return keptNote === null ? null : verifyKept(facts, keptNote, Math.max(total, size));
}

async function verifyKept(facts: LogFacts, note: string, size: number): Promise<Finding | null> {
  const origin = originOf(facts.stream);
  const checkpoint = openCheckpoint(facts.keys, note, origin);
  if (!checkpoint) return finding('CHECKPOINT', 0, null, 'The checkpoint that was kept is not signed by a key of this log.');
  if (checkpoint.size > size) return finding('CUT', size, null, `The log ends after ${size} entries, and the checkpoint that was kept has ${checkpoint.size}.`);
  const root = await facts.rootAt(checkpoint.size);
  return root?.equals(checkpoint.root) ? null : finding('CHECKPOINT', checkpoint.size - 1, null, 'The log does not continue the checkpoint that was kept.');
}

const finding = (kind: Finding['kind'], position: number, eventId: string | null, message: string): Finding => ({ kind, position, eventId, message });

/** Judges one batch. */
class Judge {
  constructor(private readonly facts: LogFacts, private readonly batch: StreamFacts, private readonly checks: ReadonlySet<Check>) {}

  async entry(position: number, progress: Progress): Promise<Finding | null> {
    const { rows, tiles } = this.batch;
    const here = rows.get(position) ?? [];
    const stored = tiles.leafOrNull(position);
    const [row] = here;
    if (this.checks.has('place')) {
      if (here.length > 1) return this.#double(position, here, stored);
      if (!row && !(this.batch.dropped(position) && await this.facts.retentionRecorded())) return this.#missing(position);
    }
    const own = row ? this.#leafOf(row) : null;
    const leaf = own ?? stored;
    if (!leaf) return finding('CUT', position, null, 'The tree of the log ends before its entries do.');
    if (row) {
      const found = await this.#fault(row, own, stored, progress);
      if (found) return found;
    }
    progress.tree.append(leaf);
    progress.head = leaf;
    progress.checked = position + 1;
    return this.checks.has('checkpoint') ? this.#checkpoint(progress) : null;
  }

  /** The stored tiles that this batch has completed or reached. */
  tiles({ tree, checked }: Progress): Finding | null {
    const changed = tree.takeChanged();
    if (!this.checks.has('tree')) return null;
    for (const { level, index, hashes } of changed) {
      const stored = this.batch.tiles.hashes({ level, index }, hashes.length);
      const at = hashes.findIndex((hash, offset) => !stored?.[offset]?.equals(hash));
      if (at >= 0) return finding('TREE', Math.min((index * TILE_HASHES + at) * TILE_HASHES ** level, checked - 1), null, `The stored tile ${index} of level ${level} is not what the entries give.`);
    }
    return null;
  }

  #leafOf(row: EntryRow): Buffer | null {
    return leafOf(this.facts.stream, row);
  }

  async #fault(row: EntryRow, leaf: Buffer | null, stored: Buffer | null, { head, checked }: Progress): Promise<Finding | null> {
    if (this.checks.has('leaf') && leaf === null) return finding('CHANGED', row.position, row.id, 'It is nothing that could have been sealed.');
    if (this.checks.has('leaf') && leaf && !stored?.equals(leaf)) return this.#misplaced(row, leaf, stored);
    if (this.checks.has('chain') && (head === null ? row.previous !== null : row.previous?.equals(head) !== true)) {
      return finding('CHANGED', Math.max(0, checked - 1), this.batch.rows.get(checked - 1)?.[0]?.id ?? null, 'The entry after it names another one as its predecessor.');
    }
    if (this.checks.has('details') && row.salt !== null && !sealedDetails(row)) {
      return finding('CHANGED', row.position, row.id, 'Its details are not those that were sealed.');
    }
    return null;
  }

  /** An entry that the tree does not have here: where does it belong? */
  async #misplaced(row: EntryRow, leaf: Buffer, stored: Buffer | null): Promise<Finding> {
    const { position, id } = row;
    const home = await this.facts.positionOf(leaf);
    if (home !== null && stored) {
      const [guest] = await this.facts.rowsAt(home);
      if (guest && this.#leafOf(guest)?.equals(stored)) return finding('SWAPPED', position, id, `It has changed places with the entry ${home}.`);
      return home > position
        ? finding('REMOVED', position, null, 'The entry is missing, and the next ones have moved up.')
        : finding('INSERTED', position, id, `It is a copy of the entry ${home}.`);
    }
    const [next] = await this.facts.rowsAt(position + 1);
    if (stored && next && this.#leafOf(next)?.equals(stored)) return finding('INSERTED', position, id, 'The entry that was sealed here follows it.');
    const named = next ? next.previous : await this.facts.headAt(position);
    if (named?.equals(leaf)) return finding('TREE', position, id, 'The tree does not have the entry that was sealed here.');
    return finding('CHANGED', position, id, 'It is not what was sealed.');
  }

  #double(position: number, rows: readonly EntryRow[], stored: Buffer | null): Finding {
    const stranger = rows.find((row) => stored === null || this.#leafOf(row)?.equals(stored) !== true) ?? rows.at(-1);
    return finding('INSERTED', position, stranger?.id ?? null, `${rows.length} entries have this position.`);
  }

  async #missing(position: number): Promise<Finding> {
    const more = await this.facts.anyAfter(position);
    return more
      ? finding('REMOVED', position, null, 'The entry is missing.')
      : finding('CUT', position, null, 'The entries end here, and the log goes on.');
  }

  #checkpoint({ tree, checked }: Progress): Finding | null {
    const kept = this.batch.checkpoints.get(checked);
    if (!kept) return null;
    const origin = originOf(this.facts.stream);
    const signed = openCheckpoint(this.facts.keys, kept.note, origin);
    if (!signed || signed.size !== checked || !signed.root.equals(kept.root)) {
      return finding('CHECKPOINT', checked - 1, null, `The checkpoint over ${checked} entries is not signed by a key of this log.`);
    }
    return tree.root().equals(signed.root) ? null : finding('CHECKPOINT', checked - 1, null, `The first ${checked} entries are not those that were signed.`);
  }
}
