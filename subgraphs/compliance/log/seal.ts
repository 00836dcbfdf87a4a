// Sealing: events take their places in their streams, and the streams' trees grow, in one transaction. Nothing else writes the log.
import type { Pool, PoolClient } from 'pg';
import type { StagedAudit } from '../../kernel/messaging/audit.js';
import { deriveSecurityEvents } from '../security-event/security-event.derive.js';
import { detailsHash, entryText, leafHash, newSalt, type EntryDetails, type EntryFrame } from './entry.js';
import { streamOf } from './stream.js';
import { GrowingTree, edgeOf, type Tile } from './tile.js';

/** An event on its way into the log. */
export interface Unsealed extends EntryFrame, EntryDetails {
  /** null: the platform. */
  tenantId: string | null;
  salt: Buffer;
  detailsHash: Buffer;
}

interface Stream {
  size: number;
  head: Buffer | null;
  tree: GrowingTree;
}

type Row = Record<string, unknown>;

const hex = (bytes: Buffer | null): string | null => (bytes === null ? null : `\\x${bytes.toString('hex')}`);

/** @throws for details that have no canonical form */
export function unsealed(tenantId: string | null, source: string, { actor, resource, ...event }: StagedAudit): Unsealed {
  const fields = {
    ...event, source, occurredAt: new Date(event.occurredAt), actorKind: actor.kind, actorId: actor.id,
    resourceType: resource?.type ?? null, resourceId: resource?.id ?? null,
  };
  const salt = newSalt();
  return { ...fields, tenantId, salt, detailsHash: detailsHash(salt, fields) };
}

/** Seals what is not sealed yet, in the given order, and commits. @returns how many entries the log has grown by */
export async function seal(target: Pool, entries: readonly Unsealed[]): Promise<number> {
  if (entries.length === 0) return 0;
  const streams = [...new Set(entries.map(({ tenantId }) => streamOf(tenantId)))].sort();
  await openStreams(target, streams);
  try {
    return await inTransaction(target, (client) => append(client, streams, entries));
  } catch (error) {
    if ((error as { code?: string }).code !== '23505') throw error;
    // Some of them are sealed: whoever collected them before died before their staging was emptied. That is rare, and looking costs.
    return inTransaction(target, async (client) => {
      await lockStreams(client, streams);
      return append(client, streams, await withoutSealed(client, entries));
    });
  }
}

/** Outside of the sealing transaction, which would otherwise hold one new row while it waits for another's lock. */
async function openStreams(target: Pool, streams: readonly string[]): Promise<void> {
  const { rows } = await target.query<{ tenant_id: string }>('select tenant_id from compliance.log_stream where tenant_id = any ($1::uuid[])', [streams]);
  const known = new Set(rows.map((row) => row.tenant_id));
  const missing = streams.filter((stream) => !known.has(stream));
  if (missing.length === 0) return;
  await target.query('insert into compliance.log_stream (tenant_id) select unnest($1::uuid[]) on conflict do nothing', [missing]);
}

export async function inTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken = true;
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    broken = false;
    return result;
  } finally {
    // A connection whose transaction failed is closed, which rolls it back and frees its locks.
    client.release(broken);
  }
}

async function append(client: PoolClient, names: readonly string[], entries: readonly Unsealed[]): Promise<number> {
  if (entries.length === 0) return 0;
  const streams = await lockStreams(client, names);
  const before = new Map([...streams].map(([name, { size }]) => [name, size]));
  const rows: Record<'tenants' | 'platform', Row[]> = { tenants: [], platform: [] };
  for (const entry of entries) {
    const name = streamOf(entry.tenantId);
    const stream = streams.get(name);
    if (!stream) throw new Error(`The stream ${name} does not exist.`);
    rows[entry.tenantId === null ? 'platform' : 'tenants'].push(rowOf(entry, stream));
    stream.head = leafHash(entryText(entry.tenantId, entry, { previous: stream.head, detailsHash: entry.detailsHash }));
    stream.tree.append(stream.head);
    stream.size += 1;
  }
  if (rows.tenants.length > 0) await client.query(INSERT_TENANTS, [JSON.stringify(rows.tenants)]);
  if (rows.platform.length > 0) await client.query(INSERT_PLATFORM, [JSON.stringify(rows.platform)]);
  await storeTiles(client, [...streams].flatMap(([name, { tree }]) => tree.takeChanged().map((tile) => ({ name, tile }))));
  await moveStreams(client, [...streams], before);
  await deriveSecurityEvents(client, entries);
  return entries.length;
}

const rowOf = (entry: Unsealed, { size, head }: Stream): Row => ({
  ...entry, occurredAt: entry.occurredAt.toISOString(), salt: hex(entry.salt), detailsHash: hex(entry.detailsHash), position: size, previous: hex(head),
});

