// A drill of the walls between tenants, and what it found.
import { defineEntity, p } from '@mikro-orm/postgresql';
import type { DrillReport } from '../../kernel/data/drill.js';

export const IsolationDrill = defineEntity({
  name: 'IsolationDrill', tableName: 'isolation_drill', schema: 'compliance',
  properties: {
    id: p.uuid().primary(),
    state: p.text().$type<'RUNNING' | 'PASSED' | 'FAILED'>(),
    /** How long it may take. */
    seconds: p.integer(),
    requestedAt: p.datetime(3),
    /** When a job should have ended it; null when one has. */
    dueAt: p.datetime(3).nullable(),
    finishedAt: p.datetime(3).nullable(),
    /** One a subgraph; null while it runs. */
    report: p.json<DrillReport[]>().nullable(),
  },
});
