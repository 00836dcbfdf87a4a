// The place of backups: keys wrapped by the master key, objects sealed under them, documents signed by the repository's own key. The store is trusted with nothing.
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign, verify, type KeyObject } from 'node:crypto';
import { newId } from '../../subgraphs/kernel/base/ids.js';
import type { MasterKeyPort } from '../../subgraphs/kernel/crypto/master-key.js';
import type { ListedStorage } from '../../subgraphs/kernel/storage/storage.list.js';
import { BackupError } from './backup.error.js';
import { giveBack } from './memory.js';
import { placesOf } from './mirrored.storage.js';
import { DamagedObject, MISSING, objectKeyId, openObject, sealObject, type ObjectKey, type ObjectPlace } from './sealed.object.js';
import { DOCUMENT_BYTES, confirmStored, isDamage, persist, persistConfirmed, sha256, sound } from './stored.bytes.js';

export type KeyPurpose = 'SIGN' | 'BACKUP' | 'LOG' | 'FILES' | 'TENANT';

export interface StoredObject {
  path: string;
  bytes: number;
  /** Of what is stored, in hexadecimal. */
  sha256: string;
}

interface WrappedKey { id: string; purpose: KeyPurpose; createdAt: string; wrapped: string }
interface Identity { format: 1; id: string; signer: string }

export const IDENTITY = 'repository.json';
export const KEYS = 'keys/';
/** Of content, in any object there is. */
const OBJECT_BYTES = 1024 * 1024 * 1024;

export const keyPath = (id: string): string => `${KEYS}${id}.json`;

export class Repository {
  readonly #keys = new Map<string, Promise<ObjectKey>>();

  /** @param damagedCopies of two places one had it damaged or not at all, and the other whole: a sentence by path */
  private constructor(
    readonly storage: ListedStorage, private readonly master: MasterKeyPort, readonly id: string, private readonly signer: { id: string; key: KeyObject },
    readonly damagedCopies: Map<string, string>, private readonly everyPlace = false,
  ) {}

  /** @param create makes it where there is none @throws BackupError when there is none, or one of another installation */
  static async open(storage: ListedStorage, master: MasterKeyPort, create: boolean): Promise<Repository> {
    const damaged = new Map<string, string>();
    const read = <T>(path: string, opened: (text: Buffer) => Promise<T>): Promise<T | null> => sound({ storage, everyPlace: false, tell: (text) => damaged.set(path, text) }, path, DOCUMENT_BYTES, opened);
    const signerOf = async ({ format, id, signer }: Identity): Promise<{ id: string; signer: { id: string; key: KeyObject } }> => {
      if (format !== 1) throw new BackupError(`The backups in this place are of a newer version (format ${String(format)}): use that version.`);
      const key = await read(keyPath(signer), (text) => unwrap(master, id, wrappedKey(keyPath(signer), text)));
      if (!key) throw new DamagedObject(keyPath(signer), MISSING);
      return { id, signer: { id: signer, key: createPrivateKey({ key, format: 'der', type: 'pkcs8' }) } };
    };
    const known = await read(IDENTITY, (text) => signerOf(parse<Identity>(IDENTITY, text)));
    if (!known && !create) throw new BackupError('There are no backups in this place.');
    const { id, signer } = known ?? await signerOf(await make(storage, master));
    return new Repository(storage, master, id, signer, damaged);
  }

