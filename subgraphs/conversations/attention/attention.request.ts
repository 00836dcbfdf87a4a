// Asks for a person where a message needs one: it failed, or nobody knows whether it was sent.
import type { z } from 'zod';
import { encodeId } from '../../kernel/base/ids.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { StaffNotificationRequested } from '../events.js';
import type { MessageStatus } from '../message/message.entity.js';
import { db } from '../tables.js';

const KINDS = { FAILED: 'MESSAGE_FAILED', UNCONFIRMED: 'MESSAGE_UNCONFIRMED' } as const;
const isKind = (status: MessageStatus): status is keyof typeof KINDS => status in KINDS;

/** Inside the change that moves the message. Its author is told; who may write in their place, when the author may no more. */
export async function askForPerson(unit: UnitOfWork, tenantId: string, messageId: string, status: MessageStatus): Promise<void> {
  if (!isKind(status)) return;
  const message = await db(unit.tx).selectFrom('Message').innerJoin('Conversation', 'Conversation.id', 'Message.conversationId')
    .select(['Message.authorKind as authorKind', 'Message.authorId as authorId', 'Conversation.displayNumber as conversation'])
    .where('Message.id', '=', messageId).executeTakeFirstOrThrow();
  const subjectId = encodeId('msg', messageId);
  const dedupeKey = `${subjectId}/${status}`;
  const payload = {
    kind: KINDS[status], userIds: message.authorKind === 'USER' && message.authorId !== null ? [message.authorId] : [], permission: 'conversation:create', subjectId,
    params: { conversation: message.conversation }, dedupeKey,
  };
  await requestAttention(unit, tenantId, payload);
}

/** Asks until identity has told whoever is to be told. */
export async function requestAttention(unit: UnitOfWork, tenantId: string, payload: z.infer<typeof StaffNotificationRequested.payload>): Promise<void> {
  await db(unit.tx).insertInto('AttentionRequest').values({ tenantId, dedupeKey: payload.dedupeKey, payload: JSON.stringify(payload) as never, announcedAt: unit.now })
    .onConflict((conflict) => conflict.columns(['tenantId', 'dedupeKey']).doNothing()).execute();
  unit.emit(StaffNotificationRequested, payload);
}
