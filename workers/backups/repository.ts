// The place of backups: keys wrapped by the master key, objects sealed under them, documents signed by the repository's own key. The store is trusted with nothing.
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign, verify, type KeyObject } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { buffer } from 'node:stream/consumers';
import { newId } from '../../subgraphs/kernel/base/ids.js';
import type { MasterKeyPort } from '../../subgraphs/kernel/crypto/master-key.js';
import type { ListedStorage } from '../../subgraphs/kernel/storage/storage.list.js';
import { BackupError } from './backup.error.js';
import { DamagedObject, objectKeyId, openObject, sealObject, type ObjectKey, type ObjectPlace } from './sealed.object.js';

export type KeyPurpose = 'SIGN' | 'BACKUP' | 'LOG' | 'TENANT';

export interface StoredObject {
  path: string;
  bytes: number;
  /** Of what is stored, in hexadecimal. */
  sha256: string;
}

interface WrappedKey { id: string; purpose: KeyPurpose; createdAt: string; wrapped: string }
interface Identity { format: 1; id: string; signer: string }

const IDENTITY = 'repository.json';
const KEYS = 'keys/';
/** Documents are small; a store that sends without an end must not fill the memory. */
const DOCUMENT_BYTES = 256 * 1024 * 1024;
const PAUSES_MS = [200, 1_000, 5_000];

const keyPath = (id: string): string => `${KEYS}${id}.json`;
const sha256 = (parts: readonly Buffer[]): string => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest('hex');

export class Repository {
  readonly #keys = new Map<string, Promise<ObjectKey>>();

  private constructor(readonly storage: ListedStorage, private readonly master: MasterKeyPort, readonly id: string, private readonly signer: { id: string; key: KeyObject }) {}

  /** @param create makes it where there is none @throws BackupError when there is none, or one of another installation */
  static async open(storage: ListedStorage, master: MasterKeyPort, create: boolean): Promise<Repository> {
    const text = await readWhole(storage, IDENTITY);
    if (!text && !create) throw new BackupError('There are no backups in this place.');
    const { format, id, signer } = text ? parse<Identity>(IDENTITY, text) : await make(storage, master);
    if (format !== 1) throw new BackupError(`The backups in this place are of a newer version (format ${String(format)}): use that version.`);
    const kept = await readWhole(storage, keyPath(signer));
    if (!kept) throw new DamagedObject(keyPath(signer), 'it is missing');
    return new Repository(storage, master, id, { id: signer, key: createPrivateKey({ key: await unwrap(master, id, parse<WrappedKey>(keyPath(signer), kept)), format: 'der', type: 'pkcs8' }) });
  }

  /** A new key; its wrapped form is stored before anything is sealed with it. */
  async newKey(purpose: KeyPurpose): Promise<ObjectKey> {
    const made = { id: newId(), key: randomBytes(32) };
    await storeKey(this.storage, this.master, this.id, { ...made, purpose });
    this.#keys.set(made.id, Promise.resolve(made));
    return made;
  }

