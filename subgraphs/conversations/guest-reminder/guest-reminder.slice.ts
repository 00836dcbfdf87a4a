// Reminders of guests, as what they add to the subgraph.
import { z } from 'zod';
import { can, each, inherited } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { GuestReminderSettled } from '../events.js';
import { remindGuestJob } from '../jobs.js';
import { guestReminder } from '../migrations/20261202-02-guest-reminder.js';
import { GuestReminderResolver } from './guest-reminder.resolver.js';

/** Of commerce's announcement, what is read here. */
const reminded = z.object({
  reservationId: z.uuid(), kind: z.enum(['H24', 'H2']), startsAt: z.iso.datetime(), conversationId: z.uuid().nullable(), contactIds: z.array(z.uuid()),
  venue: z.string(), timeZone: z.string(), partySize: z.number().int(),
});

export const guestReminderSlice: Slice = {
  resolvers: [GuestReminderResolver],
  migrations: [guestReminder],
  rules: {
    Query: { guestReminderSettings: can('conversation:read') },
    Mutation: { guestReminderSettingsUpdate: can('inbox:manage') },
    GuestReminderSettings: each(inherited, 'enabled', 'templateName', 'language', 'inbox'),
    GuestReminderSettingsUpdatePayload: each(inherited, 'settings', 'userErrors'),
  },
  mutations: { guestReminderSettingsUpdate: { action: 'guest_reminder.settings', type: 'DATA_WRITE', resource: 'Tenant' } },
  classes: { Tenant: { enabled: 'plain', inboxId: 'plain', templateName: 'plain', language: 'plain' } },
  events: [GuestReminderSettled],
  jobs: [remindGuestJob],
  reactions: [{ from: 'commerce', event: 'ReservationReminded', version: 1, job: remindGuestJob, payload: (tenantId, event) => ({ tenantId, ...reminded.parse(event) }) }],
};
