// `npm run keys -- rewrap`: after a change of the master key, wraps the data keys of every tenant and schema anew, while the product runs.
import { Pool, type PoolClient } from 'pg';
import { ConfigError, type Config } from '../subgraphs/kernel/base/config.js';
import { isGiven } from '../subgraphs/kernel/base/config.master-key.js';
import { newId } from '../subgraphs/kernel/base/ids.js';
import { rewrapDataKeys, type RewrappedPage } from '../subgraphs/kernel/crypto/rewrap.js';
import { definitions } from './composition.js';
import { tellRewrapped } from './master-keys.audit.js';
import { placesOf } from './places.js';
import { embeddedUrl } from './postgres/embedded.url.js';
import { masterKeyOf } from './roles/keys.js';
import { USAGE } from './signing-keys.js';

export const isAboutMasterKeys = ([verb = '']: readonly string[]): boolean => verb === 'rewrap';

/**
 * @param say one line of progress
 * @returns lines to show at the end
 * @throws ConfigError in one sentence for what an operator can mend
 */
export async function masterKeysCommand(args: readonly string[], config: Config, say: (line: string) => void): Promise<string[]> {
  if (args.length > 1) throw new ConfigError(`Usage: ${USAGE}`);
  if (!isGiven(config.previousMasterKey)) throw new ConfigError('Configuration: SWITCHBOARD_MASTER_KEY_PREVIOUS or its _FILE, _COMMAND, _KMS_FILE, _PASSPHRASE or _PASSPHRASE_FILE names the master key that is to go.');
  if (config.masterKey.command && config.previousMasterKey.command) {
    throw new ConfigError('Configuration: what two programs have wrapped cannot be told apart. Go from one to a key in a file, and from there to the other.');
  }
  const url = config.databaseUrl ?? await embeddedUrl(config.dataDir) ?? undefined;
  const master = await masterKeyOf(config, config.databaseUrl === undefined);
  const names = definitions.map(({ name }) => name);
  if (url === undefined && names.some((name) => config.databaseUrls[name] === undefined)) {
    throw new ConfigError('The embedded database does not run: start the product first, or set DATABASE_URL.');
  }
  const places = placesOf(config, url);
  const run = `rewrap-${newId()}`;
  const tell = (client: PoolClient, name: string, page: RewrappedPage): Promise<void> => tellRewrapped(client, name, page, master.id, run);
  let [keys, rewrapped, late] = [0, 0, 0];
  for (const name of names) {
    const system = new Pool({ connectionString: places.system(name), max: 1 });
    try {
      // A second look finds what was made during the first by who does not know the new master key yet.
      const rounds = [await rewrapDataKeys(system, name, master, {
        progress: (so) => say(`${name}: ${so.keys} keys seen, ${so.rewrapped} wrapped anew`), tell: async (client, page) => (page.rewrapped > 0 || page.failed ? tell(client, name, page) : undefined),
      })];
      // The end of a run is told even where nothing was left to do, so that every run is in the trail.
      rounds.push(await rewrapDataKeys(system, name, master, {
        progress: () => undefined, tell: async (client, page) => (page.rewrapped > 0 || page.failed || page.last ? tell(client, name, page) : undefined),
      }));
      keys += rounds.at(-1)?.keys ?? 0;
      late += rounds.at(-1)?.rewrapped ?? 0;
      rewrapped += rounds.reduce((sum, round) => sum + round.rewrapped, 0);
    } finally {
      await system.end();
    }
  }
  if (late > 0) return [`${keys} data keys, ${rewrapped} of them wrapped anew. Somebody still wraps with the previous master key: restart every process with the new one, and run this again`];
  return [`${keys} data keys, ${rewrapped} of them wrapped anew: no data needs the previous master key any more; keep it for as long as backups from before are kept`];
}