  key(id: string): Promise<ObjectKey> {
    const known = this.#keys.get(id) ?? this.#readKey(id);
    this.#keys.set(id, known);
    // Whoever asked hears why; the next to ask tries again.
    known.catch(() => this.#keys.delete(id));
    return known;
  }

  /** The newest key of a purpose. @returns null while there is none */
  async newestKey(purpose: KeyPurpose): Promise<{ key: ObjectKey; createdAt: Date } | null> {
    let newest: WrappedKey | null = null;
    for await (const { key: path } of this.storage.list(KEYS)) {
      const kept = parse<WrappedKey>(path, await this.#whole(path));
      if (kept.purpose === purpose && (!newest || kept.id > newest.id)) newest = kept;
    }
    return newest ? { key: await this.key(newest.id), createdAt: new Date(newest.createdAt) } : null;
  }

  /** Wraps every key anew that another master key has wrapped. What they have sealed stays. @returns how many */
  async rewrap(): Promise<number> {
    let rewrapped = 0;
    for await (const { key: path } of this.storage.list(KEYS)) {
      const kept = parse<WrappedKey>(path, await this.#whole(path));
      if (this.master.owns(bytesOf(path, kept.wrapped))) continue;
      await storeKey(this.storage, this.master, this.id, { ...kept, key: await unwrap(this.master, this.id, kept) }, kept.createdAt);
      rewrapped += 1;
    }
    return rewrapped;
  }

  /** @param held tells how large an object of this path is that is there already: the same content under the same key need not be sent again */
  async put(key: ObjectKey, place: ObjectPlace, content: Buffer, held?: ReadonlyMap<string, number>): Promise<StoredObject> {
    const parts = await sealObject(key, place, content);
    const stored = { path: place.path, bytes: parts.reduce((sum, part) => sum + part.length, 0), sha256: sha256(parts) };
    if (held?.get(place.path) === stored.bytes) return stored;
    await this.#persist(place.path, parts, stored.sha256);
    return stored;
  }

  /** @param most bytes of content it may hold @param expected what a manifest says of it @throws DamagedObject */
  async get(place: ObjectPlace, most: number, expected?: Pick<StoredObject, 'bytes' | 'sha256'>): Promise<Buffer> {
    const bytes = await this.#whole(place.path, expected?.bytes);
    if (expected && sha256([bytes]) !== expected.sha256) throw new DamagedObject(place.path, 'its SHA-256 is not that of the manifest');
    const { key } = await this.key(objectKeyId(place.path, bytes)).catch((error: unknown) => {
      if (!(error instanceof DamagedObject || error instanceof BackupError)) throw error;
      throw new DamagedObject(place.path, `the key that it names does not open it (${error.message})`);
    });
    return openObject(key, place, bytes, most);
  }

  /** Only that it is what a manifest says, without opening it. @throws DamagedObject */
  async check({ path, bytes, sha256: hash }: StoredObject): Promise<void> {
    if (sha256([await this.#whole(path, bytes)]) !== hash) throw new DamagedObject(path, 'its SHA-256 is not that of the manifest');
  }

  /** A document that anybody may read and nobody change. @returns its SHA-256 */
  async putSigned(path: string, document: string): Promise<string> {
    const signature = sign(null, this.#signed(path, document), this.signer.key).toString('base64');
    const parts = [Buffer.from(JSON.stringify({ document, signature, signer: this.signer.id }))];
    await this.#persist(path, parts, sha256(parts));
    return sha256([Buffer.from(document)]);
  }

  /** @returns null when it is not there @throws DamagedObject when anything of it was changed */
  async getSigned(path: string): Promise<string | null> {
    const text = await readWhole(this.storage, path);
    if (!text) return null;
    const { document, signature, signer } = parse<{ document: string; signature: string; signer: string }>(path, text);
    if (signer !== this.signer.id) throw new BackupError(`The document ${path} was signed by somebody else: it is not of this installation.`);
    const sound = typeof document === 'string' && verify(null, this.#signed(path, document), createPublicKey(this.signer.key), bytesOf(path, signature));
    if (!sound) throw new DamagedObject(path, 'its signature does not fit');
    return document;
  }

  #signed(path: string, document: string): Buffer {
    return Buffer.from(JSON.stringify(['switchboard backup document', this.id, path, document]));
  }

  async #readKey(id: string): Promise<ObjectKey> {
    const kept = parse<WrappedKey>(keyPath(id), await this.#whole(keyPath(id)));
    if (kept.id !== id) throw new DamagedObject(keyPath(id), 'it is of another key');
    return { id, key: await unwrap(this.master, this.id, kept) };
  }

  async #whole(path: string, bytes = DOCUMENT_BYTES): Promise<Buffer> {
    const found = await readWhole(this.storage, path, bytes);
    if (!found) throw new DamagedObject(path, 'it is missing');
    return found;
  }

  /** A store that fails for a moment does not cost a whole backup. */
  async #persist(path: string, parts: readonly Buffer[], hash: string): Promise<void> {
    for (const pause of [...PAUSES_MS, null]) {
      try {
        const stored = await this.storage.put(path, again(parts));
        if (stored.sha256 !== hash) throw new DamagedObject(path, 'the store was given something else');
        return;
      } catch (error) {
        if (pause === null) throw error;
        await sleep(pause);
      }
    }
  }
}

/** Can be read more than once. */
const again = (parts: readonly Buffer[]): AsyncIterable<Uint8Array> => ({ async* [Symbol.asyncIterator]() { yield* parts; } });

async function readWhole(storage: ListedStorage, path: string, most = DOCUMENT_BYTES): Promise<Buffer | null> {
  const found = await storage.get(path);
  if (!found) return null;
  if (found.bytes > most) {
    found.stream.destroy();
    throw new DamagedObject(path, `it has ${found.bytes} bytes and not ${most}`);
  }
  return buffer(found.stream);
}

function parse<T>(path: string, bytes: Buffer): T {
  const text = bytes.toString('utf8');
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    throw new DamagedObject(path, 'it cannot be read');
  }
  // There is one way to write it: whatever reads the same and is not the same was changed.
  if (JSON.stringify(read) !== text) throw new DamagedObject(path, 'it was not written like this');
  return read as T;
}

/** @throws when other text would be read the same */
function bytesOf(path: string, base64: unknown): Buffer {
  const bytes = Buffer.from(String(base64), 'base64');
  if (bytes.toString('base64') !== base64) throw new DamagedObject(path, 'it was not written like this');
  return bytes;
}

async function make(storage: ListedStorage, master: MasterKeyPort): Promise<Identity> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const identity: Identity = { format: 1, id: newId(), signer: newId() };
  await storeKey(storage, master, identity.id, { id: identity.signer, purpose: 'SIGN', key: privateKey.export({ format: 'der', type: 'pkcs8' }) });
  await storage.put(IDENTITY, again([Buffer.from(JSON.stringify(identity))]));
  return identity;
}

const keyAad = (repository: string, { id, purpose, createdAt }: Omit<WrappedKey, 'wrapped'>): string => JSON.stringify(['switchboard backup key', repository, purpose, id, createdAt]);

async function storeKey(storage: ListedStorage, master: MasterKeyPort, repository: string, { id, purpose, key }: ObjectKey & { purpose: KeyPurpose }, createdAt = new Date().toISOString()): Promise<void> {
  const wrapped: WrappedKey = { id, purpose, createdAt, wrapped: (await master.wrap(key, keyAad(repository, { id, purpose, createdAt }))).toString('base64') };
  await storage.put(keyPath(id), again([Buffer.from(JSON.stringify(wrapped))]));
}

async function unwrap(master: MasterKeyPort, repository: string, kept: WrappedKey): Promise<Buffer> {
  const wrapped = bytesOf(keyPath(kept.id), kept.wrapped);
  try {
    return await master.unwrap(wrapped, keyAad(repository, kept));
  } catch {
    throw new BackupError(`The key ${keyPath(kept.id)} does not open: it was changed, or another master key has wrapped it.`);
  }
}
