// Staff change or take back what they wrote, where the channel lets them: queued in the ledger behind what is there, and a fact (ADR 13) once the channel has taken it.
import { ErrorCode, Refusal, invalidInput } from '../../kernel/base/errors.js';
import { newId } from '../../kernel/base/ids.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { channelFor } from '../channel/channel.registry.js';
import { text as plain } from '../channel/content.js';
import { refuseBlocked } from '../contact/contact.block.js';
import { MessageUpdated } from '../events.js';
import { requireSending } from '../inbox/inbox.standing.js';
import { Outbound, type ChangeKind } from '../outbound/outbound.entity.js';
import { db } from '../tables.js';
import { checkKey, MAX_TEXT } from './message.compose.js';
import { checked } from './message.compose.text.js';
import { checkHindrance } from './message.hindrance.js';
import { lockPlace, type Place } from './message.react.js';
import { claimKey } from './message.send.js';

/** May take back what colleagues wrote. */
const MANAGE = 'conversation:manage';
const MESSAGE = ['input', 'messageId'];
const TEXT = ['input', 'text'];

export interface NewWords {
  text: string;
  idempotencyKey: string;
}

/** @throws Refusal MessageNotFound, MessageOfColleague, NotAllowedByChannel, MessageUnchangeable, ChannelUnavailable, ContactBlocked, RecipientOptedOut, IdempotencyMismatch, InputInvalid */
export async function editMessage(context: OperationContext, messageId: string, { text, idempotencyKey }: NewWords): Promise<void> {
  const { tenantId, userId } = context;
  const words = checked(text, 'The text', MAX_TEXT, TEXT);
  checkKey(idempotencyKey);
  await context.mutate(async (unit, audit) => {
    audit.draft = { ...audit.draft, resource: { type: 'Message', id: messageId } };
    const known = await find(unit, messageId);
    const request = { id: messageId, tenantId, userId, composed: { said: plain(words), replyToId: null }, idempotencyKey };
    if (await claimKey(unit, request, ['edit', messageId]) !== null) {
      audit.draft = { ...audit.draft, after: { repeated: true } };
      return;
    }
    const place = await lockPlace(unit, known.conversationId);
    const message = await changeable(unit, messageId, place);
    if (message.authorId !== userId) throw ofColleague();
    if (message.deletedAt !== null) throw unchangeable('It was taken back.');
    if (message.type !== 'TEXT') throw unchangeable('Only the words of a text can be changed: take this back, and send it anew.');
    const { most, unit: measure } = channelFor(place.channel).textLimit;
    if ((measure === 'bytes' ? Buffer.byteLength(words) : words.length) > most) throw invalidInput(`The text is too long: this channel takes ${most} ${measure} at the most.`, TEXT);
    await refuseBlocked(unit, known.conversationId, MESSAGE);
    checkHindrance(place, 'TEXT', unit.now, MESSAGE);
    const waiting = await latest(unit, messageId);
    if (waiting?.change === 'DELETION') throw unchangeable('It is being taken back.');
    if ((waiting?.changeText ?? message.text) !== words) queue(unit, { tenantId, messageId, ...known }, place, 'EDIT', words);
  });
}

/** Repeating it changes nothing. @throws Refusal MessageNotFound, MessageOfColleague, NotAllowedByChannel, MessageUnchangeable, ChannelUnavailable */
export async function deleteMessage(context: OperationContext, messageId: string): Promise<void> {
  const { tenantId, userId, actor } = context;
  await context.mutate(async (unit, audit) => {
    audit.draft = { ...audit.draft, resource: { type: 'Message', id: messageId } };
    const known = await find(unit, messageId);
    const place = await lockPlace(unit, known.conversationId);
    const { authorId, deletedAt } = await changeable(unit, messageId, place);
    if (authorId !== userId && !actor.permissions.includes(MANAGE)) throw ofColleague();
    if (deletedAt === null && (await latest(unit, messageId))?.change !== 'DELETION') queue(unit, { tenantId, messageId, ...known }, place, 'DELETION', null);
  });
}

async function find({ tx }: UnitOfWork, messageId: string): Promise<{ conversationId: string; inboxId: string }> {
  const known = await db(tx).selectFrom('Message').select(['conversationId', 'inboxId']).where('id', '=', messageId).executeTakeFirst();
  if (!known) throw new Refusal('MessageNotFound', ErrorCode.NOT_FOUND, 'The message was not found.', MESSAGE);
  return known;
}

/** As it is now that its conversation is held. One that is queued may be: its change goes out behind it. */
async function changeable(unit: UnitOfWork, messageId: string, { channel }: Place) {
  const message = await db(unit.tx).selectFrom('Message').select(['inboxId', 'direction', 'authorKind', 'authorId', 'status', 'type', 'text', 'deletedAt']).where('id', '=', messageId).executeTakeFirstOrThrow();
  if (!channelFor(channel).sending.changes) throw new Refusal('NotAllowedByChannel', ErrorCode.BAD_USER_INPUT, 'On this channel nobody changes or takes back what the business has sent.', MESSAGE);
  if (message.direction !== 'OUTBOUND' || message.authorKind !== 'USER') throw unchangeable('Only what staff wrote here can be changed or taken back.');
  if (message.status === 'FAILED' || message.status === 'UNCONFIRMED') throw unchangeable('It was not sent, or nobody knows whether it was.');
  await requireSending(unit, message.inboxId, MESSAGE);
  return message;
}

/** What is asked for already, and not done. */
function latest({ tx }: UnitOfWork, messageId: string) {
  return db(tx).selectFrom('Outbound').select(['change', 'changeText']).where('amends', '=', messageId).where('state', 'in', ['INTENT', 'RETRY', 'ATTEMPTED'])
    .orderBy('messageId', 'desc').limit(1).executeTakeFirst();
}

interface Target {
  tenantId: string;
  messageId: string;
  conversationId: string;
  inboxId: string;
}

function queue(unit: UnitOfWork, { tenantId, messageId, conversationId, inboxId }: Target, { seq }: Place, change: ChangeKind, changeText: string | null): void {
  const id = newId();
  unit.tx.create(Outbound, {
    messageId: id, tenantId, conversationId, inboxId, seq, state: 'INTENT', attempts: 0, attemptedAt: null, nextAttemptAt: unit.now, refusal: null, turnAt: null,
    reactionTo: null, emoji: null, amends: messageId, change, changeText, createdAt: unit.now,
  });
  unit.emit(MessageUpdated, { messageId, conversationId, inboxId }, { streamId: conversationId, groupId: inboxId });
}

const ofColleague = (): Refusal => new Refusal('MessageOfColleague', ErrorCode.WRONG_STATE, 'This message is a colleague\'s.', MESSAGE);
const unchangeable = (why: string): Refusal => new Refusal('MessageUnchangeable', ErrorCode.WRONG_STATE, why, MESSAGE);
