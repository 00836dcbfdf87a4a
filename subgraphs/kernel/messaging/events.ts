// Events between subgraphs: a past-tense name, a version, a published JSON schema. Payloads carry ids, never rows.
import { z } from 'zod';

export interface EventDefinition<Payload extends z.ZodType = z.ZodType> {
  name: string;
  version: number;
  description: string;
  payload: Payload;
  /** An example consumers are tested with; published beside the schema. */
  example: z.input<Payload>;
  /** Also kept as history that subscriptions replay. */
  feed: boolean;
}

export const defineEvent = <Payload extends z.ZodType>(definition: EventDefinition<Payload>): EventDefinition<Payload> => definition;

/** An event travels in one notification of PostgreSQL, which holds 8,000 bytes with its envelope. */
export const MAX_PAYLOAD_BYTES = 6_000;

/** One event about to be written to the outbox. */
export interface PendingEvent {
  definition: EventDefinition;
  payload: unknown;
  /** Events of one stream keep their order; for feed events also what subscribers filter by. */
  streamId: string | null;
  groupId: string | null;
}

/** The published form of a definition, as committed under `schema/events`. */
export function publishedEvent(definition: EventDefinition): Record<string, unknown> {
  return {
    name: definition.name,
    version: definition.version,
    description: definition.description,
    payload: z.toJSONSchema(definition.payload),
    examples: [definition.example],
  };
}
