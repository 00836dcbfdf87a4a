// Reads of what providers delivered. The bytes are read only where they are asked for, and no more than can be shown.
import { sql } from 'kysely';
import type { Selectable } from 'kysely';
import { isUuid } from '../../kernel/base/ids.js';
import { decodeCursor, encodeCursor, pageOf, pageSize, type Page } from '../../kernel/graphql/connections.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { defineLoader } from '../../kernel/graphql/loaders.js';
import { db, type ConversationTables } from '../tables.js';
import type { DeliveryStatusName } from './webhook-delivery.type.js';

const COLUMNS = ['id', 'inboxId', 'status', 'attempts', 'error', 'receivedAt', 'processedAt', 'replays'] as const;
export type DeliveryRow = Pick<Selectable<ConversationTables['WebhookDelivery']>, (typeof COLUMNS)[number]>;

/** Bytes of a body that are shown. */
export const SHOWN_BYTES = 256 * 1024;

export interface DeliveriesInput {
  first?: number | null;
  after?: string | null;
  inboxId: string | null;
  status?: DeliveryStatusName | null;
}

const isUuidText = (value: unknown): boolean => typeof value === 'string' && isUuid(value);

/** Newest first. */
export async function listDeliveries(context: OperationContext, { first, after, inboxId, status }: DeliveriesInput): Promise<Page<DeliveryRow>> {
  const size = pageSize(first);
  const cursor = decodeCursor(after, [isUuidText]);
  let query = db(await context.read()).selectFrom('WebhookDelivery').select(COLUMNS).orderBy('id', 'desc').limit(size + 1);
  // Written out: what failed and what waits is found by indexes of its own.
  if (status) query = query.where('status', '=', sql.lit(status));
  if (inboxId !== null) query = query.where('inboxId', '=', inboxId);
  if (cursor) query = query.where('id', '<', String(cursor[0]));
  return pageOf(await query.execute(), size, after, (row) => encodeCursor([row.id]));
}

export const deliveryById = defineLoader<OperationContext, string, DeliveryRow>({
  name: 'webhookDelivery.byId', keyOf: (id) => id,
  batch: async (context, ids) => {
    const rows = await db(await context.read()).selectFrom('WebhookDelivery').select(COLUMNS).where('id', 'in', [...ids]).execute();
    return new Map(rows.map((row) => [row.id, row]));
  },
});

export const deliveredBody = defineLoader<OperationContext, string, Buffer>({
  name: 'webhookDelivery.body', keyOf: (id) => id,
  batch: async (context, ids) => {
    const { rows } = await sql<{ id: string; shown: Buffer }>`select id, substring(body from 1 for ${SHOWN_BYTES}::int) as shown
      from conversations.webhook_delivery where tenant_id = ${context.tenantId}::uuid and id = any (${[...ids]}::uuid[])`.execute((await context.read()).getKysely());
    return new Map(rows.map(({ id, shown }) => [id, shown]));
  },
});

/** The length of a value is beside it: the bytes are not read for it. */
export const deliveredSize = defineLoader<OperationContext, string, number>({
  name: 'webhookDelivery.size', keyOf: (id) => id,
  batch: async (context, ids) => {
    const { rows } = await sql<{ id: string; size: number }>`select id, octet_length(body) as size
      from conversations.webhook_delivery where tenant_id = ${context.tenantId}::uuid and id = any (${[...ids]}::uuid[])`.execute((await context.read()).getKysely());
    return new Map(rows.map(({ id, size }) => [id, size]));
  },
});

export interface ReplayRow {
  requestedBy: string | null;
  requestedAt: Date;
  reason: string | null;
  corrected: boolean;
}

export const lastReplayOf = defineLoader<OperationContext, string, ReplayRow>({
  name: 'webhookDelivery.lastReplay', keyOf: (id) => id,
  batch: async (context, ids) => {
    const { rows } = await sql<{ delivery: string; requested_by: string | null; requested_at: Date; reason: string | null; corrected: boolean }>`
      select distinct on (delivery_id) delivery_id as delivery, requested_by, requested_at, reason, body is not null as corrected from conversations.webhook_replay
      where tenant_id = ${context.tenantId}::uuid and delivery_id = any (${[...ids]}::uuid[]) order by delivery_id, id desc`.execute((await context.read()).getKysely());
    return new Map(rows.map(({ delivery, requested_by: requestedBy, requested_at: requestedAt, reason, corrected }) => [delivery, { requestedBy, requestedAt, reason, corrected }]));
  },
});
