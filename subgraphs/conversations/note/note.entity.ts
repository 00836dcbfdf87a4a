// A note of staff on a conversation or a contact, and whom it names. No message: no channel ever carries it.
import { defineEntity, p } from '@mikro-orm/postgresql';

export const Note = defineEntity({
  name: 'Note', tableName: 'note', schema: 'conversations',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.uuid(),
    /** Exactly one of these two: what it is about. */
    conversationId: p.uuid().nullable(),
    contactId: p.uuid().nullable(),
    authorId: p.uuid(),
    /** Null exactly when it is deleted. */
    text: p.text().nullable(),
    idempotencyKey: p.text(),
    requestHash: p.text(),
    createdAt: p.datetime(3),
    editedAt: p.datetime(3).nullable(),
    deletedAt: p.datetime(3).nullable(),
  },
});

export const NoteMention = defineEntity({
  name: 'NoteMention', tableName: 'note_mention', schema: 'conversations',
  properties: { noteId: p.uuid().primary(), userId: p.uuid().primary(), tenantId: p.uuid() },
});
