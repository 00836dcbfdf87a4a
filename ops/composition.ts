// Which subgraphs make the product: the only place in code that lists them, in rover.yaml's order.
import { commerce } from '../subgraphs/commerce/subgraph.js';
import { compliance } from '../subgraphs/compliance/subgraph.js';
import { conversations } from '../subgraphs/conversations/subgraph.js';
import { identity } from '../subgraphs/identity/subgraph.js';
import type { MigrationSet } from '../subgraphs/kernel/data/migrate.js';
import type { SubgraphDefinition } from '../subgraphs/kernel/graphql/subgraph.js';
import { tenancy } from '../subgraphs/tenancy/subgraph.js';
import type { RelayTrigger } from '../workers/relay/relay.js';

export const modules = [identity, tenancy, conversations, commerce, compliance] as const;

export const definitions: readonly SubgraphDefinition[] = modules.map((module) => module.definition);

/** What the relay of a schema enqueues: the owner's own jobs, and those of others that react to its events. */
export const triggersOf = (schema: string): RelayTrigger[] => definitions.flatMap(({ name, triggers, reactions }): RelayTrigger[] => [
  ...(name === schema ? triggers : []),
  ...reactions.filter(({ from }) => from === schema).map(({ event, job, payload }) => ({ event: { name: event }, job, payload })),
]);

/** What `migrate` applies: one history a schema. */
export const migrationSets = (of: readonly SubgraphDefinition[] = definitions): MigrationSet[] =>
  of.map(({ name, migrations }) => ({ schema: name, migrations }));
