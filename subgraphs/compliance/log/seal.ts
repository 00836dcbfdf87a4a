// Sealing: events take their places in their streams, and the streams' trees grow, in one transaction. Nothing else writes the log.
import { setImmediate } from 'node:timers/promises';
import type { Pool, PoolClient } from 'pg';
import { systemClock, type Clock } from '../../kernel/base/clock.js';
import type { StagedAudit } from '../../kernel/messaging/audit.js';
import { deriveSecurityEvents } from '../security-event/security-event.derive.js';
import { detailsHash, entryText, leafHash, newSalt, type EntryDetails, type EntryFrame } from './entry.js';
import { originOf, streamOf } from './stream.js';
import { GrowingTree, edgeOf, type Tile } from './tile.js';

/** An event on its way into the log. */
export interface Unsealed extends EntryFrame, EntryDetails {
  /** null: the platform. */
  tenantId: string | null;
  salt: Buffer;
  detailsHash: Buffer;
}

/** Entries sent to the database in one statement. */
const CHUNK = 500;

interface Stream {
  size: number;
  head: Buffer | null;
  tree: GrowingTree;
}

const json = (value: object | null): string | null => (value === null ? null : JSON.stringify(value));
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

export interface Sealed {
  /** How many entries the log has grown by. */
  grown: number;
  /** Streams that cannot go on, and why, by name: none of their entries was sealed. */
  damaged: ReadonlyMap<string, string>;
}

const NOTHING: Sealed = { grown: 0, damaged: new Map() };

