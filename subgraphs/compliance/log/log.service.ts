// Reads the log: its newest checkpoint, and proofs that anybody can check.
import type { Selectable } from 'kysely';
import { badInput } from '../../kernel/base/errors.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { Quotas } from '../../kernel/graphql/quotas.js';
import { coverageOf } from '../audit/audit.coverage.js';
import { db, type ComplianceTables } from '../tables.js';
import { entryText, leafHash, type EntryFrame, type EntrySeal } from './entry.js';
import { enterStream, streamFor } from './log.scope.js';
import type { AuditConsistency, AuditProof } from './log.type.js';
import { askIn, consistencyProof, inclusionProof, type Ask } from './proof.js';
import { tenantOf } from './stream.js';

export type CheckpointRow = Selectable<ComplianceTables['LogCheckpoint']>;

/** What names the month of an event: its id holds the time it was made at, which is the time of the event as its own clock had it. */
const HINT_MS = 86_400_000;
/** The last that PostgreSQL's reader of ISO 8601 takes; ids of version 4 name any. */
const LAST_INSTANT = Date.UTC(9999, 0);

const hex = (hashes: readonly Buffer[]): string[] => hashes.map((hash) => hash.toString('hex'));

export class LogService {
  constructor(private readonly quotas: Quotas) {}

  async checkpoint(ctx: OperationContext): Promise<CheckpointRow | null> {
    const stream = streamFor(ctx);
    const tx = await ctx.read();
    await enterStream(tx, stream);
    return (await db(tx).selectFrom('LogCheckpoint').selectAll().where('tenantId', '=', stream).orderBy('size', 'desc').limit(1).executeTakeFirst()) ?? null;
  }

  /** null: no such event, none that the tier shows, or no checkpoint covers it yet. @param id UUID */
  async proof(ctx: OperationContext, id: string): Promise<AuditProof | null> {
    const stream = streamFor(ctx);
    const tx = await ctx.read();
    await enterStream(tx, stream);
    const ask = askIn(tx);
    const entry = await entryOf(ask, stream, id);
    if (!entry || entry.position >= entry.size) return null;
    // An entry tells what happened: whoever may not read the event may not have it proved either.
    const basic = await coverageOf(this.quotas, tx, tenantOf(stream), ctx.deps.clock.now());
    if (basic && (!basic.types.some((type) => type === entry.type) || entry.occurredAt < basic.since)) return null;
    const { path } = await inclusionProof(ask, stream, entry.position, entry.size);
    const text = entryText(tenantOf(stream), entry, entry);
    const { size, root, note, signedAt } = entry;
    ctx.record({ action: 'audit.prove', type: 'DATA_READ', outcome: 'SUCCESS', resource: { type: 'AuditEvent', id } });
    return { position: BigInt(entry.position), entry: text, leafHash: leafHash(text).toString('hex'), path: hex(path), checkpoint: { size, root, note, signedAt } };
  }

  /** @throws BAD_USER_INPUT for sizes the log does not have */
  async consistency(ctx: OperationContext, from: bigint, to: bigint): Promise<AuditConsistency> {
    const stream = streamFor(ctx);
    const tx = await ctx.read();
    await enterStream(tx, stream);
    const known = await db(tx).selectFrom('LogStream').select('size').where('tenantId', '=', stream).executeTakeFirst();
    if (from < 1n) throw badInput('from must be at least 1.', ['from']);
    if (to < from) throw badInput('to must not be less than from.', ['to']);
    if (to > BigInt(known?.size ?? 0)) throw badInput(`to must be at most ${known?.size ?? 0}, the number of entries.`, ['to']);
    return { from, to, path: hex(await consistencyProof(askIn(tx), stream, Number(from), Number(to))) };
  }
}

/** An entry with the newest checkpoint of its stream, of size 0 when there is none. */
type Covered = EntryFrame & EntrySeal & { position: number; size: number; root: Buffer; note: string; signedAt: Date };

async function entryOf(ask: Ask, stream: string, id: string): Promise<Covered | null> {
  const platform = tenantOf(stream) === null;
  const select = `select id, source, action, type, severity, outcome, occurred_at as "occurredAt", actor_kind as "actorKind", resource_type as "resourceType",
    correlation_id as "correlationId", position::float as position, previous, details_hash as "detailsHash",
    coalesce(signed.size, 0)::float as size, signed.root, signed.note, signed.signed_at as "signedAt"
    from compliance.${platform ? 'platform_audit_event' : 'audit_event'} entry
    left join lateral (select c.size, c.root, c.note, c.signed_at from compliance.log_checkpoint c where c.tenant_id = $2::uuid order by c.size desc limit 1) signed on true
    where entry.id = $1 ${platform ? '' : 'and entry.tenant_id = $2'}`;
  // Years of months are looked into only when the month that the id names does not have it.
  const made = Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
  const near = [made - HINT_MS, made + HINT_MS].map((at) => new Date(Math.min(at, LAST_INSTANT)).toISOString());
  const [found] = await ask<Covered>(`${select} and entry.occurred_at between $3::timestamptz and $4::timestamptz`, [id, stream, ...near]);
  return found ?? (await ask<Covered>(select, [id, stream]))[0] ?? null;
}
