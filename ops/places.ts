// Where everything lives: each subgraph's database and its logins, the bus, the queues. One server or many, the same values.
import { ConfigError, type Config } from '../subgraphs/kernel/base/config.js';
import { migrate } from '../subgraphs/kernel/data/migrate.js';
import { prepareRoles, roleUrls, type RoleUrls } from '../subgraphs/kernel/data/roles.js';
import { migrateQueues } from '../workers/queue.js';
import { definitions, migrationSets } from './composition.js';

export interface Places {
  /** Administrator URL of each distinct database, with the subgraphs that live there. */
  databases: { adminUrl: string; subgraphs: string[]; urls: RoleUrls }[];
  app(subgraph: string): string;
  system(subgraph: string): string;
  bus: string;
  queues: string;
}

/** @param fallbackUrl the database of subgraphs that have none of their own: DATABASE_URL, or the embedded one */
export function placesOf(config: Config, fallbackUrl: string | undefined, subgraphs = definitions.map((definition) => definition.name)): Places {
  const byUrl = new Map<string, string[]>();
  for (const name of subgraphs) {
    const url = config.databaseUrls[name] ?? fallbackUrl;
    if (url === undefined) throw new Error(`The subgraph ${name} has no database.`);
    byUrl.set(url, [...(byUrl.get(url) ?? []), name]);
  }
  const databases = [...byUrl].map(([adminUrl, names]) => ({ adminUrl, subgraphs: names, urls: roleUrls(adminUrl, names) }));
  const home = (name: string): RoleUrls => {
    const database = databases.find((one) => one.subgraphs.includes(name));
    if (!database) throw new Error(`The subgraph ${name} has no database.`);
    return database.urls;
  };
  const first = subgraphs[0] ?? '';
  const queueHome = subgraphs.includes('conversations') ? 'conversations' : first;
  const app = (name: string): string => home(name).app[name] ?? '';
  return {
    databases, app,
    system: (name) => home(name).system,
    bus: busOf(config) ?? app(first),
    queues: config.redisUrl ?? home(queueHome).system,
  };
}

/** Notifications of PostgreSQL stay inside one database, whichever login sends them. */
function busOf(config: Config): string | undefined {
  const given = config.busUrl ?? config.redisUrl;
  if (given === undefined && Object.keys(config.databaseUrls).length > 0) {
    throw new ConfigError('Configuration: BUS_URL or REDIS_URL is required when a subgraph has a database of its own.');
  }
  return given;
}

/** Creates roles and schemas and applies migrations, everywhere. @param log one line for each step that may take long */
export async function preparePlaces({ databases, queues }: Places, log: (line: string) => void): Promise<void> {
  for (const { adminUrl, subgraphs } of databases) {
    const urls = await prepareRoles(adminUrl, subgraphs);
    await migrate(urls.owner, migrationSets(definitions.filter(({ name }) => subgraphs.includes(name))), log);
  }
  await migrateQueues(queues);
}
