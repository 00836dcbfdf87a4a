// How far ahead of its pace an inbox is, by itself and with each person.
import { defineEntity, p } from '@mikro-orm/postgresql';

export const Pace = defineEntity({
  name: 'Pace', tableName: 'pace', schema: 'conversations',
  properties: {
    inboxId: p.uuid().primary(),
    /** The person's id at the provider; empty: the inbox itself. */
    key: p.text().primary(),
    tenantId: p.uuid(),
    /** When all that was sent would have been sent at an even pace (the theoretical arrival time of GCRA). */
    freeAt: p.datetime(6),
  },
});
