// `npm start`: the whole product in one process, or one `--role` of it, until a signal drains it.
import { ConfigError, readConfig } from '../../subgraphs/kernel/base/config.js';
import { createLogger } from '../../subgraphs/kernel/base/logger.js';
import type { RoleParts } from '../roles/gateway.role.js';
import type { Role } from '../roles/role.js';
import { subgraphNames } from '../rover.file.js';
import { Started } from '../started.js';

const SAME_WISH_MS = 1_000;
const began = performance.now();
const elapsed = (): string => ((performance.now() - began) / 1000).toFixed(1);
const say = (line: string): void => { process.stdout.write(`${line}\n`); };
const progress = (line: string): void => say(`[${elapsed()}s] ${line}`);

/** Starts the role of the command line. `started` learns how to end each part as soon as it runs. */
async function start(started: Started): Promise<void> {
  const config = readConfig(undefined, subgraphNames());
  const parts = { config, logger: createLogger({ level: config.logLevel, destination: process.stderr }), started };
  const args = process.argv.slice(2);
  // Each role loads what it runs and nothing else: a wrong setting is said at once, a gateway has no database code.
  const { readRole } = await import('../roles/role.js');
  const role = readRole(args);
  if (role.kind === 'all') {
    const { startAllRole } = await import('../roles/all.role.js');
    for (const line of await startAllRole(parts, progress, elapsed)) say(line);
    return;
  }
  progress(`starting ${args.join(' ').replace(/^--role[= ]/, '')}`);
  const url = await startRole(role, parts);
  if (url !== null) say(`ready ${url}`);
}

/** @returns where it listens; null when the role is done */
async function startRole(role: Exclude<Role, { kind: 'all' }>, parts: RoleParts): Promise<string | null> {
  const { config, logger } = parts;
  if (role.kind === 'gateway') {
    const { startGatewayRole } = await import('../roles/gateway.role.js');
    const { createPlayground } = await import('../../gateway/playground/playground.js');
    const { playgroundContent } = await import('../playground.content.js');
    return startGatewayRole(parts, createPlayground({ content: playgroundContent(false), logger }));
  }
  assertDatabases(role.kind === 'subgraph' ? [role.name] : subgraphNames(), config);
  if (role.kind === 'migrate') {
    const { placesOf, preparePlaces } = await import('../places.js');
    await preparePlaces(placesOf(config, config.databaseUrl), progress);
    progress('every schema is up to date');
    return null;
  }
  if (role.kind === 'demo') {
    progress((await (await import('../roles/demo.role.js')).runDemoRole(parts)) ? 'created the demo tenants' : 'the demo tenants are there');
    await parts.started.stop();
    return null;
  }
  if (role.kind === 'subgraph') return (await import('../roles/subgraph.role.js')).startSubgraphRole(parts, role.name);
  return (await import('../roles/workers.role.js')).startWorkersRole(parts, role.jobs);
}

function assertDatabases(names: readonly string[], { databaseUrl, databaseUrls }: { databaseUrl: string | undefined; databaseUrls: Readonly<Record<string, string>> }): void {
  const missing = databaseUrl === undefined ? names.filter((name) => !databaseUrls[name]).map((name) => `${name.toUpperCase()}_DATABASE_URL`) : [];
  if (missing.length > 0) throw new ConfigError(`Configuration: this role needs DATABASE_URL, or ${missing.join(', ')}.`);
}

function main(): void {
  const started = new Started();
  const running = start(started);
  let stopping: number | null = null;
  const onSignal = (signal: string): void => {
    if (stopping !== null) {
      // npm passes on the signal that a terminal has sent to the whole group already: one wish, twice.
      if (performance.now() - stopping < SAME_WISH_MS) return;
      // Somebody who asks twice does not want to wait; the next start adopts what is left.
      process.exit(130);
    }
    stopping = performance.now();
    progress(`${signal}: draining (again to stop at once)`);
    // A start under way is let finish, so that nothing it starts is left behind.
    running.then(() => started.stop(), () => undefined).then(() => { progress('stopped'); process.exit(0); }, fail);
  };
  process.on('SIGINT', () => onSignal('SIGINT'));
  process.on('SIGTERM', () => onSignal('SIGTERM'));
  running.catch(async (error: unknown) => {
    await started.stop();
    fail(error);
  }).catch(fail);
}

const UNUSABLE = new Set(['ECONNREFUSED', 'ENOTFOUND', 'ETIMEDOUT', 'EAI_AGAIN', 'ECONNRESET', '28P01', '28000', '3D000']);

/** One sentence for what an operator can mend, the whole error for what is ours. */
function fail(error: unknown): never {
  const { code } = (error ?? {}) as { code?: string };
  if (error instanceof ConfigError || (error instanceof Error && /^(Postgres|Isolation)/.test(error.constructor.name)) || /^Port \d+ /.test((error as Error).message)) {
    process.stderr.write(`${(error as Error).message}\n`);
  } else if (code !== undefined && UNUSABLE.has(code)) {
    process.stderr.write(`The database of DATABASE_URL cannot be used: ${(error as Error).message || code}.\n`);
  } else process.stderr.write(`Switchboard could not start: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
}

main();
