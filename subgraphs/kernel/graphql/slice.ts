// A slice as a value: what one noun contributes to its subgraph. A subgraph is the sum of its slices.
import type { AuditClasses } from '../messaging/audit.redaction.js';
import type { RuleMap } from './rules.js';
import type { SubgraphDefinition } from './subgraph.js';

/** Everything is optional: a noun without jobs names none. */
export type Slice = Partial<Omit<SubgraphDefinition, 'name'>>;

/** @throws when two slices say different things of one name: a field's rule, a mutation, an id prefix, a reference */
export function combineSlices(name: string, slices: readonly Slice[]): SubgraphDefinition {
  const list = <Key extends ListKey>(key: Key): SubgraphDefinition[Key] => slices.flatMap((slice) => (slice[key] ?? []) as unknown[]) as SubgraphDefinition[Key];
  const record = <Key extends RecordKey>(key: Key): SubgraphDefinition[Key] =>
    union(key, slices.map((slice) => (slice[key] ?? {}) as Record<string, unknown>)) as SubgraphDefinition[Key];
  const [erasure] = slices.flatMap((slice) => slice.erasure ?? []);
  const [tenantExport] = slices.flatMap((slice) => slice.tenantExport ?? []);
  const [tenantSnapshot] = slices.flatMap((slice) => slice.tenantSnapshot ?? []);
  const publicEvents = slices.flatMap((slice) => slice.publicEvents ?? []);
  return {
    ...(publicEvents.length > 0 ? { publicEvents } : {}),
    ...(erasure ? { erasure } : {}),
    ...(tenantExport ? { tenantExport } : {}),
    ...(tenantSnapshot ? { tenantSnapshot } : {}),
    name,
    resolvers: list('resolvers'), orphanedTypes: [...new Set(list('orphanedTypes'))], entities: list('entities'),
    migrations: list('migrations').toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    sealed: slices.flatMap(({ sealed = [] }) => sealed), platformTables: list('platformTables'), personalTables: list('personalTables'), definerFunctions: list('definerFunctions'),
    systemFunctions: list('systemFunctions'), nodes: list('nodes'), sensitiveReads: slices.flatMap(({ sensitiveReads = [] }) => sensitiveReads),
    routes: list('routes'), events: list('events'), jobs: list('jobs'), triggers: list('triggers'), reactions: list('reactions'),
    ids: record('ids'), permissions: record('permissions'), mutations: record('mutations'), references: record('references'),
    rules: byType('the rules', slices.map(({ rules = {} }) => rules)) as RuleMap,
    classes: byType('the audit classes', slices.map(({ classes = {} }) => classes)) as AuditClasses,
  };
}

type ListKey = { [Key in keyof SubgraphDefinition]-?: SubgraphDefinition[Key] extends unknown[] ? Key : never }[keyof SubgraphDefinition];
type RecordKey = 'ids' | 'permissions' | 'mutations' | 'references';

function union(what: string, records: readonly Record<string, unknown>[]): Record<string, unknown> {
  const all: Record<string, unknown> = {};
  for (const [key, value] of records.flatMap(Object.entries)) {
    if (key in all && all[key] !== value) throw new Error(`Two slices disagree about ${what}: ${key}.`);
    all[key] = value;
  }
  return all;
}

/** Slices share types (Query, Mutation, a viewer); each field is declared by one of them, or alike by several. */
function byType(what: string, maps: readonly Readonly<Record<string, Readonly<Record<string, unknown>>>>[]): Record<string, Record<string, unknown>> {
  const types = [...new Set(maps.flatMap(Object.keys))];
  return Object.fromEntries(types.map((type) => [type, union(`${what} of ${type}`, maps.map((map) => map[type] ?? {}))]));
}
