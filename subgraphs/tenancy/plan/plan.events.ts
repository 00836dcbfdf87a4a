// What tenancy announces of limits and of what it heard of their use.
import { z } from 'zod';
import { defineEvent } from '../../kernel/messaging/events.js';

export const TenantLimitsChanged = defineEvent({
  name: 'TenantLimitsChanged', version: 1,
  description: 'What a tenant may use. Of two the one with the higher version holds. Said again until each subgraph that counts reports that it is in force.',
  payload: z.object({
    version: z.number().int().min(1),
    tier: z.string(),
    features: z.array(z.string()),
    /** From where its months are counted. */
    anchor: z.iso.datetime(),
    /** By quota; null: without limit. */
    ceilings: z.record(z.string(), z.number().int().min(0).nullable()),
    /** By quota or feature: the tiers or plans that allow more, smallest first. */
    offers: z.record(z.string(), z.array(z.string())),
  }),
  example: {
    version: 2, tier: 'STANDARD', features: ['API_KEYS'], anchor: '2026-11-29T10:00:00.000Z', ceilings: { USERS: 50, BOTS: 3, CONVERSATIONS: 1000 },
    offers: { USERS: ['PROFESSIONAL', 'ENTERPRISE'], CONVERSATIONS: ['PROFESSIONAL', 'ENTERPRISE', 'CUSTOM'], SSO: ['PROFESSIONAL', 'ENTERPRISE'] },
  },
  feed: false,
});

export const UsageNoted = defineEvent({
  name: 'UsageNoted', version: 1, description: 'What a subgraph reported of the use of limits is kept. It stops saying so.',
  payload: z.object({
    /** Who had reported it. */
    consumer: z.string(),
    measures: z.array(z.object({ name: z.string(), startsAt: z.iso.datetime(), revision: z.number().int().min(1) })),
  }),
  example: { consumer: 'identity', measures: [{ name: 'USERS', startsAt: '1970-01-01T00:00:00.000Z', revision: 7 }] },
  feed: false,
});
