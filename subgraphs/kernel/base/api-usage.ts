// How often the API was called, by whom and with what outcome: counted by gateways, kept in the audit trail a minute at a time.
import { z } from 'zod';

/** Everything; what ended in an error; what was refused because there was too much of it. */
export const API_USAGE_ACTIONS = ['api.requests', 'api.errors', 'api.rate_limited'] as const;
export type ApiUsageAction = (typeof API_USAGE_ACTIONS)[number];

/** Most events of one report. */
export const MAX_USAGE_EVENTS = 200;

const uuid = z.uuid().nullable();
export const apiUsageSchema = z.array(z.strictObject({
  /** Of the event it becomes: a report that comes twice is kept once. */
  id: z.uuid(),
  action: z.enum(API_USAGE_ACTIONS),
  actor: z.strictObject({ kind: z.enum(['anonymous', 'user', 'api_key', 'system']), sub: uuid, apiKey: uuid, tenant: uuid }),
  from: z.iso.datetime(),
  until: z.iso.datetime(),
  counts: z.array(z.strictObject({ operation: z.string().max(64), code: z.string().max(40), count: z.number().int().positive() })).min(1).max(1_000),
})).max(MAX_USAGE_EVENTS);

/** What one actor did in one span of time. */
export type ApiUsage = z.infer<typeof apiUsageSchema>[number];
export type ApiUsageActor = ApiUsage['actor'];

export interface ApiUsagePort {
  /** Resolves when all of it is kept. May be repeated. */
  report(usage: readonly ApiUsage[]): Promise<void>;
}
