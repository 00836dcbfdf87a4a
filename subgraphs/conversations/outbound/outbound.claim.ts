// Which message of a conversation is handed over next, and whether it may be.
import { sql } from 'kysely';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { ChannelName } from '../channel/channel.port.js';
import { channelFor } from '../channel/channel.registry.js';
import { needsPerson, type Pace } from '../channel/channel.rules.js';
import { text as plain, type Said } from '../channel/content.js';
import { optedOut } from '../contact/contact.consent.js';
import { lastWroteAt } from '../conversation/conversation.window.js';
import { botHas, isOvertaken } from './outbound.bot.js';
import { BLOCKED, TAKEN_OVER, UNCHANGEABLE, UNREACHABLE, hindranceOf, type Hindrance } from '../message/message.hindrance.js';
import { db } from '../tables.js';
import type { Change, ChangeOf } from './outbound.change.js';
import { TURN_LASTS_MS, takeTurn } from './outbound.pace.js';
import type { Reaction } from './outbound.reaction.js';
import { LEASE_MS, MEDIA_LEASE_MS } from './outbound.rules.js';

export interface Attempt {
  messageId: string;
  inboxId: string;
  attempts: number;
  said: Said;
  replyTo: string | null;
  to: string;
  humanAgent: boolean;
  pace: Pace | null;
  /** It is no message but this. */
  reaction: Reaction | null;
  /** It is no message but this. */
  change: Change | null;
}

export type Claim = { kind: 'attempt'; attempt: Attempt } | { kind: 'hindered'; messageId: string; reactionTo: string | null; change: ChangeOf | null; hindrance: Hindrance };

/** Marks the oldest open message attempted. @returns null when nothing is due */
export async function claimNext(unit: UnitOfWork, conversationId: string): Promise<Claim | null> {
  const now = unit.now;
  const open = await db(unit.tx).selectFrom('Outbound').select(['messageId', 'inboxId', 'state', 'attempts', 'nextAttemptAt', 'tenantId', 'turnAt', 'reactionTo', 'emoji', 'amends', 'change', 'changeText']).where('conversationId', '=', conversationId)
    .where('state', 'in', ['INTENT', 'RETRY', 'ATTEMPTED']).where((eb) => eb.or([
      eb('state', '<>', 'ATTEMPTED'),
      // An attempt without an outcome holds the order while it may still be running; later it only waits for a person.
      eb('nextAttemptAt', '>', now),
    ])).orderBy('seq')
    // A message goes before what is said about it, whichever process named them.
    .orderBy((row) => row('amends', 'is not', null)).orderBy('messageId').limit(1).forUpdate().executeTakeFirst();
  if (!open || open.state === 'ATTEMPTED') return null;
  // What a bot wrote and will not be sent keeps nobody waiting until its next attempt.
  if (open.nextAttemptAt > now && !await isOvertaken(unit, open.messageId)) return null;
  const message = await db(unit.tx).selectFrom('Message').innerJoin('Conversation', 'Conversation.id', 'Message.conversationId').innerJoin('Inbox', 'Inbox.id', 'Message.inboxId').innerJoin('Contact', 'Contact.id', 'Conversation.contactId')
    .innerJoin('ContactIdentity', (join) => join.onRef('ContactIdentity.contactId', '=', 'Conversation.contactId').onRef('ContactIdentity.inboxId', '=', 'Message.inboxId'))
    .select(['Message.type as type', 'Message.text as text', 'Message.content as content', 'Message.replyTo as replyTo', 'Message.authorKind as authorKind', 'Message.authorId as authorId', 'Message.externalId as externalId', 'Message.status as status', 'Message.deletedAt as deletedAt', 'ContactIdentity.externalId as to',
      'Contact.blockedAt as blockedAt', 'Inbox.channel as channel', 'Inbox.state as inboxState',
      lastWroteAt(sql.ref('contact_identity.tenant_id'), sql.ref('contact_identity.inbox_id'), sql.ref('contact_identity.contact_id')).as('lastInboundAt'),
      optedOut(sql.ref('contact_identity.tenant_id'), sql.ref('contact_identity.inbox_id'), sql.ref('contact_identity.contact_id')).as('optedOut')])
    .where('Message.id', '=', open.reactionTo ?? open.amends ?? open.messageId)
    // Somebody whose number has changed is written to by the new one, and who has several by the one they last wrote from.
    .orderBy('ContactIdentity.replacedAt', (order) => order.desc().nullsFirst()).orderBy('ContactIdentity.lastWroteAt', (order) => order.desc().nullsLast()).orderBy('ContactIdentity.createdAt', 'desc')
    .limit(1).executeTakeFirst();
  const change = open.amends === null || open.change === null ? null : { messageId: open.amends, kind: open.change };
  const hindered = (hindrance: Hindrance): Claim => ({ kind: 'hindered', messageId: open.messageId, reactionTo: open.reactionTo, change, hindrance });
  if (!message) return hindered(UNREACHABLE);
  const { to, replyTo, type, text, content, authorKind, authorId, externalId, inboxState, blockedAt, status, deletedAt, ...standing } = message;
  // What waits in an inbox that is switched off waits on. A deleted one says no by itself.
  if (inboxState === 'DISABLED') return null;
  if (change && (externalId === null || deletedAt !== null || status === 'FAILED')) return hindered(UNCHANGEABLE);
  // To take something back is not to write to somebody.
  const writes = change?.kind !== 'DELETION';
  if (writes && blockedAt !== null) return hindered(BLOCKED);
  if (authorKind === 'BOT' && open.reactionTo === null && change === null) {
    const has = await botHas(unit, conversationId, authorId);
    if (has !== true) return has === false ? hindered(TAKEN_OVER) : null;
  }
  const byPerson = authorKind === 'USER' || open.reactionTo !== null;
  const hindrance = writes && hindranceOf(standing as typeof standing & { channel: ChannelName }, open.reactionTo === null ? type : 'TEXT', now, byPerson);
  if (hindrance) return hindered(hindrance);
  const { sending } = channelFor(standing.channel);
  const missed = open.turnAt === null || now.getTime() - open.turnAt.getTime() > TURN_LASTS_MS;
  const turn = sending.pace && missed ? await takeTurn(unit, open, to, sending.pace) : { kind: 'now' as const };
  const own = db(unit.tx).updateTable('Outbound').where('messageId', '=', open.messageId);
  if (turn.kind !== 'now') {
    await own.set({ state: 'RETRY', nextAttemptAt: turn.at, turnAt: turn.kind === 'turn' ? turn.at : null }).execute();
    return null;
  }
  const lease = content?.kind === 'media' && open.reactionTo === null && !change ? MEDIA_LEASE_MS : LEASE_MS;
  await own.set({ state: 'ATTEMPTED', attempts: open.attempts + 1, attemptedAt: now, nextAttemptAt: new Date(now.getTime() + lease), turnAt: null }).execute();
  return { kind: 'attempt', attempt: {
    messageId: open.messageId, inboxId: open.inboxId, attempts: open.attempts + 1, said: { type, text, content }, replyTo, to, pace: sending.pace,
    reaction: open.reactionTo !== null && externalId !== null ? { messageId: open.reactionTo, externalId, emoji: open.emoji, at: now } : null,
    change: change && externalId !== null ? { ...change, externalId, said: open.changeText === null ? null : plain(open.changeText), at: now } : null,
    humanAgent: byPerson && needsPerson(sending, standing.lastInboundAt, now),
  } };
}