/** In the order of their ids, so that sealers wait for one another and never in a circle. */
async function lockStreams(client: PoolClient, names: readonly string[]): Promise<Map<string, Stream>> {
  const { rows } = await client.query<{ name: string; size: string; head: Buffer | null }>(
    'select tenant_id as name, size, head from compliance.log_stream where tenant_id = any ($1::uuid[]) order by tenant_id for update', [names]);
  const edges = rows.flatMap(({ name, size }) => edgeOf(Number(size)).map((address) => ({ name, ...address })));
  const tiles = edges.length === 0 ? [] : (await client.query<{ name: string; level: number; index: string; hashes: Buffer }>(
    `select tile.tenant_id as name, tile.level, tile.index, tile.hashes
     from unnest($1::uuid[], $2::smallint[], $3::bigint[]) as edge (tenant_id, level, index) join compliance.log_tile tile using (tenant_id, level, index)`,
    [edges.map(({ name }) => name), edges.map(({ level }) => level), edges.map(({ index }) => index)])).rows;
  return new Map(rows.map(({ name, size, head }) => {
    const own = tiles.filter((tile) => tile.name === name).map((tile) => ({ ...tile, index: Number(tile.index) }));
    return [name, { size: Number(size), head, tree: GrowingTree.at(Number(size), own) }];
  }));
}

async function withoutSealed(client: PoolClient, entries: readonly Unsealed[]): Promise<Unsealed[]> {
  const { rows } = await client.query<{ id: string }>(
    `select staged.id from unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) as staged (tenant_id, id, occurred_at)
     where exists (select from compliance.audit_event e where e.tenant_id = staged.tenant_id and e.id = staged.id and e.occurred_at = staged.occurred_at)
       or staged.tenant_id is null and exists (select from compliance.platform_audit_event e where e.id = staged.id and e.occurred_at = staged.occurred_at)`,
    [entries.map(({ tenantId }) => tenantId), entries.map(({ id }) => id), entries.map(({ occurredAt }) => occurredAt.toISOString())]);
  const sealed = new Set(rows.map(({ id }) => id));
  return entries.filter(({ id }) => !sealed.has(id));
}

async function storeTiles(client: PoolClient, tiles: readonly { name: string; tile: Tile }[]): Promise<void> {
  await client.query(
    `insert into compliance.log_tile (tenant_id, level, index, hashes) select * from unnest($1::uuid[], $2::smallint[], $3::bigint[], $4::bytea[])
     on conflict (tenant_id, level, index) do update set hashes = excluded.hashes`,
    [tiles.map(({ name }) => name), tiles.map(({ tile }) => tile.level), tiles.map(({ tile }) => tile.index), tiles.map(({ tile }) => hex(Buffer.concat(tile.hashes)))]);
}

async function moveStreams(client: PoolClient, streams: readonly [string, Stream][], before: ReadonlyMap<string, number>): Promise<void> {
  const moved = await client.query(
    `update compliance.log_stream stream set size = moved.size, head = moved.head, sealed_at = now()
     from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bytea[]) as moved (tenant_id, before, size, head)
     where stream.tenant_id = moved.tenant_id and stream.size = moved.before`,
    [streams.map(([name]) => name), streams.map(([name]) => before.get(name)), streams.map(([, { size }]) => size), streams.map(([, { head }]) => hex(head))]);
  if (moved.rowCount !== streams.length) throw new Error('A stream of the log has moved under the lock of its sealer.');
}

function insertInto(table: string, tenant: string): string {
  return `insert into compliance.${table} (${tenant}id, action, type, severity, outcome, occurred_at, actor_kind, actor_id, resource_type, resource_id,
    reason, correlation_id, ip, user_agent, before, after, source, position, previous, details_hash, salt, sealed_at)
  select ${tenant && '"tenantId", '}id, action, type, severity, outcome, "occurredAt", "actorKind", "actorId", "resourceType", "resourceId",
    reason, "correlationId", ip, "userAgent", before, after, source, position, previous, "detailsHash", salt, now()
  from json_to_recordset($1::json) as sealed ("tenantId" uuid, id uuid, action text, type text, severity text, outcome text,
    "occurredAt" timestamptz, "actorKind" text, "actorId" text, "resourceType" text, "resourceId" text, reason text, "correlationId" text,
    ip text, "userAgent" text, before jsonb, after jsonb, source text, position bigint, previous bytea, "detailsHash" bytea, salt bytea)`;
}

const INSERT_TENANTS = insertInto('audit_event', 'tenant_id, ');
const INSERT_PLATFORM = insertInto('platform_audit_event', '');
