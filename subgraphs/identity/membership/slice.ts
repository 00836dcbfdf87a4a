// Memberships: a person in a tenant.
import type { Slice } from '../../kernel/graphql/slice.js';
import { Membership } from './membership.entity.js';

export const membershipSlice: Slice = { entities: [Membership], definerFunctions: ['memberships_of'] };
