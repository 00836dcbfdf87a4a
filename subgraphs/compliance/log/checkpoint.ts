// Signs what has been sealed: a checkpoint of every stream that has grown, and never one that contradicts the last.
import type { Pool } from 'pg';
import { inTransaction } from './seal.js';
import type { LogKeyService, LogSigner } from './log-key.service.js';
import { checkpointText, signNote } from './note.js';
import { askOf, readTiles } from './proof.js';
import { originOf } from './stream.js';

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
}

const GROWN = `select stream.tenant_id as stream, stream.size, last.size as "lastSize", last.root as "lastRoot"
  from compliance.log_stream stream left join lateral (
    select size, root from compliance.log_checkpoint c where c.tenant_id = stream.tenant_id order by size desc limit 1) last on true
  where stream.size > stream.signed order by stream.sealed_at limit $1`;

/** One round. @param system pool of the system role */
export async function signCheckpoints(system: Pool, keys: LogKeyService): Promise<SignedRound> {
  const { rows } = await system.query<Grown>(GROWN, [BATCH]);
  const round: SignedRound = { signed: 0, refused: [], more: rows.length === BATCH };
  if (rows.length === 0) return round;
  const signer = await keys.signer();
  for (const grown of rows) {
    const reason = await sign(system, signer, grown);
    if (reason === null) round.signed += 1;
    else round.refused.push({ origin: originOf(grown.stream), reason });
  }
  // What is refused stays grown: asking again at once would not help.
  round.more &&= round.refused.length === 0;
  return round;
}

/** @returns why not, or null */
async function sign(system: Pool, signer: LogSigner, { stream, size: sizeText, lastSize, lastRoot }: Grown): Promise<string | null> {
  const [size, before] = [Number(sizeText), Number(lastSize ?? 0)];
  if (before > size) return `it has ${size} entries and was signed with ${before}`;
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
    await client.query('update compliance.log_stream set signed = greatest(signed, $2) where tenant_id = $1', [stream, size]);
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
  where stream.signed > coalesce(done.size, 0) order by c.signed_at, c.size limit $2`;

const PUSHED = `insert into compliance.log_push (tenant_id, sink, size) values ($1, $2, $3)
  on conflict (tenant_id, sink) do update set size = greatest(log_push.size, excluded.size)`;

/**
 * Hands the checkpoints that a sink has not had to `push`, oldest first and each at least once. @returns when all are pushed or `most` are
 * @throws what `push` throws, after keeping what was pushed before
 */
export async function pushCheckpoints(system: Pool, sink: string, push: (note: string) => Promise<void>, most = 100): Promise<PushedRound> {
  const { rows } = await system.query<{ stream: string; size: string; note: string }>(UNPUSHED, [sink, most]);
  for (const { stream, size, note } of rows) {
    await push(note);
    await system.query(PUSHED, [stream, sink, size]);
  }
  return { pushed: rows.length, more: rows.length === most };
}

/** Age in seconds of the oldest stream that has grown since its checkpoint; 0: none has. */
export async function checkpointLag(system: Pool): Promise<number> {
  const { rows } = await system.query<{ lag: number }>(
    'select coalesce(extract(epoch from now() - min(sealed_at)), 0)::float as lag from compliance.log_stream where size > signed');
  return rows[0]?.lag ?? 0;
}