/** Seals what is not sealed yet, in the given order, and commits. A stream whose stored tree is damaged holds up no other. */
export async function seal(target: Pool, entries: readonly Unsealed[], clock: Clock = systemClock): Promise<Sealed> {
  if (entries.length === 0) return NOTHING;
  const streams = [...new Set(entries.map(({ tenantId }) => streamOf(tenantId)))].sort();
  await openStreams(target, streams);
  try {
    return await inTransaction(target, (client) => append(client, streams, entries, clock));
  } catch (error) {
    if ((error as { code?: string }).code !== '23505') throw error;
    // Some of them are sealed: whoever collected them before died before their staging was emptied. That is rare, and looking costs.
    return inTransaction(target, async (client) => {
      await lockStreams(client, streams);
      return append(client, streams, await withoutSealed(client, entries), clock);
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

async function append(client: PoolClient, names: readonly string[], all: readonly Unsealed[], clock: Clock): Promise<Sealed> {
  if (all.length === 0) return NOTHING;
  const { streams, damaged } = await lockStreams(client, names);
  const entries = damaged.size === 0 ? all : all.filter(({ tenantId }) => !damaged.has(streamOf(tenantId)));
  if (entries.length === 0) return { grown: 0, damaged };
  const before = new Map([...streams].map(([name, { size }]) => [name, size]));
  let inserting: Promise<unknown> = Promise.resolve();
  for (let at = 0; at < entries.length; at += CHUNK) {
    const places = entries.slice(at, at + CHUNK).map((entry) => placeOf(entry, streams));
    await inserting;
    inserting = insert(client, places);
    // The database takes this chunk while the next one is hashed; what it refuses is thrown where it is awaited.
    inserting.catch(() => undefined);
    await setImmediate();
  }
  await inserting;
  await storeTiles(client, [...streams].flatMap(([name, { tree }]) => tree.takeChanged().map((tile) => ({ name, tile }))));
  await moveStreams(client, [...streams], before);
  await deriveSecurityEvents(client, entries, clock.now());
  return { grown: entries.length, damaged };
}

async function insert(client: PoolClient, places: readonly Place[]): Promise<void> {
  for (const platform of [false, true]) {
    const own = places.filter(({ entry }) => (entry.tenantId === null) === platform);
    if (own.length > 0) await client.query(platform ? INSERT_PLATFORM : INSERT_TENANTS, columnsOf(own, platform));
  }
}

interface Place {
  entry: Unsealed;
  position: number;
  previous: Buffer | null;
}

/** Gives an entry its place; the stream goes on behind it. */
function placeOf(entry: Unsealed, streams: ReadonlyMap<string, Stream>): Place {
  const stream = streams.get(streamOf(entry.tenantId));
  if (!stream) throw new Error(`The stream ${streamOf(entry.tenantId)} does not exist.`);
  const { size: position, head: previous } = stream;
  stream.head = leafHash(entryText(entry.tenantId, entry, { previous, detailsHash: entry.detailsHash }));
  stream.tree.append(stream.head);
  stream.size += 1;
  return { entry, position, previous };
}

interface LockedStreams {
  streams: Map<string, Stream>;
  /** Those whose stored tree is damaged, and how. */
  damaged: Map<string, string>;
}

/** In the order of their ids, so that sealers wait for one another and never in a circle. */
async function lockStreams(client: PoolClient, names: readonly string[]): Promise<LockedStreams> {
  const { rows } = await client.query<{ name: string; size: string; head: Buffer | null }>(
    'select tenant_id as name, size, head from compliance.log_stream where tenant_id = any ($1::uuid[]) order by tenant_id for update', [names]);
  const edges = rows.flatMap(({ name, size }) => edgeOf(Number(size)).map((address) => ({ name, ...address })));
  const tiles = edges.length === 0 ? [] : (await client.query<{ name: string; level: number; index: string; hashes: Buffer }>(
    `select tile.tenant_id as name, tile.level, tile.index, tile.hashes
     from unnest($1::uuid[], $2::smallint[], $3::bigint[]) as edge (tenant_id, level, index) join compliance.log_tile tile using (tenant_id, level, index)`,
    [edges.map(({ name }) => name), edges.map(({ level }) => level), edges.map(({ index }) => index)])).rows;
  const locked: LockedStreams = { streams: new Map(), damaged: new Map() };
  for (const { name, size, head } of rows) {
    const own = tiles.filter((tile) => tile.name === name).map((tile) => ({ ...tile, index: Number(tile.index) }));
    try {
      locked.streams.set(name, { size: Number(size), head, tree: GrowingTree.at(Number(size), own) });
    } catch (error) {
      locked.damaged.set(name, `The stored tree of ${originOf(name)} is damaged: ${(error as Error).message}`);
    }
  }
  return locked;
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
    `update compliance.log_stream stream set size = moved.size, head = moved.head, sealed_at = now(),
       unsigned_since = case when stream.size = stream.signed then now() else stream.unsigned_since end
     from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bytea[]) as moved (tenant_id, before, size, head)
     where stream.tenant_id = moved.tenant_id and stream.size = moved.before`,
    [streams.map(([name]) => name), streams.map(([name]) => before.get(name)), streams.map(([, { size }]) => size), streams.map(([, { head }]) => hex(head))]);
  if (moved.rowCount !== streams.length) throw new Error('A stream of the log has moved under the lock of its sealer.');
}

/** Column, its type, and its value: one array a column is what the database reads fastest. */
const COLUMNS: readonly [string, string, (place: Place) => unknown][] = [
  ['id', 'uuid', ({ entry }) => entry.id],
  ['action', 'text', ({ entry }) => entry.action],
  ['type', 'text', ({ entry }) => entry.type],
  ['severity', 'text', ({ entry }) => entry.severity],
  ['outcome', 'text', ({ entry }) => entry.outcome],
  ['occurred_at', 'timestamptz', ({ entry }) => entry.occurredAt.toISOString()],
  ['actor_kind', 'text', ({ entry }) => entry.actorKind],
  ['actor_id', 'text', ({ entry }) => entry.actorId],
  ['resource_type', 'text', ({ entry }) => entry.resourceType],
  ['resource_id', 'text', ({ entry }) => entry.resourceId],
  ['reason', 'text', ({ entry }) => entry.reason],
  ['correlation_id', 'text', ({ entry }) => entry.correlationId],
  ['ip', 'text', ({ entry }) => entry.ip],
  ['user_agent', 'text', ({ entry }) => entry.userAgent],
  ['before', 'jsonb', ({ entry }) => json(entry.before)],
  ['after', 'jsonb', ({ entry }) => json(entry.after)],
  ['source', 'text', ({ entry }) => entry.source],
  ['position', 'bigint', ({ position }) => position],
  ['previous', 'bytea', ({ previous }) => hex(previous)],
  ['details_hash', 'bytea', ({ entry }) => hex(entry.detailsHash)],
  ['salt', 'bytea', ({ entry }) => hex(entry.salt)],
];
const TENANT: (typeof COLUMNS)[number] = ['tenant_id', 'uuid', ({ entry }) => entry.tenantId];

const columnsFor = (platform: boolean): typeof COLUMNS => (platform ? COLUMNS : [TENANT, ...COLUMNS]);
const columnsOf = (places: readonly Place[], platform: boolean): unknown[][] => columnsFor(platform).map(([, , value]) => places.map(value));

function insertInto(table: string, platform: boolean): string {
  const columns = columnsFor(platform);
  const names = columns.map(([name]) => name).join(', ');
  return `insert into compliance.${table} (${names}, sealed_at)
    select ${names}, now() from unnest(${columns.map(([, type], index) => `$${index + 1}::${type}[]`).join(', ')}) as sealed (${names})`;
}

const INSERT_TENANTS = insertInto('audit_event', false);
const INSERT_PLATFORM = insertInto('platform_audit_event', true);
