// A subgraph as one value: everything composition, contract tests and generated files need to know of it.
import type { EntitySchema } from '@mikro-orm/postgresql';
import type { RouteDeclaration, RouteRequest, RouteResponse } from '../base/subgraph-port.js';
import type { AuditType } from '../messaging/audit.js';
import type { AuditClasses } from '../messaging/audit.redaction.js';
import type { SnapshotRules } from '../data/snapshot-rules.js';
import type { ExportRules } from '../data/tenant-lines.js';
import type { ErasureRules } from '../data/tenant-rows.js';
import type { ErasedEvent, EraseJob } from '../messaging/erasure.js';
import type { EventDefinition } from '../messaging/events.js';
import type { PublicEvent } from '../messaging/public-events.js';
import type { JobDefinition, JobReaction, JobTrigger } from '../messaging/jobs.js';
import type { ExportedEvent, ExportTenantJob } from '../messaging/tenant-export.js';
import type { SealedColumn } from '../crypto/sealed-column.js';
import type { NamedMigration } from '../data/migrate.js';
import type { OperationContext } from './context.js';
import type { Rule, RuleMap } from './rules.js';

/** How a subgraph answers for an entity another subgraph refers to. */
export interface Reference<Row = unknown> {
  /** Checked once per reference, because `_entities` passes no field rule. */
  rule: Rule;
  /** The row of this UUID as the actor may see it, else null. */
  resolve: (context: OperationContext, id: string) => Promise<Row | null>;
}

export interface MutationDeclaration {
  /** Dotted, lower case, e.g. `message.send`. */
  action: string;
  type: AuditType;
  /** GraphQL type of the resource it touches. */
  resource: string;
}

/** What erasing a tenant takes here. `job` and `event` are also among the subgraph's. */
export interface Erasure extends ErasureRules {
  job: EraseJob;
  event: ErasedEvent;
}

/** What handing a tenant everything it has takes here. `job` and `event` are also among the subgraph's. */
export interface TenantExporting extends ExportRules {
  job: ExportTenantJob;
  event: ExportedEvent;
}

export type RouteHandler = (request: RouteRequest) => Promise<RouteResponse>;
export type RouteDefinition = Omit<RouteDeclaration, 'subgraph'>;

export interface SubgraphDefinition {
  name: string;
  /** type-graphql resolver classes, each constructed with the subgraph's services. */
  resolvers: (new (services: never) => object)[];
  /** Types reached only through an interface. */
  orphanedTypes: (abstract new () => object)[];
  entities: EntitySchema[];
  migrations: NamedMigration[];
  /** Columns that hold sealed values. */
  sealed?: SealedColumn[];
  /** Tables without a tenant, beyond the kernel's. */
  platformTables: string[];
  /** Tables without a tenant whose rows belong to one person each. */
  personalTables: string[];
  /** SECURITY DEFINER look-ups that run before a tenant is known. */
  definerFunctions: string[];
  /** SECURITY DEFINER functions that workers call as the system role, and requests cannot. */
  systemFunctions: string[];
  /** GraphQL type -> id prefix; the `id` of these types is encoded by the kernel. */
  ids: Record<string, string>;
  /** Types among `ids` that `node(id)` reaches here. */
  nodes: string[];
  /** Permission -> what it allows, for people. */
  permissions: Record<string, string>;
  /** Permissions whose use for reading is recorded in the trail, besides `…:manage`, `:export`, `:restore` and `:admin`. */
  sensitiveReads?: string[];
  rules: RuleMap;
  mutations: Record<string, MutationDeclaration>;
  /** What the audit trail may hold of which property of a resource; of those that are absent, nothing. */
  classes?: AuditClasses;
  /** How it erases a tenant, and answers. */
  erasure?: Erasure;
  /** How it writes all that a tenant has here, and answers. */
  tenantExport?: TenantExporting;
  /** What of a tenant is in its backups, and how it comes back. */
  tenantSnapshot?: SnapshotRules;
  references: Record<string, Reference>;
  routes: RouteDefinition[];
  events: EventDefinition[];
  jobs: JobDefinition[];
  triggers: JobTrigger[];
  /** Jobs that events of other subgraphs start. */
  reactions: JobReaction[];
  /** What tenants' own programs may be told of, where webhooks are. */
  publicEvents?: readonly PublicEvent[];
}
