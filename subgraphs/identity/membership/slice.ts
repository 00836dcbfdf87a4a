// Memberships: a person in a tenant.
import { z } from 'zod';
import type { Slice } from '../../kernel/graphql/slice.js';
import { announceMemberJob, confirmMemberJob } from '../jobs.js';
import { memberState } from '../migrations/20261130-41-member-state.js';
import { MembershipChanged } from './membership.announcement.js';
import { Membership, MembershipChange } from './membership.entity.js';

/** Of what conversations announces, what is read here. */
const colleagueNoted = z.object({ userId: z.uuid(), revision: z.number().int() });

export const membershipSlice: Slice = {
  entities: [Membership, MembershipChange],
  migrations: [memberState],
  definerFunctions: ['memberships_of'],
  events: [MembershipChanged],
  jobs: [announceMemberJob, confirmMemberJob],
  reactions: [{
    from: 'conversations', event: 'ColleagueNoted', version: 1, job: confirmMemberJob,
    payload: (tenantId, event) => ({ tenantId, ...colleagueNoted.parse(event) }),
  }],
};
