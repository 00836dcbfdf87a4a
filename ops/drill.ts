// What a drill of the walls tries, on every subgraph's database: with the login that serves its requests, and what may be found there.
import type { DrillProbe } from '../subgraphs/compliance/public.js';
import { drill } from '../subgraphs/kernel/data/drill.js';
import { KERNEL_PLATFORM_TABLES } from '../subgraphs/kernel/data/kernel-tables.js';
import { definitions } from './composition.js';
import type { Places } from './places.js';

export function drillProbes(places: Places): DrillProbe[] {
  const permissions = [...new Set(definitions.flatMap((definition) => Object.keys(definition.permissions)))];
  return definitions.map(({ name, platformTables, personalTables, definerFunctions, systemFunctions }) => (deadline) => drill({
    appUrl: places.app(name), systemUrl: places.system(name), permissions,
    expected: { schema: name, platformTables: [...KERNEL_PLATFORM_TABLES, ...platformTables], personalTables, definerFunctions, systemFunctions },
  }, deadline));
}
