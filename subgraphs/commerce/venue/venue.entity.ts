// Where parties are received, and when.
import { defineEntity, p } from '@mikro-orm/postgresql';

/** How long a party of at most so many stays. */
export interface Stay {
  upTo: number;
  minutes: number;
}

/** How a venue takes bookings. */
export interface BookingRules {
  /** IANA. */
  timeZone: string;
  slotMinutes: number;
  leadMinutes: number;
  cancelMinutes: number;
  daysAhead: number;
  confirmsByHand: boolean;
  stays: Stay[];
}

export const Venue = defineEntity({
  name: 'Venue', tableName: 'venue', schema: 'commerce',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.uuid(),
    name: p.text(),
    /** IANA name. */
    timeZone: p.text(),
    slotMinutes: p.integer(),
    leadMinutes: p.integer(),
    cancelMinutes: p.integer(),
    daysAhead: p.integer(),
    confirmsByHand: p.boolean(),
    /** By `upTo`, ascending; the last is that of all larger parties. */
    stays: p.json().$type<Stay[]>(),
    createdAt: p.datetime(3),
    archivedAt: p.datetime(3).nullable(),
  },
});

const named = {
  id: p.uuid().primary(),
  tenantId: p.uuid(),
  venueId: p.uuid(),
  name: p.text(),
  createdAt: p.datetime(3),
  archivedAt: p.datetime(3).nullable(),
};

export const Area = defineEntity({ name: 'Area', tableName: 'area', schema: 'commerce', properties: { ...named } });

export const DiningTable = defineEntity({
  name: 'DiningTable', tableName: 'dining_table', schema: 'commerce',
  properties: { ...named, areaId: p.uuid(), minParty: p.integer(), maxParty: p.integer() },
});

export const TableCombination = defineEntity({
  name: 'TableCombination', tableName: 'table_combination', schema: 'commerce',
  properties: { ...named, minParty: p.integer(), maxParty: p.integer() },
});

export const BlockedPeriod = defineEntity({
  name: 'BlockedPeriod', tableName: 'blocked_period', schema: 'commerce',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.uuid(),
    venueId: p.uuid(),
    /** Null: the whole venue. */
    tableId: p.uuid().nullable(),
    startsAt: p.datetime(3),
    endsAt: p.datetime(3),
    reason: p.text().nullable(),
    createdAt: p.datetime(3),
  },
});
