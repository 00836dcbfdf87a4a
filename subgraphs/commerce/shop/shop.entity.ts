// How a tenant sells: its currency, its clock, and its taxes.
import { defineEntity, p } from '@mikro-orm/postgresql';

export const Shop = defineEntity({
  name: 'Shop', tableName: 'shop', schema: 'commerce',
  properties: {
    tenantId: p.uuid().primary(),
    currency: p.text(),
    /** IANA name. */
    timeZone: p.text(),
    /** BCP 47. */
    locale: p.text(),
    pricesIncludeTax: p.boolean(),
    /** Millionths: 190,000 is 19 %. */
    taxRatePpm: p.integer(),
    /** How long a placed order keeps its goods until it is accepted. */
    holdMinutes: p.integer(),
    updatedAt: p.datetime(3),
  },
});
