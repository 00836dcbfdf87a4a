// Events that a tenant's own programs are told of: a published shape beside the one between subgraphs, so that either may change alone.
import { z } from 'zod';

export interface PublicEvent {
  /** What receivers know it by: `order.placed`. */
  type: string;
  version: number;
  description: string;
  /** The subgraph that announces it, and the event's name and version there; null: nobody does, it is made where webhooks are. */
  of: { from: string; event: string; version: number } | null;
  /** What receivers read: ids as the graph knows them, states and times. */
  data: z.ZodType;
  example: unknown;
  /** From what the subgraph announced. @throws when it is not as its version has it */
  read: (payload: unknown) => unknown;
}

/** As committed under `schema/events/webhooks`. */
export const publishedWebhook = ({ type, version, description, of, data, example }: PublicEvent): Record<string, unknown> => ({
  type, version, description, of, data: z.toJSONSchema(data), examples: [example],
});
