// Where the master key comes from: the environment, or a file of its own kept apart from the data.
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ConfigError } from '../base/config.js';
import { open, seal } from './aead.js';

/** Wraps and unwraps tenant data keys. An adapter may keep the key in hardware. */
export interface MasterKeyPort {
  wrap(key: Buffer, aad: string): Promise<Buffer>;
  unwrap(wrapped: Buffer, aad: string): Promise<Buffer>;
}

class LocalMasterKey implements MasterKeyPort {
  readonly #id: Buffer;

  constructor(private readonly key: Buffer) {
    this.#id = createHash('sha256').update('switchboard master key id').update(key).digest().subarray(0, 16);
  }

  wrap = async (key: Buffer, aad: string): Promise<Buffer> => seal(this.key, this.#id, key, aad);
  unwrap = async (wrapped: Buffer, aad: string): Promise<Buffer> => open(this.key, wrapped, aad);
}

function parse(text: string, source: string): Buffer {
  const key = Buffer.from(text.trim(), 'base64');
  if (key.length !== 32) throw new ConfigError(`Configuration: ${source} must hold 32 bytes in base64 (it holds ${key.length}).`);
  return key;
}

/** @param base64 the value of SWITCHBOARD_MASTER_KEY */
export const environmentMasterKey = (base64: string): MasterKeyPort => new LocalMasterKey(parse(base64, 'SWITCHBOARD_MASTER_KEY'));

/** Reads the key file. @param create make it, readable by its owner alone, when it is missing (embedded runs only) */
export function fileMasterKey(path: string, create: boolean): MasterKeyPort {
  if (!existsSync(path)) {
    if (!create) throw new ConfigError(`Configuration: the master key file ${path} does not exist.`);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    // `wx`: of two first starts at the same moment one makes the key and the other reads it.
    try {
      writeFileSync(path, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
  return new LocalMasterKey(parse(readFileSync(path, 'utf8'), path));
}
