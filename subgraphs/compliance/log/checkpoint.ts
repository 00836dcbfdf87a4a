// Signs what has been sealed: a checkpoint of every stream that has grown, and never one that contradicts the last.
import type { Pool } from 'pg';
import { inTransaction } from './seal.js';
import type { LogKeyService, LogSigner } from './log-key.service.js';
import { checkpointText, signNote } from './note.js';
import { askOf, readTiles } from './proof.js';
import { PLATFORM_STREAM, originOf } from './stream.js';

/** Streams signed in one round. */
const BATCH = 100;

export interface SignedRound {
  signed: number;
  /** Streams that were not signed because their tree is not the one signed before, and why. Somebody has changed the log. */
  refused: { origin: string; reason: string }[];
  /** There may be more at once. */
  more: boolean;
}

interface Grown {
  stream: string;
  size: string;
  lastSize: string | null;
  lastRoot: Buffer | null;
  signed: string;
  since: string;
  readAt: string;
}

const GROWN = `select stream.tenant_id as stream, stream.size, stream.signed, stream.unsigned_since::text as since, now()::text as "readAt", last.size as "lastSize", last.root as "lastRoot"
  from compliance.log_stream stream left join lateral (
    select size, root from compliance.log_checkpoint c where c.tenant_id = stream.tenant_id order by size desc limit 1) last on true
  where stream.size <> stream.signed and (stream.unsigned_since, stream.tenant_id) > ($2::timestamptz, $3::uuid)
  order by stream.unsigned_since, stream.tenant_id limit $1`;

/** One round. @param system pool of the system role. @param batch streams read at once, and signed at least when there are as many */
export async function signCheckpoints(system: Pool, keys: LogKeyService, batch = BATCH): Promise<SignedRound> {
  const round: SignedRound = { signed: 0, refused: [], more: true };
  let [since, stream] = ['-infinity', PLATFORM_STREAM];
  // What is refused stays where it is, at the front: the round goes on behind it.
  while (round.more && round.signed < batch) {
    const { rows } = await system.query<Grown>(GROWN, [batch, since, stream]);
    round.more = rows.length === batch;
    for (const grown of rows) {
      const reason = await sign(system, await keys.signer(), grown);
      if (reason === null) round.signed += 1;
      else round.refused.push({ origin: originOf(grown.stream), reason });
      ({ since, stream } = grown);
    }
  }
  return round;
}

/** @returns why not, or null */
async function sign(system: Pool, signer: LogSigner, { stream, size: sizeText, signed, readAt, lastSize, lastRoot }: Grown): Promise<string | null> {
  const [size, before] = [Number(sizeText), Number(lastSize ?? 0)];
  const most = Math.max(before, Number(signed));
  if (most > size) return `it has ${size} entries and was signed with ${most}`;
  const ranges = [{ start: 0, end: size }, { start: 0, end: before }] as const;
  let root: Buffer;
  try {
    const tiles = await readTiles(askOf(system), stream, ranges);
    root = tiles.root(ranges[0]);
    if (lastRoot && !tiles.root(ranges[1]).equals(lastRoot)) return `its first ${before} entries are not those that were signed`;
  } catch (error) {
    return (error as Error).message;
  }
  const origin = originOf(stream);
  const note = signNote(checkpointText({ origin, size, root }), origin, signer);
  await inTransaction(system, async (client) => {
    await client.query(
      `insert into compliance.log_checkpoint (tenant_id, size, root, note, key_id, signed_at) values ($1, $2, $3, $4, $5, now()) on conflict do nothing`,
      [stream, size, root, note, signer.id]);
    // Whatever has come since was not there when the size was read.
    await client.query(
      `update compliance.log_stream set signed = greatest(signed, $2), unsigned_since = case when size > $2 then greatest(unsigned_since, $3) else unsigned_since end
       where tenant_id = $1`, [stream, size, readAt]);
  });
  return null;
}

export interface PushedRound {
  pushed: number;
  /** There may be more at once. */
  more: boolean;
}

const UNPUSHED = `select c.tenant_id as stream, c.size, c.note from compliance.log_stream stream
  left join compliance.log_push done on done.tenant_id = stream.tenant_id and done.sink = $1
  join lateral (select * from compliance.log_checkpoint c where c.tenant_id = stream.tenant_id and c.size > coalesce(done.size, 0) order by c.size limit $2) c on true
  where stream.signed > coalesce(done.size, 0) and stream.tenant_id <> all ($3::uuid[])
  order by min(c.signed_at) over (partition by c.tenant_id), c.tenant_id, c.size limit $2`;

const PUSHED = `insert into compliance.log_push (tenant_id, sink, size) values ($1, $2, $3)
  on conflict (tenant_id, sink) do update set size = greatest(log_push.size, excluded.size)`;

/** A sink that takes nothing takes its time to say so: a round goes on behind refusals for this long. */
const REFUSING_MS = 10_000;

/**
 * Hands the checkpoints that a sink has not had to `push`, those of a stream in their order and each at least once. What it refuses holds up
 * the later ones of that stream alone. @returns when all are pushed or `most` are
 * @throws AggregateError of what `push` threw, after the others were pushed
 */
export async function pushCheckpoints(system: Pool, sink: string, push: (note: string) => Promise<void>, most = 100): Promise<PushedRound> {
  const failed = new Map<string, unknown>();
  const giveUpAt = performance.now() + REFUSING_MS;
  let [pushed, before, full] = [0, -1, false];
  // Again as long as something was refused, which may have stood before what was not read.
  while (failed.size > before && pushed < most) {
    before = failed.size;
    const { rows } = await system.query<{ stream: string; size: string; note: string }>(UNPUSHED, [sink, most, [...failed.keys()]]);
    full = rows.length === most;
    for (const { stream, size, note } of rows) {
      if (failed.has(stream)) continue;
      if (failed.size > 0 && performance.now() > giveUpAt) throw refusals(failed);
      try {
        await push(note);
      } catch (error) {
        failed.set(stream, error);
        continue;
      }
      await system.query(PUSHED, [stream, sink, size]);
      pushed += 1;
    }
  }
  if (failed.size > 0) throw refusals(failed);
  return { pushed, more: full };
}

const refusals = (failed: ReadonlyMap<string, unknown>): AggregateError =>
  new AggregateError([...failed.values()], [...failed].map(([stream, error]) => `The checkpoint of ${originOf(stream)} was not taken: ${(error as Error).message}`).join(' '));


/** Age in seconds of the oldest entry that no checkpoint covers; 0: there is none. */
export async function checkpointLag(system: Pool): Promise<number> {
  const { rows } = await system.query<{ lag: number }>(
    'select coalesce(extract(epoch from now() - min(unsigned_since)), 0)::float as lag from compliance.log_stream where size <> signed');
  return rows[0]?.lag ?? 0;
}
