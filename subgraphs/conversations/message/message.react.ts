// Staff react to a message: queued in the ledger as a message is, and a fact (ADR 13) once the provider has taken it.
import { sql } from 'kysely';
import { ErrorCode, Refusal, invalidInput } from '../../kernel/base/errors.js';
import { newId } from '../../kernel/base/ids.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { channelFor } from '../channel/channel.registry.js';
import { refuseBlocked } from '../contact/contact.block.js';
import { optedOut } from '../contact/contact.consent.js';
import { lastWroteAt } from '../conversation/conversation.window.js';
import { requireSending } from '../inbox/inbox.standing.js';
import { Outbound } from '../outbound/outbound.entity.js';
import { db } from '../tables.js';
import { checkHindrance, type Standing } from './message.hindrance.js';

const EMOJI = new RegExp('^\\p{RGI_Emoji}$', 'v');
const MESSAGE = ['input', 'messageId'];

/** @param emoji null takes off what stands @throws Refusal MessageNotFound, InputInvalid, WindowClosed, RecipientOptedOut, ChannelUnavailable, ContactBlocked */
export async function reactTo(context: OperationContext, messageId: string, emoji: string | null): Promise<void> {
  if (emoji !== null && !EMOJI.test(emoji)) throw invalidInput('A reaction is one emoji.', ['input', 'emoji']);
  await context.mutate(async (unit, audit) => {
    audit.draft = { ...audit.draft, resource: { type: 'Message', id: messageId } };
    const about = await db(unit.tx).selectFrom('Message').select(['conversationId', 'inboxId', 'externalId', 'deletedAt']).where('id', '=', messageId).executeTakeFirst();
    if (!about) throw new Refusal('MessageNotFound', ErrorCode.NOT_FOUND, 'The message was not found.', MESSAGE);
    const place = await lockPlace(unit, about.conversationId);
    await requireSending(unit, about.inboxId, MESSAGE);
    await refuseBlocked(unit, about.conversationId, MESSAGE);
    const { reactions } = channelFor(place.channel).sending;
    if (reactions !== 'ANY' && reactions.length === 0) throw invalidInput('On this channel nobody reacts to a message.', MESSAGE);
    if (reactions !== 'ANY' && emoji !== null && !reactions.includes(emoji)) throw invalidInput(`This channel takes ${reactions.join(', ')} only.`, ['input', 'emoji']);
    if (about.externalId === null || about.deletedAt !== null) throw invalidInput('The channel does not know this message, or it was taken back.', MESSAGE);
    checkHindrance(place, 'TEXT', unit.now, MESSAGE);
    if (await latest(unit, messageId, about.inboxId, about.externalId) === emoji) return;
    const id = newId();
    unit.tx.create(Outbound, {
      messageId: id, tenantId: context.tenantId, conversationId: about.conversationId, inboxId: about.inboxId, seq: place.seq, state: 'INTENT', attempts: 0, attemptedAt: null,
      nextAttemptAt: unit.now, refusal: null, turnAt: null, reactionTo: messageId, emoji, amends: null, change: null, changeText: null, createdAt: unit.now,
    });
  });
}

export interface Place extends Standing {
  seq: number;
}

/** Behind the messages that are there: whoever writes next waits for this row. */
export async function lockPlace({ tx }: UnitOfWork, conversationId: string): Promise<Place> {
  const { rows: [place] } = await sql<Place>`select c.last_seq as seq, ${lastWroteAt(sql`c.tenant_id`, sql`c.inbox_id`, sql`c.contact_id`)} as "lastInboundAt",
      ${optedOut(sql`c.tenant_id`, sql`c.inbox_id`, sql`c.contact_id`)} as "optedOut",
      (select i.channel from conversations.inbox i where i.tenant_id = c.tenant_id and i.id = c.inbox_id) as channel
    from conversations.conversation c where c.id = ${conversationId}::uuid for no key update of c`.execute(tx.getKysely());
  if (!place) throw new Error(`The conversation ${conversationId} of a message is not there.`);
  return place;
}

/** What will stand when everything that waits is done; null: nothing. */
async function latest({ tx }: UnitOfWork, messageId: string, inboxId: string, externalId: string): Promise<string | null> {
  const waiting = await db(tx).selectFrom('Outbound').select('emoji').where('reactionTo', '=', messageId).where('state', 'in', ['INTENT', 'RETRY', 'ATTEMPTED'])
    .orderBy('messageId', 'desc').limit(1).executeTakeFirst();
  if (waiting) return waiting.emoji;
  const fact = await db(tx).selectFrom('MessageAmendment').select('emoji').where('inboxId', '=', inboxId).where('externalId', '=', externalId)
    .where('kind', '=', 'REACTION').where('side', '=', 'BUSINESS').executeTakeFirst();
  return fact?.emoji ?? null;
}
