// Job contracts. A job is a hint that carries ids; tables are the truth, so losing every queue loses nothing.
import { z } from 'zod';
import type { EventDefinition } from './events.js';

export interface JobDefinition<Payload extends z.ZodType = z.ZodType> {
  /** `<subgraph>.<verb>`; also the queue's name. */
  name: string;
  description: string;
  payload: Payload;
  /** Jobs of this kind that one process runs at the same time. */
  concurrency: number;
  /** Equal keys are one waiting job. */
  key: (payload: z.output<Payload>) => string;
  /** Of those that wait, the lowest are run first, whenever they came; all alike when absent. From 0. */
  rank?: (payload: z.output<Payload>) => number;
}

export const defineJob = <Payload extends z.ZodType>(definition: JobDefinition<Payload>): JobDefinition<Payload> => definition;

/** "When this event is relayed, enqueue that job." */
export interface JobTrigger {
  event: EventDefinition;
  job: JobDefinition;
  /** From the event's tenant and payload to the job's payload. */
  payload: (tenantId: string, eventPayload: unknown) => unknown;
}

/**
 * "When another subgraph announces this, enqueue that job of ours." Its `payload` reads the published shape with a parser of its own:
 * subgraphs share no type, and a contract test feeds it the published example. Events come at least once: the job must bear repeating.
 */
export interface JobReaction {
  /** The subgraph that announces, and the event's name and version. */
  from: string;
  event: string;
  version: number;
  job: JobDefinition;
  payload: JobTrigger['payload'];
}

/** What waits in the tables of a subgraph for one of its jobs. */
export interface WaitingWork {
  job: JobDefinition;
  payloads: unknown[];
  /** True: nothing but the sweeper enqueues this job, so that waiting for it is no delay worth a line in the log. */
  routine?: boolean;
}

export interface JobQueue {
  enqueue(job: JobDefinition, payloads: unknown[]): Promise<void>;
}
