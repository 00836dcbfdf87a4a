// Gives what stands in the feeds of the subgraphs to the endpoints that want it, as the system role. A feed's positions are commit-safe, so that whoever goes on
// after the last one has missed nothing; and a row for each endpoint and event is there once, so that a round that is repeated changes nothing.
import type { Pool, PoolClient } from 'pg';
import type { CrashPoint } from '../../kernel/base/crash-points.js';
import { newId } from '../../kernel/base/ids.js';
import type { Logger } from '../../kernel/base/logger.js';
import { inTransaction } from '../../kernel/data/tenant-rows.js';
import type { PublicEvent } from '../../kernel/messaging/public-events.js';
import { bodyOf, PUBLIC_EVENTS } from './public-events.js';
import type { WebhookCrashPoint } from './webhook.crash.js';
import { GIVEN_UP_MS } from './webhook.schedule.js';

/** Of one tenant in one round: who has more comes again in the next, and the others do not wait for it. */
const MOST_EVENTS = 500;
/** Clocks of two machines differ: what happened so shortly before an endpoint was made may be told to it. */
const SKEW_MS = 60_000;

export interface WebhookFeed { schema: string; pool: Pool }
export interface SendableEndpoint { tenantId: string; endpointId: string }

export interface Collecting {
  feed: WebhookFeed;
  /** Tenancy's database, as the system role. */
  target: Pool;
  now: Date;
  logger: Logger;
  crash: CrashPoint<WebhookCrashPoint>;
}

interface Endpoint { tenant_id: string; id: string; event_types: string[]; created_at: Date }
interface FeedRow { tenant_id: string; position: string; event_id: string; type: string; stream_id: string; payload: unknown; occurred_at: Date }
interface Message extends SendableEndpoint { id: string; eventId: string; type: string; streamId: string; body: string; occurredAt: string }

/** Subgraphs that announce something public. */
export const WEBHOOK_FEEDS: readonly string[] = [...new Set(PUBLIC_EVENTS.flatMap(({ of }) => of?.from ?? []))].sort();

/** @returns the endpoints that have something to be sent, and whether there is more to collect; null when another process collects */
export async function collectWebhooks({ feed, target, now, logger, crash }: Collecting): Promise<{ endpoints: SendableEndpoint[]; more: boolean } | null> {
  const { rows: [state] } = await feed.pool.query<{ epoch: string; position: string }>(`select epoch, position from ${feed.schema}.feed_state`);
  if (!state) throw new Error(`${feed.schema}.feed_state is empty.`);
  const head = BigInt(state.position);
  const done = await inTransaction(target, async (client) => {
    const from = await takeCursor(client, feed.schema, state.epoch, head);
    if (from === null) return null;
    if (from === head) return { endpoints: [], more: false };
    // Read after the head: whoever made an endpoint before something happened is told of it.
    const { rows: endpoints } = await client.query<Endpoint>(`select tenant_id, id, event_types, created_at from tenancy.webhook_endpoint where state = 'ACTIVE' order by tenant_id, id`);
    const { rows, upTo } = await read(feed, endpoints, from, head);
    const given = await give(client, messagesOf(rows, endpoints, feed.schema, logger), now);
    await client.query('update tenancy.webhook_cursor set epoch = $2, position = $3 where feed = $1', [feed.schema, state.epoch, upTo.toString()]);
    return { endpoints: given, more: upTo < head };
  });
  if (done && done.endpoints.length > 0) crash('webhook:collected');
  return done;
}

/** @returns null when another process has it. Of a feed that is new, or another one by this name, from the beginning: what is old is not told */
async function takeCursor(client: PoolClient, feed: string, epoch: string, head: bigint): Promise<bigint | null> {
  await client.query(`insert into tenancy.webhook_cursor (feed, epoch, position) values ($1, '', 0) on conflict do nothing`, [feed]);
  const { rows: [cursor] } = await client.query<{ epoch: string; position: string }>('select epoch, position from tenancy.webhook_cursor where feed = $1 for update skip locked', [feed]);
  if (!cursor) return null;
  const from = cursor.epoch === epoch ? BigInt(cursor.position) : 0n;
  // A database that was put back to an earlier day: what it will say is new.
  return from > head ? head : from;
}

