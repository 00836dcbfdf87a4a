// A customer as conversations knows them, and the names each inbox knows them by.
import { defineEntity, p } from '@mikro-orm/postgresql';

export const Contact = defineEntity({
  name: 'Contact', tableName: 'contact', schema: 'conversations',
  properties: { id: p.uuid().primary(), tenantId: p.uuid(), name: p.text().nullable(), createdAt: p.datetime(3) },
});

export const ContactIdentity = defineEntity({
  name: 'ContactIdentity', tableName: 'contact_identity', schema: 'conversations',
  properties: {
    inboxId: p.uuid().primary(),
    externalId: p.text().primary(),
    tenantId: p.uuid(),
    contactId: p.uuid(),
    phone: p.text().nullable(),
    createdAt: p.datetime(3),
    /** Since when the person is known by another id. */
    replacedAt: p.datetime(3).nullable(),
  },
});
