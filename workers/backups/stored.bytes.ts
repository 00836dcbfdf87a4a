// Bytes under a path: read whole, from the place that has them sound, and written until they are there.
import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { StorageError } from '../../subgraphs/kernel/storage/storage.js';
import type { ListedStorage } from '../../subgraphs/kernel/storage/storage.list.js';
import { BackupError } from './backup.error.js';
import { giveBack } from './memory.js';
import { placesOf } from './mirrored.storage.js';
import { DamagedObject, MISSING } from './sealed.object.js';

/** Documents are small; a store that sends without an end must not fill the memory. */
export const DOCUMENT_BYTES = 256 * 1024 * 1024;
const PAUSES_MS = [200, 1_000, 5_000];
const READ_PAUSES_MS = [200, 1_000];

export const sha256 = (parts: readonly Buffer[]): string => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest('hex');

export const isDamage = (error: unknown): error is Error => error instanceof DamagedObject || error instanceof BackupError;

interface Reading {
  storage: ListedStorage;
  /** Also the second, when the first has it whole. */
  everyPlace: boolean;
  /** Hears of a copy that is damaged while another is whole. */
  tell: (text: string) => void;
}

/** From the first place that has it whole. @param open says whether it is, by what it throws @returns null when it is nowhere @throws what was wrong in the first place when it is whole in none */
export async function sound<T>({ storage, everyPlace, tell }: Reading, path: string, most: number, open: (bytes: Buffer) => T | Promise<T>): Promise<T | null> {
  let whole: { opened: T } | null = null;
  const bad: { name: string; error: unknown; what: string }[] = [];
  const places = placesOf(storage);
  for (const { name, storage: place } of places) {
    if (whole && !everyPlace) break;
    try {
      const bytes = await readWhole(place, path, most);
      if (bytes) whole = { opened: await open(bytes) };
      else bad.push({ name, error: null, what: MISSING });
    } catch (error) {
      // With another place to turn to, one that is away is one that does not have it.
      if (places.length === 1) throw error;
      bad.push({ name, error, what: error instanceof DamagedObject ? error.what : (error as Error).message });
    }
  }
  const [failed] = bad.filter(({ error }) => error !== null);
  if (!whole && failed) throw failed.error;
  if (whole) for (const { name, what } of bad) tell(`The object ${path} is damaged in ${name}, and whole in the other: ${what}.`);
  return whole?.opened ?? null;
}

/** A store that fails for a moment does not cost a whole backup. */
export async function persist(storage: ListedStorage, path: string, parts: readonly Buffer[], hash: string): Promise<void> {
  for (const pause of [...PAUSES_MS, null]) {
    try {
      const stored = await storage.put(path, again(parts));
      if (stored.sha256 !== hash) throw new DamagedObject(path, 'the store was given something else');
      return;
    } catch (error) {
      if (pause === null) throw error;
      await sleep(pause);
    }
  }
}

/** What everything else hangs on: read back before it is believed. */
export async function persistConfirmed(storage: ListedStorage, path: string, parts: readonly Buffer[]): Promise<void> {
  const hash = sha256(parts);
  await persist(storage, path, parts, hash);
  await confirmStored(storage, { path, bytes: parts.reduce((sum, part) => sum + part.length, 0), sha256: hash });
}

/** Reads it back from every place. What is not as it was given is removed: its name must not speak for it. @throws DamagedObject */
export async function confirmStored(storage: ListedStorage, { path, bytes, sha256: hash }: { path: string; bytes: number; sha256: string }): Promise<void> {
  for (const { name, storage: place } of placesOf(storage)) {
    const found = await readWhole(place, path, bytes).catch((error: unknown) => {
      if (error instanceof DamagedObject) return Buffer.alloc(0);
      throw error;
    });
    const same = found !== null && sha256([found]) === hash;
    if (found) giveBack(found);
    if (same) continue;
    await place.remove(path);
    throw new DamagedObject(path, `${name} says that it was stored, and ${found ? 'holds something else' : 'does not have it'}`);
  }
}

/** Can be read more than once. */
const again = (parts: readonly Buffer[]): AsyncIterable<Uint8Array> => ({ async* [Symbol.asyncIterator]() { yield* parts; } });

/** @throws StorageError when it breaks off, and does so again */
export async function readWhole(storage: ListedStorage, path: string, most = DOCUMENT_BYTES): Promise<Buffer | null> {
  for (const pause of [...READ_PAUSES_MS, null]) {
    const found = await storage.get(path);
    if (!found) return null;
    if (found.bytes > most) {
      found.stream.destroy();
      throw new DamagedObject(path, `it has ${found.bytes} bytes and not ${most}`);
    }
    try {
      return await buffer(found.stream);
    } catch (error) {
      if (pause === null) throw new StorageError(`The place of backups broke off while it gave ${path}: ${(error as Error).message}`);
      await sleep(pause);
    }
  }
  return null;
}
