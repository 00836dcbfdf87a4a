// Handing a tenant everything it has is one conversation: tenancy orders it, every subgraph writes its part to storage and answers. What each contributes is made here.
import { z } from 'zod';
import { defineEvent, type EventDefinition } from './events.js';
import { defineJob, type JobDefinition, type JobReaction } from './jobs.js';

const order = z.object({
  tenantId: z.uuid(), exportId: z.uuid(),
  /** Grows with each order that follows a failure: two attempts never write under one name. */
  attempt: z.number().int().positive(),
  /** Those whose part is missing. */
  subgraphs: z.array(z.string()),
});

const PART_FAILURES = ['STORAGE', 'INTERNAL'] as const;
export type PartFailure = (typeof PART_FAILURES)[number];

const answer = z.object({
  tenantId: z.uuid(), exportId: z.uuid(), attempt: z.number().int().positive(),
  /** Its index is a file too: tables are too many for an event. Null: it failed. */
  part: z.object({ files: z.number().int(), rows: z.number().int(), bytes: z.number().int(), indexSha256: z.string() }).nullable(),
  failure: z.enum(PART_FAILURES).nullable(),
});

export type ExportOrder = z.infer<typeof order>;
export type ExportPartAnswer = z.infer<typeof answer>;
export type ExportTenantJob = JobDefinition<typeof order>;
export type ExportedEvent = EventDefinition<typeof answer>;
export { order as exportOrder, answer as exportPartAnswer };

/** What a part says of itself, in the file beside its tables. */
export const exportIndex = z.object({
  subgraph: z.string(),
  /** The newest migration of its schema. */
  schemaVersion: z.string(),
  /** The moment of which all its tables are. */
  takenAt: z.string(),
  tables: z.array(z.object({
    table: z.string(), rows: z.number().int(), bytes: z.number().int(), sha256: z.string(),
    /** Sealed values that do not open any more; they are null. */
    unreadable: z.number().int(),
  })),
  /** Tables, and columns of tables, that are not in it, and why. */
  withheld: z.record(z.string(), z.string()),
});
export type ExportIndex = z.infer<typeof exportIndex>;

export const defineExportTenantJob = (subgraph: string): ExportTenantJob => defineJob({
  name: `${subgraph}.exportTenant`, description: 'Writes every row of a tenant that asks for all it has, and says so.', payload: order, concurrency: 1,
  key: ({ exportId, attempt }) => `${exportId}-${attempt}`,
});

/** `ConversationsExported`: the answer of conversations. */
export const defineExportedEvent = (subgraph: string): ExportedEvent => defineEvent({
  name: `${subgraph[0]?.toUpperCase() ?? ''}${subgraph.slice(1)}Exported`, version: 1,
  description: `Everything of a tenant in ${subgraph} is written to storage, or could not be.`,
  payload: answer, feed: false,
  example: {
    tenantId: '01930000-0000-7000-8000-000000000005', exportId: '01930000-0000-7000-8000-000000000006', attempt: 1,
    part: { files: 12, rows: 3_400, bytes: 812_000, indexSha256: '2f'.repeat(32) }, failure: null,
  },
});

export const exportTenantReaction = (job: ExportTenantJob): JobReaction =>
  ({ from: 'tenancy', event: 'TenantExportOrdered', version: 1, job, payload: (_tenantId, event) => order.parse(event) });

/** Where all files of a tenant's exports are; what follows has no slash. */
export const tenantExportFolder = (tenantId: string): string => `tenant-exports/${tenantId}/`;
/** What the files of one export begin with; of one part; of one attempt at it. */
export const tenantExportFiles = ({ tenantId, exportId }: { tenantId: string; exportId: string }, part?: string, attempt?: number): string =>
  `${tenantExportFolder(tenantId)}${[exportId, ...(part === undefined ? [] : [part]), ...(attempt === undefined ? [] : [attempt])].join('.')}.`;
export const INDEX_FILE = 'index.json';
export const tableFile = (table: string): string => `${table}.jsonl`;
