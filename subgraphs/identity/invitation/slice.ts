// Invitations: how people come into a tenant that exists.
import type { Slice } from '../../kernel/graphql/slice.js';
import { can, each, inherited, open, personCan } from '../../kernel/graphql/rules.js';
import { invitation } from '../migrations/20261125-24-invitation.js';
import { MANAGE_USERS } from '../role/role.rights.js';
import { USER_ERROR_FIELDS } from '../user-error.fields.js';
import { Invitation } from './invitation.entity.js';
import { InvitationResolver } from './invitation.resolver.js';
import { AlreadyInvited, AlreadyMember, InvitationEnded, InvitationNotFound, InvitationProofRequired } from './invitation.type.js';

export const invitationSlice: Slice = {
  resolvers: [InvitationResolver],
  orphanedTypes: [AlreadyInvited, AlreadyMember, InvitationEnded, InvitationNotFound, InvitationProofRequired],
  entities: [Invitation],
  migrations: [invitation],
  definerFunctions: ['invitation_by_token'],
  ids: { Invitation: 'inv' },
  rules: {
    Query: { invitations: can(MANAGE_USERS) },
    Mutation: { ...each(personCan(MANAGE_USERS), 'invitationCreate', 'invitationResend', 'invitationRevoke'), ...each(open, 'invitationAccept') },
    Invitation: each(inherited, 'id', 'email', 'status', 'roles', 'invitedBy', 'acceptedBy', 'createdAt', 'expiresAt', 'endedAt'),
    InvitationConnection: each(inherited, 'nodes', 'edges', 'pageInfo'),
    InvitationEdge: each(inherited, 'node', 'cursor'),
    InvitationCreatePayload: each(inherited, 'invitation', 'userErrors'),
    InvitationResendPayload: each(inherited, 'invitation', 'userErrors'),
    InvitationRevokePayload: each(inherited, 'invitation', 'userErrors'),
    InvitationAcceptPayload: each(inherited, 'tenantId', 'userErrors'),
    InvitationNotFound: each(inherited, ...USER_ERROR_FIELDS),
    InvitationEnded: each(inherited, ...USER_ERROR_FIELDS),
    AlreadyMember: each(inherited, ...USER_ERROR_FIELDS),
    AlreadyInvited: each(inherited, ...USER_ERROR_FIELDS),
    InvitationProofRequired: each(inherited, ...USER_ERROR_FIELDS, 'accountExists'),
  },
  mutations: {
    invitationCreate: { action: 'invitation.create', type: 'AUTHORIZATION', resource: 'Invitation' },
    invitationResend: { action: 'invitation.resend', type: 'AUTHORIZATION', resource: 'Invitation' },
    invitationRevoke: { action: 'invitation.revoke', type: 'AUTHORIZATION', resource: 'Invitation' },
    invitationAccept: { action: 'invitation.accept', type: 'AUTHORIZATION', resource: 'Invitation' },
  },
  classes: {
    Invitation: { roles: 'plain', expiresAt: 'plain', status: 'plain', user: 'plain' },
  },
};
