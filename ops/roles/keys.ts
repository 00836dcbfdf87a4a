// The keys a role needs from its configuration: the master key, and one half of the key actors are signed with.
import { createPublicKey, randomBytes, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { actorKeysFromPem, type ActorKeys } from '../../subgraphs/kernel/base/actor.js';
import { ConfigError, type Config } from '../../subgraphs/kernel/base/config.js';
import type { MasterKeySource } from '../../subgraphs/kernel/base/config.master-key.js';
import { CommandMasterKey } from '../../subgraphs/kernel/crypto/master-key.command.js';
import { environmentMasterKey, fileMasterKey, type MasterKeyPort } from '../../subgraphs/kernel/crypto/master-key.js';
import { kmsMasterKey } from '../../subgraphs/kernel/crypto/master-key.kms.js';
import { passphraseIn, passphraseMasterKey } from '../../subgraphs/kernel/crypto/master-key.passphrase.js';
import { MasterKeyRing } from '../../subgraphs/kernel/crypto/master-key.ring.js';

/**
 * @param create make the file of the data folder when nothing is given (never in production)
 * @throws ConfigError when there is none, or one that does not work
 */
export async function masterKeyOf(config: Config, create: boolean): Promise<MasterKeyPort> {
  const current = await sourced(config.masterKey, 'SWITCHBOARD_MASTER_KEY') ?? generated(config, create);
  const previous = await sourced(config.previousMasterKey, 'SWITCHBOARD_MASTER_KEY_PREVIOUS');
  return previous ? new MasterKeyRing(current, [previous]) : current;
}

function generated(config: Config, create: boolean): MasterKeyPort {
  if (config.production || !create) throw new ConfigError('Configuration: SWITCHBOARD_MASTER_KEY or its _FILE, _COMMAND, _KMS_FILE, _PASSPHRASE or _PASSPHRASE_FILE is required here.');
  return fileMasterKey(join(config.dataDir, 'keys', 'master.key'), true);
}

async function sourced({ key, file, command, kmsFile, passphrase, passphraseFile, salt }: MasterKeySource, variable: string): Promise<MasterKeyPort | null> {
  if (key !== undefined) return environmentMasterKey(key, variable);
  if (file !== undefined) return fileMasterKey(file, false);
  if (kmsFile !== undefined) return kmsMasterKey(kmsFile, variable);
  if (passphrase !== undefined) return passphraseMasterKey(passphrase, salt, variable);
  if (passphraseFile !== undefined) return passphraseMasterKey(passphraseIn(passphraseFile), salt, variable);
  if (command === undefined) return null;
  const port = new CommandMasterKey(command);
  // Better no start than values that nobody can open.
  const probe = randomBytes(32);
  try {
    if (!(await port.unwrap(await port.wrap(probe, 'start'), 'start')).equals(probe)) throw new Error(`The program of the master key (${command}) does not give back what it wrapped.`);
  } catch (error) {
    throw new ConfigError(`Configuration: ${variable}_COMMAND: ${(error as Error).message}`);
  }
  return port;
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
