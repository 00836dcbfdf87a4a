// The keys a role needs from its configuration: the master key, and one half of the key actors are signed with.
import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { actorKeysFromPem, type ActorKeys } from '../../subgraphs/kernel/base/actor.js';
import { ConfigError, type Config } from '../../subgraphs/kernel/base/config.js';
import { environmentMasterKey, fileMasterKey, type MasterKeyPort } from '../../subgraphs/kernel/crypto/master-key.js';

/** @param create make the file of the data folder when nothing is given (never in production) */
export function masterKeyOf(config: Config, create: boolean): MasterKeyPort {
  if (config.masterKey) return environmentMasterKey(config.masterKey);
  if (config.masterKeyFile) return fileMasterKey(config.masterKeyFile, false);
  if (config.production || !create) throw new ConfigError('Configuration: SWITCHBOARD_MASTER_KEY or SWITCHBOARD_MASTER_KEY_FILE is required here.');
  return fileMasterKey(join(config.dataDir, 'keys', 'master.key'), true);
}

function pemOf(text: string | undefined, file: string | undefined, name: string): string {
  if (text) return text;
  if (!file) throw new ConfigError(`Configuration: ${name} or ${name}_FILE is required for this role.`);
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(`Configuration: ${name}_FILE, ${file}, cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}).`);
  }
}

/** The pair of the gateway. */
export function actorKeysOf(config: Config): ActorKeys {
  const pem = pemOf(config.actorKey, config.actorKeyFile, 'SWITCHBOARD_ACTOR_KEY');
  try {
    return actorKeysFromPem(pem);
  } catch {
    throw new ConfigError('Configuration: SWITCHBOARD_ACTOR_KEY_FILE does not hold an Ed25519 private key in PEM.');
  }
}

/** The public half, for a role that only verifies. */
export function actorPublicKeyOf(config: Config): KeyObject {
  const pem = pemOf(config.actorPublicKey, config.actorPublicKeyFile, 'SWITCHBOARD_ACTOR_PUBLIC_KEY');
  try {
    return createPublicKey(pem);
  } catch {
    throw new ConfigError('Configuration: SWITCHBOARD_ACTOR_PUBLIC_KEY_FILE does not hold an Ed25519 public key in PEM.');
  }
}
