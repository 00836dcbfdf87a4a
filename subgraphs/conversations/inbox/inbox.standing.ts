// Where an inbox stands decides what may be sent by it: asked before a message is queued, before it is attempted, and told when the provider takes its token no more.
import { sql } from 'kysely';
import { ErrorCode, Refusal } from '../../kernel/base/errors.js';
import { encodeId } from '../../kernel/base/ids.js';
import type { Tx } from '../../kernel/data/database.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { askForManagers } from '../attention/attention.inbox.js';
import { db } from '../tables.js';
import type { DisabledReason, InboxState } from './inbox.entity.js';
import type { UnavailableReason } from './inbox.unavailable.js';

interface Standing {
  state: InboxState;
  disabledReason: DisabledReason | null;
}

const WORDS: Record<UnavailableReason, string> = {
  DISABLED: 'The inbox is switched off: nothing is sent by it until it is switched on.',
  REAUTHORISE: 'The provider does not take the token of the inbox any more: nothing is sent by it until it has a new one.',
  DELETED: 'The inbox was deleted: its conversations can be read, and nothing can be sent in them.',
};

function reasonOf({ state, disabledReason }: Standing): UnavailableReason | null {
  if (state === 'ACTIVE') return null;
  if (state === 'DELETED') return 'DELETED';
  return disabledReason === 'REAUTHORISE' ? 'REAUTHORISE' : 'DISABLED';
}

const standingOf = (tx: Tx, id: string): Promise<Standing | undefined> =>
  db(tx).selectFrom('Inbox').select(['state', 'disabledReason']).where('id', '=', id).executeTakeFirst();

/** @param field path of what names the inbox or what is in it @throws Refusal ChannelUnavailable */
export async function requireSending({ tx }: UnitOfWork, inboxId: string, field: readonly string[]): Promise<void> {
  const standing = await standingOf(tx, inboxId);
  const reason = standing ? reasonOf(standing) : null;
  if (reason !== null) throw new Refusal('ChannelUnavailable', ErrorCode.CHANNEL_UNAVAILABLE, WORDS[reason], field, { reason });
}

/** How long a message waits that was refused for a token which has given way to another meanwhile. */
const AGAIN_MS = 1_000;

export interface RefusedAttempt {
  messageId: string;
  inboxId: string;
  /** What the ledger counted, with this one. */
  attempts: number;
}

/**
 * The provider refused the token: the message was certainly not sent, so it waits, uncounted, and the inbox is switched off until it has
 * a new one. Of many refusals the first does that and tells staff. Whoever calls holds the message.
 */
export async function waitForToken(unit: UnitOfWork, { messageId, inboxId, attempts }: RefusedAttempt, refusal: string): Promise<void> {
  const waiting = await db(unit.tx).updateTable('Outbound').set({ state: 'RETRY', attempts: attempts - 1, refusal, nextAttemptAt: new Date(unit.now.getTime() + AGAIN_MS) })
    .where('messageId', '=', messageId).where('state', '=', 'ATTEMPTED').returning('attemptedAt').executeTakeFirst();
  if (waiting?.attemptedAt) await disableForToken(unit, inboxId, refusal, waiting.attemptedAt);
}

/**
 * Switches the inbox off, once, and tells who manages it.
 * @param askedAt when the provider was asked: what it said of an earlier token says nothing of this one @returns whether it was this that did it
 */
export async function disableForToken(unit: UnitOfWork, inboxId: string, detail: string, askedAt: Date): Promise<boolean> {
  const { rows: [disabled] } = await sql<{ tenant_id: string; name: string }>`
    update conversations.inbox set state = 'DISABLED', disabled_reason = 'REAUTHORISE', disabled_detail = ${detail.slice(0, 500)}, disabled_at = ${unit.now}
    where id = ${inboxId}::uuid and state = 'ACTIVE' and authorised_at <= ${askedAt} returning tenant_id, name`.execute(unit.tx.getKysely());
  if (!disabled) return false;
  const id = encodeId('inb', inboxId);
  await askForManagers(unit, { kind: 'INBOX_DISABLED', tenantId: disabled.tenant_id, inboxId, name: disabled.name, dedupeKey: `${id}/DISABLED/${unit.now.toISOString()}` });
  unit.audit({
    action: 'inbox.disable_by_provider', type: 'DATA_WRITE', severity: 'WARNING', outcome: 'SUCCESS', resource: { type: 'Inbox', id: inboxId },
    before: { state: 'ACTIVE' }, after: { state: 'DISABLED', disabledReason: 'REAUTHORISE' },
  });
  return true;
}
