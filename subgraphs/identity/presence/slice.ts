// Presence: whether people are there.
import type { Slice } from '../../kernel/graphql/slice.js';
import { can, each, inherited, person } from '../../kernel/graphql/rules.js';
import { presence } from '../migrations/20261125-41-presence.js';
import { presenceAnnounced } from '../migrations/20261201-31-presence-announced.js';
import { PresenceAnnounced } from './presence.events.js';
import { Presence } from './presence.entity.js';
import { PresenceChangedResolver, PresenceFeedResolver, PresenceResolver, UserPresenceResolver } from './presence.resolver.js';

export const presenceSlice: Slice = {
  resolvers: [PresenceResolver, UserPresenceResolver, PresenceFeedResolver, PresenceChangedResolver],
  entities: [Presence],
  migrations: [presence, presenceAnnounced],
  events: [PresenceAnnounced],
  rules: {
    Mutation: { presenceUpdate: person },
    Subscription: { presence: can('user:read') },
    PresenceChanged: each(inherited, 'presence', 'user'),
    User: { presence: inherited },
    Presence: each(inherited, 'status', 'text', 'since'),
    PresenceUpdatePayload: each(inherited, 'presence', 'userErrors'),
  },
  mutations: { presenceUpdate: { action: 'presence.update', type: 'DATA_WRITE', resource: 'User' } },
  classes: {
    User: { status: 'plain' },
  },
};
