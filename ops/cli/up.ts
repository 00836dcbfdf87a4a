// `npm start`: everything in one process on an embedded PostgreSQL, or on the one DATABASE_URL names.
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createPlayground } from '../../gateway/playground/playground.js';
import { ConfigError, readConfig, type Config } from '../../subgraphs/kernel/base/config.js';
import { createLogger } from '../../subgraphs/kernel/base/logger.js';
import { environmentMasterKey, fileMasterKey, type MasterKeyPort } from '../../subgraphs/kernel/crypto/master-key.js';
import { playgroundContent } from '../playground.content.js';
import { startPostgres } from '../postgres/server.js';
import { startMetaGraphStandIn } from '../standins/meta-graph.js';

const began = performance.now();
const seconds = (): string => ((performance.now() - began) / 1000).toFixed(1);
const say = (line: string): void => { process.stdout.write(`${line}\n`); };
const progress = (line: string): void => say(`[${seconds()}s] ${line}`);

/** Listening comes last, but a taken port is worth knowing first. */
async function assertPortFree({ host, port }: Config): Promise<void> {
  if (port === 0) return;
  await new Promise<void>((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => reject(new ConfigError(error.code === 'EADDRINUSE'
      ? `Port ${port} on ${host} is taken by another program: stop it, or choose another port with PORT.`
      : `Cannot listen on ${host} port ${port} (${error.code ?? error.message}): choose another with HOST and PORT.`)));
    probe.listen(port, host, () => probe.close(() => resolve()));
  });
}

function makeDataDir(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o755 });
  } catch (error) {
    throw new ConfigError(`Configuration: the folder of SWITCHBOARD_DATA_DIR, ${path}, cannot be made (${(error as NodeJS.ErrnoException).code ?? 'unknown'}).`);
  }
}

function masterKeyOf(config: Config): MasterKeyPort {
  if (config.masterKey) return environmentMasterKey(config.masterKey);
  if (config.masterKeyFile) return fileMasterKey(config.masterKeyFile, false);
  if (config.production) throw new ConfigError('Configuration: SWITCHBOARD_MASTER_KEY or SWITCHBOARD_MASTER_KEY_FILE is required when NODE_ENV is "production".');
  return fileMasterKey(join(config.dataDir, 'keys', 'master.key'), true);
}

/** Starts everything. `stops` learns how to end each part as soon as it runs. */
async function start(stops: (() => Promise<void>)[]): Promise<void> {
  const config = readConfig();
  await assertPortFree(config);
  const embedded = config.databaseUrl === undefined;
  // The database's account must be able to pass; keys below it have a folder only their owner can enter.
  if (embedded || !(config.masterKey ?? config.masterKeyFile)) makeDataDir(config.dataDir);
  const masterKey = masterKeyOf(config);
  const logger = createLogger({ level: config.logLevel, destination: process.stderr });
  // Loading the product's modules takes as long as starting the database: side by side.
  const loading = import('../platform.js');
  let adminUrl = config.databaseUrl ?? '';
  if (embedded) {
    progress('starting PostgreSQL');
    const server = await startPostgres({ dataDir: join(config.dataDir, 'postgres'), log: progress });
    stops.push(() => server.stop());
    adminUrl = server.superuserUrl;
  }
  const checks: Record<string, () => Promise<boolean>> = {};
  let standInUrl: string | undefined;
  if (embedded && !config.metaGraphUrl) {
    const standIn = await startMetaGraphStandIn({ host: '127.0.0.1' });
    stops.push(() => standIn.close());
    standInUrl = standIn.url;
    checks['metaStandIn'] = async () => (await fetch(`${standIn.url}/_sent`)).ok;
  }
  progress('starting subgraphs, workers and gateway');
  const demo = embedded && !config.production;
  const playground = createPlayground({ content: playgroundContent(demo), logger });
  checks['playground'] = async () => playground.render().includes('id="playground"');
  const { startPlatform } = await loading;
  const platform = await startPlatform({
    config: { ...config, metaGraphUrl: config.metaGraphUrl ?? standInUrl }, adminUrl, masterKey, logger, log: progress, demo, playground, checks,
  });
  stops.push(() => platform.stop());
  const { welcome } = await import('./up.welcome.js');
  for (const line of welcome({ gateway: platform.gateway, demo, standInUrl, seconds: seconds() })) say(line);
}

function main(): void {
  const stops: (() => Promise<void>)[] = [];
  const stopAll = async (): Promise<void> => { for (const stop of stops.splice(0).reverse()) await stop(); };
  const started = start(stops);
  let stopping = false;
  const onSignal = (signal: string): void => {
    // Somebody who asks twice does not want to wait; the next start adopts what is left.
    if (stopping) process.exit(130);
    stopping = true;
    progress(`${signal}: draining (again to stop at once)`);
    // A start under way is let finish, so that nothing it starts is left behind.
    started.then(stopAll, () => undefined).then(() => { progress('stopped'); process.exit(0); }, fail);
  };
  process.on('SIGINT', () => onSignal('SIGINT'));
  process.on('SIGTERM', () => onSignal('SIGTERM'));
  started.catch(async (error: unknown) => {
    await stopAll();
    fail(error);
  }).catch(fail);
}

/** One sentence for what an operator can mend, the whole error for what is ours. */
function fail(error: unknown): never {
  const known = error instanceof ConfigError || (error instanceof Error && /^(Postgres|Isolation|Listen)/.test(error.constructor.name));
  const code = (error as { code?: string } | null)?.code;
  if (known) process.stderr.write(`${(error as Error).message}\n`);
  else if (code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === '28P01' || code === '3D000') {
    process.stderr.write(`The database of DATABASE_URL cannot be used: ${(error as Error).message || code}.\n`);
  } else process.stderr.write(`Switchboard could not start: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
}

main();
