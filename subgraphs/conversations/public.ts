// The door of conversations: all that workers may call.
import type { Pool } from 'pg';
import type { z } from 'zod';
import { ingestJob, sendJob } from './jobs.js';
import type { ConversationsServices } from './services.js';

export interface Sweep {
  ingest: z.infer<typeof ingestJob.payload>[];
  send: z.infer<typeof sendJob.payload>[];
}

export interface ConversationsDoor {
  ingest(payload: z.infer<typeof ingestJob.payload>): Promise<number>;
  send(payload: z.infer<typeof sendJob.payload>): Promise<number>;
  /** What waits in the tables longer than a job should take, across tenants. @param system pool of the system role */
  overdue(system: Pool): Promise<Sweep>;
  /** Hands sends whose outcome never became known to a person. @returns how many */
  giveUpUnclear(system: Pool): Promise<number>;
}

/** A healthy job starts within this time; what is older is enqueued again. */
const OVERDUE_SECONDS = 3;
const BATCH = 500;

const DELIVERIES = `select tenant_id as "tenantId", id as "deliveryId" from conversations.webhook_delivery
  where status = 'RECEIVED' and received_at < now() - make_interval(secs => $1) order by received_at limit $2`;

const SENDS = `select distinct on (tenant_id, conversation_id) tenant_id as "tenantId", conversation_id as "conversationId", message_id as "messageId"
  from conversations.outbound where state in ('INTENT', 'RETRY') and next_attempt_at < now()
    and (state = 'RETRY' or created_at < now() - make_interval(secs => $1))
  order by tenant_id, conversation_id, seq limit $2`;

const UNCLEAR = `select tenant_id as "tenantId", message_id as "messageId" from conversations.outbound
  where state = 'ATTEMPTED' and attempted_at < now() - make_interval(secs => $1) limit $2`;

export function conversationsDoor({ ingest, outbound, deps }: ConversationsServices): ConversationsDoor {
  return {
    ingest: ({ tenantId, deliveryId }) => ingest.ingest(tenantId, deliveryId),
    send: ({ tenantId, conversationId }) => outbound.drain(tenantId, conversationId),
    overdue: async (system) => ({
      ingest: (await system.query<Sweep['ingest'][number]>(DELIVERIES, [OVERDUE_SECONDS, BATCH])).rows,
      send: (await system.query<Sweep['send'][number]>(SENDS, [OVERDUE_SECONDS, BATCH])).rows,
    }),
    giveUpUnclear: async (system) => {
      const unclear = await system.query<{ tenantId: string; messageId: string }>(UNCLEAR, [deps.config.unconfirmedAfterSeconds, BATCH]);
      let given = 0;
      for (const { tenantId, messageId } of unclear.rows) if (await outbound.giveUp(tenantId, messageId)) given += 1;
      return given;
    },
  };
}
