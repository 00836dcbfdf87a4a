// Waitlists and reminders, as what they add to the subgraph.
import { can, each, inherited } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { ReservationReminded, TableFreed, WaitlistOffered } from '../booking.events.js';
import { noteReminderJob, offerWaitlistJob, remindJob } from '../jobs.js';
import { reminderOutcome } from '../migrations/20261202-03-reminder-outcome.js';
import { waitlist } from '../migrations/20261129-107-waitlist.js';
import { BOOK } from '../reservation/reservation.slice.js';
import { READ, userError } from '../venue/venue.slice.js';
import { WaitlistEntry } from './waitlist.entity.js';
import { ReservationRemindersResolver } from './reminder.resolver.js';
import { settledReminder } from './reminder.js';
import { WaitlistResolver } from './waitlist.resolver.js';
import { WaitlistEntryNotFound, WaitlistFull } from './waitlist.type.js';

export const waitlistSlice: Slice = {
  resolvers: [WaitlistResolver, ReservationRemindersResolver],
  orphanedTypes: [WaitlistEntryNotFound, WaitlistFull],
  entities: [WaitlistEntry],
  migrations: [waitlist, reminderOutcome],
  ids: { WaitlistEntry: 'wait' },
  rules: {
    Query: each(can(READ), 'waitlist', 'waitlistEntry'),
    Mutation: each(can(BOOK), 'waitlistJoin', 'waitlistLeave'),
    WaitlistEntry: each(inherited, 'id', 'status', 'partySize', 'earliestAt', 'latestAt', 'guestName', 'offeredUntil', 'createdAt', 'reservation'),
    Reservation: { reminders: inherited },
    ReservationReminder: each(inherited, 'kind', 'dueAt', 'toldAt', 'outcome'),
    WaitlistEntryConnection: each(inherited, 'nodes', 'edges', 'pageInfo'),
    WaitlistEntryEdge: each(inherited, 'node', 'cursor'),
    WaitlistJoinPayload: each(inherited, 'entry', 'userErrors'),
    WaitlistLeavePayload: each(inherited, 'entry', 'userErrors'),
    WaitlistEntryNotFound: userError, WaitlistFull: userError,
  },
  mutations: {
    waitlistJoin: { action: 'waitlist.join', type: 'DATA_WRITE', resource: 'WaitlistEntry' },
    waitlistLeave: { action: 'waitlist.leave', type: 'DATA_WRITE', resource: 'WaitlistEntry' },
  },
  classes: {
    WaitlistEntry: { venueId: 'plain', partySize: 'plain', earliestAt: 'plain', latestAt: 'plain', status: 'plain', reservationId: 'plain', startsAt: 'plain', offeredUntil: 'plain', repeated: 'plain' },
    Reservation: { reminder: 'plain', outcome: 'plain' },
  },
  events: [TableFreed, WaitlistOffered, ReservationReminded],
  jobs: [offerWaitlistJob, remindJob, noteReminderJob],
  reactions: [{ from: 'conversations', event: 'GuestReminderSettled', version: 1, job: noteReminderJob, payload: (tenantId, event) => ({ tenantId, ...settledReminder.parse(event) }) }],
  triggers: [{ event: TableFreed, job: offerWaitlistJob, payload: (tenantId, event) => ({ tenantId, ...TableFreed.payload.parse(event) }) }],
};
