// A template of an inbox, as its provider showed it when they were last fetched.
import { defineEntity, p } from '@mikro-orm/postgresql';
import type { TemplateForm } from '../channel/template.js';

export const MessageTemplate = defineEntity({
  name: 'MessageTemplate', tableName: 'message_template', schema: 'conversations',
  properties: {
    inboxId: p.uuid().primary(),
    name: p.text().primary(),
    language: p.text().primary(),
    tenantId: p.uuid(),
    /** The provider's. */
    externalId: p.text(),
    category: p.text(),
    status: p.text(),
    form: p.json().$type<TemplateForm>(),
    syncedAt: p.datetime(3),
  },
});
