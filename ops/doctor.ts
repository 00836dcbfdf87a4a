// Looks at an installation as it is configured and says what is well and what is not. Changes nothing, tells no secret.
import { Client, Pool } from 'pg';
import { isRedisUrl, readConfig, type Config } from '../subgraphs/kernel/base/config.js';
import { KERNEL_PLATFORM_TABLES } from '../subgraphs/kernel/data/kernel-tables.js';
import { pendingMigrations } from '../subgraphs/kernel/data/migrate.js';
import { assertIsolation } from '../subgraphs/kernel/data/self-test.js';
import { definitions, migrationSets } from './composition.js';
import { connectionBudget, serverOf, totals, type Demand } from './connections.js';
import { examineCounters } from './doctor.counters.js';
import { examineRedis } from './doctor.redis.js';
import { Report, type Finding } from './doctor.report.js';
import { examineStore } from './doctor.store.js';
import { placesOf, type Places } from './places.js';
import { embeddedUrl } from './postgres/embedded.url.js';

const CONNECT_MS = 5_000;

/** Everything about the installation that `env` describes. A finding of verdict FAIL needs somebody. */
export async function examine(env: NodeJS.ProcessEnv | undefined): Promise<Finding[]> {
  const report = new Report();
  const names = definitions.map(({ name }) => name);
  let config: Config | null = null;
  if (!(await report.check('configuration', async () => {
    config = readConfig(env, names);
    return 'complete and valid';
  })) || !config) return report.findings;
  await examineConfigured(config, report);
  await examineStore(config, report);
  return report.findings;
}

async function examineConfigured(config: Config, report: Report): Promise<void> {
  for (const url of [config.redisUrl, config.busUrl, config.databaseUrl, ...Object.values(config.databaseUrls)]) if (url) report.keepSecret(url);
  const adminUrl = config.databaseUrl ?? await embeddedUrl(config.dataDir);
  if (adminUrl) report.keepSecret(adminUrl);
  const unhoused = definitions.filter(({ name }) => !config.databaseUrls[name]);
  if (!adminUrl && unhoused.length > 0) {
    report.say('NOTE', `databases: no DATABASE_URL; the embedded PostgreSQL in ${config.dataDir} starts with \`npm start\` and does not run now`);
    await examineRedis([config.redisUrl, config.busUrl], report);
    return;
  }
  let places: Places | null = null;
  await report.check('places', async () => {
    places = placesOf(config, adminUrl ?? undefined);
    const databases = places.databases.map(({ adminUrl: url }) => nameOf(url));
    return `databases ${databases.join(', ')}; queues on ${serverOf(places.queues)}; bus on ${serverOf(places.bus)}`;
  });
  if (places) {
    await examineDatabases(places, report);
    await examineRedis([config.redisUrl, config.busUrl], report);
    addUp(places, Object.keys(config.subgraphUrls).length > 0, report);
  }
}

/** `host:port/database`, without its login. */
const nameOf = (url: string): string => `${serverOf(url).split(' ')[1] ?? ''}${new URL(url).pathname}`;

async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: CONNECT_MS, application_name: 'switchboard:doctor' });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end();
  }
}

async function examineDatabases({ databases, queues }: Places, report: Report): Promise<void> {
  for (const { adminUrl, subgraphs, urls } of databases) {
    const name = nameOf(adminUrl);
    const reached = await report.check(`database ${name}`, () => withClient(adminUrl, async (client) => {
      const { rows } = await client.query<{ version: string; allowed: number; max: number }>(`select current_setting('server_version') as version,
        current_setting('max_connections')::int as max, current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
          - coalesce(current_setting('reserved_connections', true)::int, 0) as allowed`);
      report.limits.set(serverOf(adminUrl), rows[0]?.allowed ?? 0);
      return `PostgreSQL ${rows[0]?.version ?? ''}, max_connections ${rows[0]?.max ?? ''}`;
    }));
    if (!reached) continue;
    const current = await report.check(`migrations of ${name}`, () => withClient(adminUrl, async (client) => {
      const pending = await pendingMigrations(client, migrationSets(definitions.filter((one) => subgraphs.includes(one.name))));
      if (pending.length > 0) throw new Error(`${pending.length} pending (${pending.join(', ')}): run \`npm start -- --role migrate\``);
      return 'none pending';
    }));
    if (!current) {
      report.say('NOTE', `roles and isolation of ${name}: not looked at before the migrations have run`);
      continue;
    }
    await report.check(`role switchboard_system on ${name}`, () => withClient(urls.system, async () => 'signs in'));
    for (const subgraph of subgraphs) await report.check(`role and isolation of ${subgraph}`, () => isolation(subgraph, urls.app[subgraph] ?? ''));
    for (const subgraph of subgraphs) await report.check(`counters of ${subgraph}`, () => examineCounters(subgraph, urls.system));
  }
  if (isRedisUrl(queues)) return;
  await report.check('queue tables', () => withClient(queues, async (client) => {
    const { rows } = await client.query<{ here: boolean }>(`select to_regclass('bullmq.job') is not null as here`);
    if (!rows[0]?.here) throw new Error('missing: run `npm start -- --role migrate`');
    return 'in place';
  }));
}

async function isolation(subgraph: string, url: string): Promise<string> {
  const definition = definitions.find(({ name }) => name === subgraph);
  if (!definition) throw new Error('unknown subgraph');
  const pool = new Pool({ connectionString: url, max: 1, connectionTimeoutMillis: CONNECT_MS });
  pool.on('error', () => undefined);
  try {
    await assertIsolation(pool, {
      schema: subgraph, platformTables: [...KERNEL_PLATFORM_TABLES, ...definition.platformTables],
      personalTables: definition.personalTables, definerFunctions: definition.definerFunctions,
      systemFunctions: definition.systemFunctions,
    });
    return 'tenants are kept apart';
  } finally {
    await pool.end();
  }
}

const spelled = (demands: readonly Demand[]): string => [...totals(demands)].map(([server, sum]) => {
  const pools = demands.filter((one) => one.server === server).map(({ pool, connections }) => `${pool} ${connections}`);
  return `${sum} on ${server} (${pools.join(', ')})`;
}).join('; ');

/** @param apart whether the roles run in processes of their own */
function addUp(places: Places, apart: boolean, report: Report): void {
  const databases = Object.fromEntries(definitions.map(({ name }) => [name, places.app(name)]));
  const budget = connectionBudget({ databases, bus: places.bus, queues: places.queues });
  for (const [role, demands] of Object.entries(budget)) report.say('NOTE', `budget of ${role}: ${spelled(demands) || 'none'}`);
  const { all = [], ...roles } = budget;
  const counted = apart ? Object.values(roles).flat() : all;
  for (const [server, sum] of totals(counted)) {
    const limit = report.limits.get(server);
    const what = `connections of ${apart ? 'one process of each role' : 'one process of role all'} on ${server}: ${sum}`;
    if (limit === undefined) report.say('NOTE', `${what}; what the server allows is unknown`);
    else report.say(sum <= limit ? 'PASS' : 'FAIL', `${what} of ${limit} that it allows`);
  }
}
