// The contracts of key rotation, alike in every subgraph that seals something.
import { z } from 'zod';
import { defineEvent, type EventDefinition } from './events.js';
import { defineJob, type JobDefinition } from './jobs.js';

const rotation = z.object({
  tenantId: z.uuid(), rotationId: z.uuid(),
  /** Somebody asked for it, and hears of its end. */
  requested: z.boolean(),
});
export type RotateKeys = z.infer<typeof rotation>;

/** @param subgraph whose keys it rotates */
export const rotateKeysJobOf = (subgraph: string): JobDefinition<typeof rotation> => defineJob({
  name: `${subgraph}.rotateKeys`, description: "Gives a tenant a new data key, seals anew what the old one has sealed, and then deletes the old one.",
  payload: rotation, concurrency: 1, key: ({ tenantId, rotationId }) => `${tenantId}-${rotationId}`,
});

const rotated = z.object({ rotationId: z.uuid(), resealed: z.number().int().nonnegative(), unreadable: z.number().int().nonnegative() });

/** Said again whenever the rotation is asked for again. */
export const keysRotatedOf = (subgraph: string): EventDefinition<typeof rotated> => defineEvent({
  name: `${subgraph[0]?.toUpperCase() ?? ''}${subgraph.slice(1)}KeysRotated`, version: 1,
  description: `Nothing that can be read in ${subgraph} is sealed with the tenant's former data key any more.`,
  payload: rotated, example: { rotationId: '01930000-0000-7000-8000-000000000041', resealed: 12, unreadable: 0 }, feed: false,
});

const asked = z.object({ rotationId: z.uuid() });

/** From the announcement of a request to the job that does it. */
export const requestedRotation = (tenantId: string, event: unknown): RotateKeys => ({ tenantId, rotationId: asked.parse(event).rotationId, requested: true });
