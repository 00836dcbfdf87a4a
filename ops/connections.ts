// The connection budget: how many connections each role may hold on each server. Pools get their sizes from here; doctor adds them up.
import { isRedisUrl } from '../subgraphs/kernel/base/config.js';
import { POSTGRES_BUS_CONNECTIONS } from '../subgraphs/kernel/messaging/bus.postgres.js';
import { REDIS_BUS_CONNECTIONS } from '../subgraphs/kernel/messaging/bus.redis.js';
import { redisQueueConnections } from '../workers/queue.redis.js';
import { processedJobs } from '../workers/registry.js';

const SUBGRAPHS: Readonly<Record<string, number>> = { identity: 6, tenancy: 4, conversations: 12, commerce: 6, compliance: 4 };

export const CONNECTIONS = {
  /** The pool of the workers' sweeper, collector and rotations of keys, on each database. */
  system: 4,
  /** The pool of the queues on PostgreSQL: one listens for all workers, for good; the rest is to work with. */
  queues: 8,
  /** A drill: as requests and as the system role, on one database after the other. */
  drill: 2,
  /** A part of the export of a tenant: one for each subgraph at a time. */
  tenantExport: 1,
  /** What holds the lock of an erasure: one for each subgraph at a time. */
  erasure: 1,
  /** Where there is a place for backups: the log, its note and the ledger of who was erased; and while one is taken its files, its lock and what is counted for it; beside it one of a tenant, with its lock. */
  backup: 11,
  /** The one that holds a relay's lock. */
  relay: 1,
  /** The lock, and the schema being migrated. */
  migrate: 2,
} as const;

/** Those whose jobs the workers run. */
const WORKING_SUBGRAPHS = ['commerce', 'compliance', 'conversations', 'identity', 'tenancy'] as const;

/** The pool of a subgraph. @throws for one without a budget */
export function subgraphConnections(name: string): number {
  const connections = SUBGRAPHS[name];
  if (connections === undefined) throw new Error(`The subgraph ${name} has no connection budget: give it one in ops/connections.ts.`);
  return connections;
}

/** Where everything lives, as URLs. */
export interface Servers {
  /** The database of each subgraph, by name. */
  databases: Readonly<Record<string, string>>;
  bus: string;
  queues: string;
}

export interface Demand {
  pool: string;
  /** `postgres host:port` or `redis host:port`: where connections are counted. */
  server: string;
  connections: number;
}

/** The name of a URL's server; neither login nor database. */
export function serverOf(url: string): string {
  const { hostname, port } = new URL(url);
  return isRedisUrl(url) ? `redis ${hostname}:${port || '6379'}` : `postgres ${hostname}:${port || '5432'}`;
}

/** What one process of each role may hold at most. `all` is everything in one process, which shares one bus. */
export function connectionBudget({ databases, bus, queues }: Servers): Record<string, Demand[]> {
  const names = Object.keys(databases);
  const on = (url: string, pool: string, connections: number): Demand => ({ pool, server: serverOf(url), connections });
  const busDemand = on(bus, 'bus', isRedisUrl(bus) ? REDIS_BUS_CONNECTIONS : POSTGRES_BUS_CONNECTIONS);
  const own = (name: string): Demand => on(databases[name] ?? '', name, subgraphConnections(name));
  // Logins differ where the database is the same.
  const apart = [...new Map(Object.values(databases).map((url) => [`${serverOf(url)}${new URL(url).pathname}`, url])).values()];
  const working = [
    on(queues, 'queues', isRedisUrl(queues) ? redisQueueConnections(processedJobs.length) : CONNECTIONS.queues),
    ...names.map((name) => on(databases[name] ?? '', `relay ${name}`, CONNECTIONS.relay)),
    ...names.map((name) => on(databases[name] ?? '', `tenant export ${name}`, CONNECTIONS.tenantExport)),
    ...names.map((name) => on(databases[name] ?? '', `erasure ${name}`, CONNECTIONS.erasure)),
    ...apart.map((url) => on(url, 'system', CONNECTIONS.system)),
    ...apart.map((url) => on(url, 'drill', CONNECTIONS.drill)),
    ...apart.slice(0, 1).map((url) => on(url, 'backup', CONNECTIONS.backup)),
  ];
  return {
    all: [...names.map(own), busDemand, ...working],
    // It asks subgraphs over HTTP and opens neither database nor bus.
    gateway: [],
    ...Object.fromEntries(names.map((name) => [`subgraph:${name}`, [own(name), busDemand]])),
    // Jobs call the services of these in the workers' own process.
    workers: [...WORKING_SUBGRAPHS.map(own), busDemand, ...working],
    migrate: apart.map((url) => on(url, 'migrate', CONNECTIONS.migrate)),
  };
}

/** Connections by server. */
export function totals(demands: readonly Demand[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { server, connections } of demands) sums.set(server, (sums.get(server) ?? 0) + connections);
  return sums;
}
