// Memberships: a person in a tenant.
import type { Slice } from '../../kernel/graphql/slice.js';
import { Membership, MembershipChange } from './membership.entity.js';

export const membershipSlice: Slice = { entities: [Membership, MembershipChange], definerFunctions: ['memberships_of'] };
