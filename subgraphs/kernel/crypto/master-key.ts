// Where the master key comes from: the environment, or a file of its own kept apart from the data.
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ConfigError } from '../base/config.js';
import { isEnvelope, keyIdOf, open, seal } from './aead.js';

/** Wraps and unwraps tenant data keys. An adapter may keep the key in hardware. */
export interface MasterKeyPort {
  /** Which key it is, and nothing by which it could be found: what an audit event calls it. */
  readonly id: string;
  wrap(key: Buffer, aad: string): Promise<Buffer>;
  unwrap(wrapped: Buffer, aad: string): Promise<Buffer>;
  /** Whether this one has wrapped it, as far as can be seen without opening it. */
  owns(wrapped: Buffer): boolean;
}

/** Keys that programs keep cannot be told apart from here. */
export const PROGRAM = 'program';

class LocalMasterKey implements MasterKeyPort {
  readonly id: string;
  readonly #id: Buffer;

  constructor(private readonly key: Buffer) {
    this.#id = createHash('sha256').update('switchboard master key id').update(key).digest().subarray(0, 16);
    this.id = this.#id.toString('hex');
  }

  wrap = async (key: Buffer, aad: string): Promise<Buffer> => seal(this.key, this.#id, key, aad);
  unwrap = async (wrapped: Buffer, aad: string): Promise<Buffer> => open(this.key, wrapped, aad);
  owns = (wrapped: Buffer): boolean => isEnvelope(wrapped) && keyIdOf(wrapped).equals(this.#id);
}

/** The `id` of the master key that has wrapped this. */
export const wrapperOf = (wrapped: Buffer): string => (isEnvelope(wrapped) ? keyIdOf(wrapped).toString('hex') : PROGRAM);

function parse(text: string, source: string): Buffer {
  const given = text.trim();
  // Decoding skips what is no base64, so that a mistyped key would be another key.
  const key = Buffer.from(given, 'base64');
  if (!/^[\w+/-]*=*$/.test(given)) throw new ConfigError(`Configuration: ${source} must hold 32 bytes in base64 (it holds other characters).`);
  if (key.length !== 32) throw new ConfigError(`Configuration: ${source} must hold 32 bytes in base64 (it holds ${key.length}).`);
  return key;
}

/** @param base64 the value of the variable */
export const environmentMasterKey = (base64: string, variable = 'SWITCHBOARD_MASTER_KEY'): MasterKeyPort => new LocalMasterKey(parse(base64, variable));

/** Reads the key file. @param create make it, readable by its owner alone, when it is missing (embedded runs only) */
export function fileMasterKey(path: string, create: boolean): MasterKeyPort {
  if (create && !existsSync(path)) createKeyFile(path);
  return new LocalMasterKey(parse(readKeyFile(path), path));
}

/** Of several first starts at the same moment one makes the key, and the others read it: it appears whole or not at all. */
function createKeyFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomBytes(8).toString('hex')}`;
  writeFileSync(draft, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
  try {
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft);
  }
}

function readKeyFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new ConfigError(`Configuration: the master key file ${path} ${code === 'ENOENT' ? 'does not exist' : `cannot be read (${code ?? message})`}.`);
  }
}