  /** The same, which looks at what it reads in every place there is, also where the first has it whole. */
  inspecting(): Repository {
    return new Repository(this.storage, this.master, this.id, this.signer, new Map(), true);
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
      const kept = await this.#wrapped(path);
      if (kept.purpose === purpose && (!newest || kept.id > newest.id)) newest = kept;
    }
    return newest ? { key: await this.key(newest.id), createdAt: new Date(newest.createdAt) } : null;
  }

  /** Wraps every key anew that another master key has wrapped. What they have sealed stays. @returns how many */
  async rewrap(): Promise<number> {
    let rewrapped = 0;
    for await (const { key: path } of this.storage.list(KEYS)) {
      const kept = await this.#wrapped(path);
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
    await persist(this.storage, place.path, parts, stored.sha256);
    giveBack(...parts);
    return stored;
  }

  /** Reads back what was just stored, in every place: for what its only other holder lets go at our word. @throws DamagedObject */
  confirm(object: StoredObject): Promise<void> {
    return confirmStored(this.storage, object);
  }

  /** Whether every place has something of this path; not that it is whole. */
  async holds(path: string): Promise<boolean> {
    for (const { storage } of placesOf(this.storage)) {
      const found = await storage.get(path, { start: 0, bytes: 1 });
      if (!found) return false;
      found.stream.destroy();
    }
    return true;
  }

  /** @param most bytes of content it may hold @param expected what a manifest says of it @throws DamagedObject */
  get(place: ObjectPlace, most: number, expected?: Pick<StoredObject, 'bytes' | 'sha256'>): Promise<Buffer> {
    return this.#whole(place.path, (bytes) => {
      if (expected && sha256([bytes]) !== expected.sha256) throw new DamagedObject(place.path, 'its SHA-256 is not that of the manifest');
      return this.#opened(place, bytes, most);
    }, expected?.bytes);
  }

  /** Only that it is what a manifest says, without opening it. @throws DamagedObject */
  async check({ path, bytes, sha256: hash }: StoredObject): Promise<void> {
    await this.#whole(path, (found) => {
      if (sha256([found]) !== hash) throw new DamagedObject(path, 'its SHA-256 is not that of the manifest');
    }, bytes);
  }

  /** Whether these bytes are what somebody who has our keys has stored under this path. */
  async isSound(path: string, bytes: Buffer): Promise<boolean> {
    const [folder = '', scope = ''] = path.split('/');
    try {
      if (path === IDENTITY) return parse<Identity>(path, bytes).id === this.id;
      if (folder === 'keys') await unwrap(this.master, this.id, wrappedKey(path, bytes));
      else if (path.endsWith('.json')) this.#document(path, bytes);
      else await this.#opened({ path, scope: folder === 'backups' || folder === 'tenant-objects' ? scope : folder }, bytes, OBJECT_BYTES);
      return true;
    } catch (error) {
      if (!isDamage(error)) throw error;
      return false;
    }
  }

  /** A document that anybody may read and nobody change. @returns its SHA-256 */
  async putSigned(path: string, document: string): Promise<string> {
    const signature = sign(null, this.#signed(path, document), this.signer.key).toString('base64');
    const parts = [Buffer.from(JSON.stringify({ document, signature, signer: this.signer.id }))];
    await persistConfirmed(this.storage, path, parts);
    return sha256([Buffer.from(document)]);
  }

  /** @returns null when it is not there @throws DamagedObject when anything of it was changed */
  getSigned(path: string): Promise<string | null> {
    return this.#sound(path, (text) => this.#document(path, text));
  }

  #document(path: string, text: Buffer): string {
    const { document, signature, signer } = parse<{ document: string; signature: string; signer: string }>(path, text);
    if (signer !== this.signer.id) throw new BackupError(`The document ${path} was signed by somebody else: it is not of this installation.`);
    const fits = typeof document === 'string' && verify(null, this.#signed(path, document), createPublicKey(this.signer.key), bytesOf(path, signature));
    if (!fits) throw new DamagedObject(path, 'its signature does not fit');
    return document;
  }

  #signed(path: string, document: string): Buffer {
    return Buffer.from(JSON.stringify(['switchboard backup document', this.id, path, document]));
  }

  async #opened(place: ObjectPlace, bytes: Buffer, most: number): Promise<Buffer> {
    const { key } = await this.key(objectKeyId(place.path, bytes)).catch((error: unknown) => {
      if (!isDamage(error)) throw error;
      throw new DamagedObject(place.path, `the key that it names does not open it (${error.message})`);
    });
    return openObject(key, place, bytes, most);
  }

  #readKey(id: string): Promise<ObjectKey> {
    return this.#whole(keyPath(id), async (text) => ({ id, key: await unwrap(this.master, this.id, wrappedKey(keyPath(id), text)) }));
  }

  #wrapped(path: string): Promise<WrappedKey> {
    return this.#whole(path, (text) => wrappedKey(path, text));
  }

  async #whole<T>(path: string, open: (bytes: Buffer) => T | Promise<T>, most?: number): Promise<T> {
    const found = await this.#sound(path, async (bytes) => ({ opened: await open(bytes) }), most);
    if (!found) throw new DamagedObject(path, MISSING);
    return found.opened;
  }

  #sound<T>(path: string, open: (bytes: Buffer) => T | Promise<T>, most = DOCUMENT_BYTES): Promise<T | null> {
    return sound({ storage: this.storage, everyPlace: this.everyPlace, tell: (text) => this.damagedCopies.set(path, text) }, path, most, open);
  }
}

/** Named by where it is: what it says of itself may be what was changed. */
function wrappedKey(path: string, bytes: Buffer): WrappedKey {
  const kept = parse<WrappedKey>(path, bytes);
  if (keyPath(kept.id) !== path) throw new DamagedObject(path, 'it is of another key');
  return kept;
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
  const text = [Buffer.from(JSON.stringify(identity))];
  await persistConfirmed(storage, IDENTITY, text);
  return identity;
}

const keyAad = (repository: string, { id, purpose, createdAt }: Omit<WrappedKey, 'wrapped'>): string => JSON.stringify(['switchboard backup key', repository, purpose, id, createdAt]);

async function storeKey(storage: ListedStorage, master: MasterKeyPort, repository: string, { id, purpose, key }: ObjectKey & { purpose: KeyPurpose }, createdAt = new Date().toISOString()): Promise<void> {
  const wrapped: WrappedKey = { id, purpose, createdAt, wrapped: (await master.wrap(key, keyAad(repository, { id, purpose, createdAt }))).toString('base64') };
  const text = [Buffer.from(JSON.stringify(wrapped))];
  await persistConfirmed(storage, keyPath(id), text);
}

async function unwrap(master: MasterKeyPort, repository: string, kept: WrappedKey): Promise<Buffer> {
  const wrapped = bytesOf(keyPath(kept.id), kept.wrapped);
  try {
    return await master.unwrap(wrapped, keyAad(repository, kept));
  } catch {
    throw new BackupError(`The key ${keyPath(kept.id)} does not open: it was changed, or another master key has wrapped it.`);
  }
}
