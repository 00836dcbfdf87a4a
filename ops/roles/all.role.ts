// Everything in one process, on an embedded PostgreSQL or on the one DATABASE_URL names.
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createPlayground } from '../../gateway/playground/playground.js';
import { ConfigError, type Config } from '../../subgraphs/kernel/base/config.js';
import { isGiven } from '../../subgraphs/kernel/base/config.master-key.js';
import { playgroundContent } from '../playground.content.js';
import { startPostgres } from '../postgres/server.js';
import { startMetaGraphStandIn } from '../standins/meta-graph.js';
import { startStripeStandIn } from '../standins/stripe.js';
import { startTwilioStandIn } from '../standins/twilio.js';
import type { RoleParts } from './gateway.role.js';
import { masterKeyOf } from './keys.js';

/** Listening comes last, but a taken port is worth knowing first. */
async function assertPortFree({ host, port, portShared }: Config): Promise<void> {
  if (port === 0) return;
  await new Promise<void>((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => reject(new ConfigError(error.code === 'EADDRINUSE'
      ? `Port ${port} on ${host} is taken by another program: stop it, or choose another port with PORT.`
      : `Cannot listen on ${host} port ${port} (${error.code ?? error.message}): choose another with HOST and PORT.`)));
    probe.listen({ port, host, reusePort: portShared }, () => probe.close(() => resolve()));
  });
}

function makeDataDir(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o755 });
  } catch (error) {
    throw new ConfigError(`Configuration: the folder of SWITCHBOARD_DATA_DIR, ${path}, cannot be made (${(error as NodeJS.ErrnoException).code ?? 'unknown'}).`);
  }
}

/** @returns what a newcomer should read */
export async function startAllRole({ config, logger, started }: RoleParts, progress: (line: string) => void, elapsed: () => string): Promise<string[]> {
  if (config.production && !config.databaseUrl) {
    throw new ConfigError('Configuration: DATABASE_URL is required when NODE_ENV is "production" (the embedded database is for development).');
  }
  await assertPortFree(config);
  const embedded = config.databaseUrl === undefined;
  // The database's account must be able to pass; keys below it have a folder only their owner can enter.
  if (embedded || !isGiven(config.masterKey)) makeDataDir(config.dataDir);
  const masterKey = await masterKeyOf(config, true);
  // Loading the product's modules takes as long as starting the database: side by side.
  const loading = import('../platform.js');
  let adminUrl = config.databaseUrl ?? '';
  if (embedded) {
    progress('starting PostgreSQL');
    const server = await startPostgres({ dataDir: join(config.dataDir, 'postgres'), log: progress });
    started.add(() => server.stop());
    adminUrl = server.superuserUrl;
  }
  const checks: Record<string, () => Promise<boolean>> = {};
  let standInUrl: string | undefined;
  if (embedded && !config.metaGraphUrl) {
    const standIn = await startMetaGraphStandIn({ host: '127.0.0.1' });
    started.add(() => standIn.close());
    standInUrl = standIn.url;
    checks['metaStandIn'] = async () => (await fetch(`${standIn.url}/_sent`)).ok;
  }
  let twilioUrl: string | undefined;
  if (embedded && !config.twilioUrl) {
    const standIn = await startTwilioStandIn();
    started.add(() => standIn.close());
    twilioUrl = standIn.url;
    checks['twilioStandIn'] = async () => (await fetch(`${standIn.url}/_sent`)).ok;
  }
  let stripeUrl: string | undefined;
  if (embedded && !config.stripeUrl) {
    const standIn = await startStripeStandIn();
    started.add(() => standIn.close());
    stripeUrl = standIn.url;
    checks['stripeStandIn'] = async () => (await fetch(`${standIn.url}/_sent`)).ok;
  }
  progress('starting subgraphs, workers and gateway');
  const demo = embedded && !config.production;
  const playground = createPlayground({ content: playgroundContent(demo), logger });
  checks['playground'] = async () => playground.render().includes('id="playground"');
  const { startPlatform } = await loading;
  const platform = await startPlatform({
    config: { ...config, metaGraphUrl: config.metaGraphUrl ?? standInUrl, twilioUrl: config.twilioUrl ?? twilioUrl, stripeUrl: config.stripeUrl ?? stripeUrl }, adminUrl, masterKey, logger, log: progress, demo, playground, checks,
  });
  started.add(() => platform.stop());
  const { welcome } = await import('../cli/up.welcome.js');
  return welcome({ gateway: platform.gateway, demo, standInUrl, twilioUrl, stripeUrl, seconds: elapsed() });
}
