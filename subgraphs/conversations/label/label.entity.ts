// A label of the tenant, and which conversations bear it.
import { defineEntity, p } from '@mikro-orm/postgresql';

export const Label = defineEntity({
  name: 'Label', tableName: 'label', schema: 'conversations',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.uuid(),
    /** Lower case, unique in the tenant among those that are not deleted. */
    name: p.text(),
    /** `#rrggbb`, lower case. */
    color: p.text(),
    description: p.text().nullable(),
    createdAt: p.datetime(3),
    /** Nobody is shown it any more; it is being taken off what bears it. */
    deletedAt: p.datetime(3).nullable(),
  },
});

export const ConversationLabel = defineEntity({
  name: 'ConversationLabel', tableName: 'conversation_label', schema: 'conversations',
  properties: {
    conversationId: p.uuid().primary(),
    labelId: p.uuid().primary(),
    tenantId: p.uuid(),
    addedAt: p.datetime(3),
  },
});
