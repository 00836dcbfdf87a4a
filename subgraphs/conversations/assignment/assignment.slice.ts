// Giving conversations out, as what it adds to the subgraph.
import { can, each, inherited } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { assignment } from '../migrations/20261201-32-assignment.js';
import { InboxAssignmentPartsResolver, InboxAssignmentResolver } from './assignment.resolver.js';

export const assignmentSlice: Slice = {
  resolvers: [InboxAssignmentResolver, InboxAssignmentPartsResolver],
  migrations: [assignment],
  rules: {
    Mutation: { inboxAssignmentSet: can('inbox:manage') },
    Inbox: { assignment: inherited },
    InboxAssignment: each(inherited, 'mode', 'pick', 'capacity', 'fairLimit', 'fairSeconds', 'excludeOlderThanHours', 'agents', 'excludedLabels'),
    InboxAgent: each(inherited, 'user', 'capacity'),
    InboxAssignmentSetPayload: each(inherited, 'inbox', 'userErrors'),
  },
  mutations: { inboxAssignmentSet: { action: 'inbox.set_assignment', type: 'DATA_WRITE', resource: 'Inbox' } },
  classes: {
    Inbox: { assignment: 'plain', pick: 'plain', capacity: 'plain', fairLimit: 'plain', fairSeconds: 'plain', excludeOlderThanHours: 'plain', agents: 'plain', excludedLabels: 'plain' },
  },
};
