// Erasing a tenant is one conversation: tenancy orders it, every subgraph deletes its rows and answers. What each contributes is made here.
import { z } from 'zod';
import { defineEvent, type EventDefinition } from './events.js';
import { defineJob, type JobDefinition, type JobReaction } from './jobs.js';

const order = z.object({ tenantId: z.uuid() });
const erased = z.object({ tenantId: z.uuid(), tables: z.array(z.object({ table: z.string(), rows: z.number().int().positive() })) });

export type EraseJob = JobDefinition<typeof order>;
export type ErasedEvent = EventDefinition<typeof erased>;

export const defineEraseJob = (subgraph: string): EraseJob => defineJob({
  name: `${subgraph}.erase`, description: 'Deletes every row of a tenant whose grace is over, and says so.', payload: order, concurrency: 1, key: ({ tenantId }) => tenantId,
});

/** `ConversationsErased`: the answer of conversations. */
export const defineErasedEvent = (subgraph: string): ErasedEvent => defineEvent({
  name: `${subgraph[0]?.toUpperCase() ?? ''}${subgraph.slice(1)}Erased`, version: 1,
  description: `Nothing of a tenant is left in ${subgraph}. The rows are those of all runs since its last answer.`,
  payload: erased, feed: false, example: { tenantId: '01930000-0000-7000-8000-000000000005', tables: [{ table: 'data_key', rows: 1 }] },
});

export const eraseReaction = (job: EraseJob): JobReaction =>
  ({ from: 'tenancy', event: 'TenantErasureOrdered', version: 1, job, payload: (_tenantId, event) => order.parse(event) });