/** Of tenants with an endpoint alone, by the feed's own key: nobody else's rows are looked at. */
async function read(feed: WebhookFeed, endpoints: readonly Endpoint[], from: bigint, head: bigint): Promise<{ rows: FeedRow[]; upTo: bigint }> {
  const since = new Map<string, number>();
  for (const { tenant_id: tenant, created_at: made } of endpoints) since.set(tenant, Math.min(since.get(tenant) ?? Infinity, made.getTime() - SKEW_MS));
  if (since.size === 0) return { rows: [], upTo: head };
  const types = PUBLIC_EVENTS.flatMap(({ of }) => (of?.from === feed.schema ? [of.event] : []));
  const { rows } = await feed.pool.query<FeedRow>(`select f.* from unnest($1::uuid[], $2::timestamptz[]) w(tenant_id, since)
    cross join lateral (select f.tenant_id, f.position, f.event_id, f.type, f.stream_id, f.payload, f.occurred_at from ${feed.schema}.feed f
      where f.tenant_id = w.tenant_id and f.position > $3 and f.position <= $4 and f.type = any($5) and f.occurred_at >= w.since order by f.position limit $6) f
    order by f.position`, [[...since.keys()], [...since.values()].map((at) => new Date(at)), from.toString(), head.toString(), types, MOST_EVENTS]);
  const ends = [...Map.groupBy(rows, ({ tenant_id: tenant }) => tenant).values()].filter((of) => of.length === MOST_EVENTS).map((of) => BigInt(of.at(-1)?.position ?? 0));
  return { rows, upTo: ends.reduce((least, end) => (end < least ? end : least), head) };
}

/** One for each event and endpoint that wants it, in the order of the feed. */
function messagesOf(rows: readonly FeedRow[], endpoints: readonly Endpoint[], schema: string, logger: Logger): Message[] {
  const byTenant = Map.groupBy(endpoints, ({ tenant_id: tenant }) => tenant);
  return rows.flatMap((row): Message[] => {
    const event = PUBLIC_EVENTS.find(({ of }) => of?.from === schema && of.event === row.type);
    const wanting = event ? (byTenant.get(row.tenant_id) ?? []).filter(({ event_types: types, created_at: made }) =>
      (types.length === 0 || types.includes(event.type)) && row.occurred_at.getTime() >= made.getTime() - SKEW_MS) : [];
    const body = event && wanting.length > 0 ? bodyFor(event, row, logger) : null;
    if (!event || body === null) return [];
    return wanting.map(({ id }) => ({
      id: newId(), tenantId: row.tenant_id, endpointId: id, eventId: row.event_id, type: event.type, streamId: row.stream_id, body, occurredAt: row.occurred_at.toISOString(),
    }));
  });
}

/** What is not understood must not hold up everything else that is told. */
function bodyFor(event: PublicEvent, row: FeedRow, logger: Logger): string | null {
  try {
    return bodyOf(event, row.occurred_at, event.read(row.payload));
  } catch (error) {
    logger.error({ event: row.type, id: row.event_id, err: error }, 'an event was not understood by webhooks and is not told');
    return null;
  }
}

/** @returns the endpoints that were given something new */
async function give(client: PoolClient, messages: readonly Message[], now: Date): Promise<SendableEndpoint[]> {
  if (messages.length === 0) return [];
  const { rows } = await client.query<SendableEndpoint>(`with given as (
      insert into tenancy.webhook_message (tenant_id, id, endpoint_id, event_id, type, stream_id, body, occurred_at, state, next_at, created_at, expires_at)
      select w."tenantId", w.id, w."endpointId", w."eventId", w.type, w."streamId", w.body, w."occurredAt", 'PENDING', $2, $2, $3
      from jsonb_to_recordset($1::jsonb) as w(id uuid, "tenantId" uuid, "endpointId" uuid, "eventId" uuid, type text, "streamId" uuid, body text, "occurredAt" timestamptz, place integer)
      order by w.place on conflict on constraint webhook_message_once do nothing returning tenant_id, endpoint_id)
    select distinct tenant_id as "tenantId", endpoint_id as "endpointId" from given`, [JSON.stringify(messages.map((message, place) => ({ ...message, place }))), now, new Date(now.getTime() + GIVEN_UP_MS)]);
  return rows;
}
