// Reads of webhooks that go out: one by id, and pages for any number of parents in one statement.
import { sql, type RawBuilder } from 'kysely';
import { encodeId, isUuid } from '../../kernel/base/ids.js';
import { decodeCursor, encodeCursor, pageOf, pageSize, type Page, type PageArgs } from '../../kernel/graphql/connections.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { defineLoader, type LoaderDefinition } from '../../kernel/graphql/loaders.js';
import type { WebhookDisabledReason, WebhookEndpointState, WebhookMessageState } from './webhook.entity.js';

export interface EndpointRow {
  id: string; url: string; description: string; eventTypes: string[]; state: WebhookEndpointState; disabledReason: WebhookDisabledReason | null; disabledAt: Date | null;
  secretOverlapUntil: Date | null; failures: number; failingSince: Date | null; retryAt: Date | null; lastSucceededAt: Date | null; lastFailedAt: Date | null; lastFailure: string | null; createdAt: Date;
}
export interface MessageRow {
  id: string; endpointId: string; webhookId: string; eventType: string; body: string; occurredAt: Date; state: WebhookMessageState; attemptCount: number; nextAttemptAt: Date | null; finishedAt: Date | null;
}
export interface AttemptRow { id: string; messageId: string; number: number; attemptedAt: Date; durationMs: number; status: number | null; failure: string | null }

/** Of an endpoint, what is shown. What has ended is null, though its instant is kept. */
const endpointColumns = (now: Date): RawBuilder<unknown> => sql`e.id, e.url, e.description, e.event_types as "eventTypes", e.state, e.disabled_reason as "disabledReason", e.disabled_at as "disabledAt",
  case when e.secret_overlap_until > ${now} then e.secret_overlap_until end as "secretOverlapUntil", e.failures, e.failing_since as "failingSince",
  case when e.retry_at > ${now} then e.retry_at end as "retryAt", e.last_succeeded_at as "lastSucceededAt", e.last_failed_at as "lastFailedAt", e.last_failure as "lastFailure", e.created_at as "createdAt"`;

const MESSAGE = sql`m.id, m.endpoint_id as "endpointId", m.event_id as "webhookId", m.type as "eventType", m.body, m.occurred_at as "occurredAt", m.state, m.attempts as "attemptCount",
  case when m.state = 'PENDING' then m.next_at end as "nextAttemptAt", m.finished_at as "finishedAt"`;
const ATTEMPT = sql`a.id, a.message_id as "messageId", a.number, a.attempted_at as "attemptedAt", a.duration_ms as "durationMs", a.status, a.failure`;

/** The header by which receivers tell messages apart. */
export const webhookIdOf = (eventId: string): string => encodeId('whev', eventId);
const shown = (row: MessageRow): MessageRow => ({ ...row, webhookId: webhookIdOf(row.webhookId) });

export const endpointById = defineLoader<OperationContext, string, EndpointRow>({
  name: 'webhook endpoint by id', keyOf: (id) => id,
  batch: async (context, ids) => {
    const { rows } = await sql<EndpointRow>`select ${endpointColumns(context.deps.clock.now())} from tenancy.webhook_endpoint e
      where e.tenant_id = ${context.tenantId}::uuid and e.id = any (${[...ids]}::uuid[])`.execute((await context.read()).getKysely());
    return new Map(rows.map((row) => [row.id, row]));
  },
});

export const messageById = defineLoader<OperationContext, string, MessageRow>({
  name: 'webhook message by id', keyOf: (id) => id,
  batch: async (context, ids) => {
    const { rows } = await sql<MessageRow>`select ${MESSAGE} from tenancy.webhook_message m where m.tenant_id = ${context.tenantId}::uuid and m.id = any (${[...ids]}::uuid[])`
      .execute((await context.read()).getKysely());
    return new Map(rows.map((row) => [row.id, shown(row)]));
  },
});

const isId = (value: unknown): boolean => typeof value === 'string' && isUuid(value);
const beyondOf = (after: string | null | undefined): string | null => (decodeCursor(after, [isId])?.[0] as string | undefined) ?? null;
const cursorOf = ({ id }: { id: string }): string => encodeCursor([id]);

/** Newest first. @throws BAD_USER_INPUT */
export async function endpointPage(context: OperationContext, { first, after }: PageArgs): Promise<Page<EndpointRow>> {
  const size = pageSize(first);
  const beyond = beyondOf(after);
  const { rows } = await sql<EndpointRow>`select ${endpointColumns(context.deps.clock.now())} from tenancy.webhook_endpoint e
    where e.tenant_id = ${context.tenantId}::uuid ${beyond === null ? sql`` : sql`and e.id < ${beyond}::uuid`} order by e.id desc limit ${size + 1}`.execute((await context.read()).getKysely());
  return pageOf(rows, size, after, cursorOf);
}

export interface PageKey { of: string; size: number; after: string | null; state: WebhookMessageState | null }

/** @throws BAD_USER_INPUT */
export function pageKey(of: string, { first, after }: PageArgs, state: WebhookMessageState | null = null): PageKey {
  beyondOf(after);
  return { of, size: pageSize(first), after: after ?? null, state };
}

const keyOf = ({ of, size, after, state }: PageKey): string => `${of}/${size}/${after ?? ''}/${state ?? ''}`;

/** One page for each of many parents that are asked alike, in one statement. @param rowsOf newest first, of the parent `p.id` */
const pagesOf = <Row extends { id: string }>(
  name: string, parentOf: (row: Row) => string, rowsOf: (tenantId: string, key: PageKey, beyond: string | null) => RawBuilder<unknown>, made: (row: Row) => Row = (row) => row,
): LoaderDefinition<OperationContext, PageKey, Page<Row>> => defineLoader<OperationContext, PageKey, Page<Row>>({
  name, keyOf,
  batch: async (context, keys) => {
    const pages = new Map<string, Page<Row>>();
    for (const group of Map.groupBy(keys, (key) => keyOf({ ...key, of: '' })).values()) {
      const [alike] = group;
      if (!alike) continue;
      const { rows } = await sql<Row>`select found.* from unnest(${group.map(({ of }) => of)}::uuid[]) as p(id)
        cross join lateral (${rowsOf(context.tenantId, alike, beyondOf(alike.after))} limit ${alike.size + 1}) found`.execute((await context.read()).getKysely());
      const byParent = Map.groupBy(rows.map(made), parentOf);
      for (const key of group) pages.set(keyOf(key), pageOf(byParent.get(key.of) ?? [], key.size, key.after, cursorOf));
    }
    return pages;
  },
});

export const messagesOfEndpoint = pagesOf<MessageRow>('webhook messages of endpoint', ({ endpointId }) => endpointId, (tenantId, { state }, beyond) => sql`select ${MESSAGE} from tenancy.webhook_message m
  where m.tenant_id = ${tenantId}::uuid and m.endpoint_id = p.id ${state === null ? sql`` : sql`and m.state = ${state}`} ${beyond === null ? sql`` : sql`and m.id < ${beyond}::uuid`} order by m.id desc`, shown);

export const attemptsOfMessage = pagesOf<AttemptRow>('webhook attempts of message', ({ messageId }) => messageId, (tenantId, _key, beyond) => sql`select ${ATTEMPT} from tenancy.webhook_attempt a
  where a.tenant_id = ${tenantId}::uuid and a.message_id = p.id ${beyond === null ? sql`` : sql`and a.id < ${beyond}::uuid`} order by a.id desc`);
