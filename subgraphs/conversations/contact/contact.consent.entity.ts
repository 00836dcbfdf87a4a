// What is known of a contact's consent in an inbox. Without a row they never said anything, and may be written to.
import { defineEntity, p } from '@mikro-orm/postgresql';

/** Who said so: the customer with a keyword, the provider who refused a message for it, or staff whom the customer told. */
export const CONSENT_SOURCES = ['CUSTOMER', 'PROVIDER', 'STAFF'] as const;
export type ConsentSource = (typeof CONSENT_SOURCES)[number];

export const ContactConsent = defineEntity({
  name: 'ContactConsent', tableName: 'contact_consent', schema: 'conversations',
  properties: {
    inboxId: p.uuid().primary(),
    externalId: p.text().primary(),
    tenantId: p.uuid(),
    optedOut: p.boolean(),
    source: p.text().$type<ConsentSource>(),
    changedAt: p.datetime(3),
  },
});
