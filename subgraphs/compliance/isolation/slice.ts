// The drill: tried by who looks after the platform, on every subgraph's database.
import { can, each, inherited } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { drillJob } from '../jobs.js';
import { isolationDrill } from '../migrations/20261129-90-isolation-drill.js';
import { PLATFORM_PERMISSION } from '../permissions.js';
import { IsolationDrill } from './isolation.entity.js';
import { IsolationResolver } from './isolation.resolver.js';
import { IsolationDrillRunning } from './isolation.type.js';

const ADMINISTERING = can(PLATFORM_PERMISSION);

export const isolationSlice: Slice = {
  resolvers: [IsolationResolver],
  orphanedTypes: [IsolationDrillRunning],
  entities: [IsolationDrill],
  migrations: [isolationDrill],
  platformTables: ['isolation_drill'],
  ids: { IsolationDrill: 'idr' },
  rules: {
    Query: each(ADMINISTERING, 'isolationDrill'),
    Mutation: each(ADMINISTERING, 'isolationDrillRun'),
    IsolationDrill: each(inherited, 'id', 'state', 'requestedAt', 'finishedAt', 'subgraphs', 'findings'),
    IsolationDrillSubgraph: each(inherited, 'subgraph', 'tables', 'controlled', 'attempts'),
    IsolationFinding: each(inherited, 'kind', 'subgraph', 'table', 'text'),
    IsolationDrillRunPayload: each(inherited, 'drill', 'userErrors'),
    IsolationDrillRunning: each(inherited, 'message', 'code', 'field'),
  },
  mutations: { isolationDrillRun: { action: 'isolation.drill_run', type: 'SECURITY', resource: 'IsolationDrill' } },
  classes: { IsolationDrill: { seconds: 'plain', tables: 'plain', attempts: 'plain', crossings: 'plain', findings: 'plain' } },
  jobs: [drillJob],
};
