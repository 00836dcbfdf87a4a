// A voucher: how much it takes off, of what, until when and how often.
import { defineEntity, p } from '@mikro-orm/postgresql';

export const Voucher = defineEntity({
  name: 'Voucher', tableName: 'voucher', schema: 'commerce',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.uuid(),
    /** Upper case, unique in the tenant. */
    code: p.text(),
    /** Millionths; null: it takes an amount off. */
    percentPpm: p.integer().nullable(),
    minor: p.bigint('string').nullable(),
    currency: p.text().nullable(),
    startsAt: p.datetime(3).nullable(),
    endsAt: p.datetime(3).nullable(),
    mostUses: p.integer().nullable(),
    mostUsesEach: p.integer().nullable(),
    used: p.integer(),
    archivedAt: p.datetime(3).nullable(),
    createdAt: p.datetime(3),
  },
});
