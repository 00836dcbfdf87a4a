// Venues, as what they add to the subgraph.
import { can, each, inherited } from '../../kernel/graphql/rules.js';
import { InputInvalid } from '../../kernel/graphql/user-errors.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { venue } from '../migrations/20261129-105-venue.js';
import { BlockedPeriodResolver, DiningTableResolver, TableCombinationResolver } from './place.resolver.js';
import { Area, BlockedPeriod, DiningTable, TableCombination, Venue } from './venue.entity.js';
import { VenueResolver } from './venue.resolver.js';
import { PlaceLimitReached, PlaceNameTaken, PlaceNotFound, VenueNotFound } from './venue.type.js';

export const READ = 'booking:read';
export const MANAGE = 'booking:manage';
export const userError = each(inherited, 'message', 'code', 'field');

const MUTATIONS = {
  venueCreate: 'venue', venueUpdate: 'venue', venueHoursSet: 'venue', venueDaySet: 'venue', areaCreate: 'area', areaUpdate: 'area', diningTableCreate: 'table', diningTableUpdate: 'table',
  tableCombinationCreate: 'combination', tableCombinationUpdate: 'combination', blockedPeriodCreate: 'period', blockedPeriodDelete: 'period',
} as const;
const nameOf = (mutation: string): string => `${mutation[0]?.toUpperCase() ?? ''}${mutation.slice(1)}Payload`;
const writes = (action: string, resource: string) => ({ action, type: 'DATA_WRITE' as const, resource });
const place = ['id', 'name', 'archivedAt'] as const;
const facts = each(inherited, 'nodes', 'edges', 'pageInfo');
const plain = (...names: string[]): Record<string, 'plain'> => Object.fromEntries(names.map((name) => [name, 'plain']));

export const venueSlice: Slice = {
  resolvers: [VenueResolver, DiningTableResolver, TableCombinationResolver, BlockedPeriodResolver],
  orphanedTypes: [InputInvalid, VenueNotFound, PlaceNotFound, PlaceNameTaken, PlaceLimitReached],
  entities: [Venue, Area, DiningTable, TableCombination, BlockedPeriod],
  migrations: [venue],
  ids: { Venue: 'ven', Area: 'area', DiningTable: 'tbl', TableCombination: 'comb', BlockedPeriod: 'blk' },
  permissions: {
    [READ]: 'See venues, their tables and hours, what is free, reservations and who waits.',
    [MANAGE]: 'Make and change venues, areas, tables, hours and rules of booking, and cancel later than guests may.',
  },
  rules: {
    Query: each(can(READ), 'venue', 'venues', 'blockedPeriods'),
    Mutation: each(can(MANAGE), ...Object.keys(MUTATIONS)),
    Venue: each(inherited, 'id', 'name', 'timeZone', 'slotMinutes', 'leadMinutes', 'cancelMinutes', 'daysAhead', 'confirmsByHand', 'stays', 'archivedAt', 'openingHours', 'areas', 'tables', 'combinations'),
    Stay: each(inherited, 'upTo', 'minutes'),
    OpeningHours: each(inherited, 'weekday', 'day', 'opens', 'closes'),
    Area: each(inherited, ...place),
    DiningTable: each(inherited, ...place, 'minParty', 'maxParty', 'area'),
    TableCombination: each(inherited, ...place, 'minParty', 'maxParty', 'tables'),
    BlockedPeriod: each(inherited, 'id', 'startsAt', 'endsAt', 'reason', 'table'),
    VenueConnection: facts, BlockedPeriodConnection: facts,
    VenueEdge: each(inherited, 'node', 'cursor'), BlockedPeriodEdge: each(inherited, 'node', 'cursor'),
    ...Object.fromEntries(Object.entries(MUTATIONS).map(([mutation, field]) => [nameOf(mutation), each(inherited, field, 'userErrors')])),
    InputInvalid: userError, VenueNotFound: userError, PlaceNotFound: userError, PlaceNameTaken: userError, PlaceLimitReached: userError,
  },
  mutations: {
    venueCreate: writes('venue.create', 'Venue'), venueUpdate: writes('venue.update', 'Venue'), venueHoursSet: writes('venue.hours', 'Venue'), venueDaySet: writes('venue.day', 'Venue'),
    areaCreate: writes('area.create', 'Area'), areaUpdate: writes('area.update', 'Area'),
    diningTableCreate: writes('dining_table.create', 'DiningTable'), diningTableUpdate: writes('dining_table.update', 'DiningTable'),
    tableCombinationCreate: writes('table_combination.create', 'TableCombination'), tableCombinationUpdate: writes('table_combination.update', 'TableCombination'),
    blockedPeriodCreate: writes('blocked_period.create', 'BlockedPeriod'), blockedPeriodDelete: { ...writes('blocked_period.delete', 'BlockedPeriod'), type: 'DATA_DELETE' },
  },
  classes: {
    Venue: plain('name', 'timeZone', 'slotMinutes', 'leadMinutes', 'cancelMinutes', 'daysAhead', 'confirmsByHand', 'stays', 'upTo', 'minutes', 'archived', 'hours', 'weekday', 'day', 'opens', 'closes'),
    Area: plain('name', 'venueId', 'archived'),
    DiningTable: plain('name', 'areaId', 'minParty', 'maxParty', 'archived'),
    TableCombination: plain('name', 'venueId', 'tableIds', 'minParty', 'maxParty', 'archived'),
    BlockedPeriod: plain('venueId', 'tableId', 'startsAt', 'endsAt'),
  },
};
