// People as colleagues see them, and as managers admit, suspend and remove them.
import { z } from 'zod';
import type { Slice } from '../../kernel/graphql/slice.js';
import { can, each, inherited, personCan, signedIn } from '../../kernel/graphql/rules.js';
import { announceRemovalJob, confirmRemovalJob } from '../jobs.js';
import { removal } from '../migrations/20261125-23-removal.js';
import { USER_ERROR_FIELDS } from '../user-error.fields.js';
import { MANAGE_USERS } from '../role/role.rights.js';
import { UserRemoved, UserSuspended } from './user.events.js';
import { userById } from './user.loaders.js';
import { READ_USERS, UserResolver } from './user.resolver.js';
import { User, UserIsYourself, UserNotFound, UserStateWrong } from './user.type.js';

/** Of what conversations announces, what is read here. */
const conversationsReleased = z.object({ userId: z.uuid() });

export const userSlice: Slice = {
  resolvers: [UserResolver],
  orphanedTypes: [User, UserIsYourself, UserNotFound, UserStateWrong],
  migrations: [removal],
  events: [UserSuspended, UserRemoved],
  jobs: [announceRemovalJob, confirmRemovalJob],
  reactions: [{
    from: 'conversations', event: 'ConversationsReleased', version: 1, job: confirmRemovalJob,
    payload: (tenantId, event) => ({ tenantId, ...conversationsReleased.parse(event) }),
  }],
  ids: { User: 'user' },
  nodes: ['User'],
  permissions: {
    [READ_USERS]: 'See colleagues with their e-mail addresses, state and roles, and the roles there are.',
    [MANAGE_USERS]: 'Manage the people of the tenant: invite, unlock, suspend and remove them, end their sessions, make, give and take roles; never beyond one\'s own rights.',
  },
  rules: {
    Query: { users: can(READ_USERS) },
    Mutation: each(personCan(MANAGE_USERS), 'userSuspend', 'userReactivate', 'userDelete'),
    // What is signed-in here also asks, row by row, whether it is about the caller.
    User: { ...each(inherited, 'id', 'nodeKey', 'displayName'), ...each(signedIn, 'email', 'status', 'createdAt', 'lastSeenAt', 'roles', 'grants') },
    UserConnection: each(inherited, 'nodes', 'edges', 'pageInfo'),
    UserEdge: each(inherited, 'node', 'cursor'),
    UserSuspendPayload: each(inherited, 'user', 'userErrors'),
    UserReactivatePayload: each(inherited, 'user', 'userErrors'),
    UserDeletePayload: each(inherited, 'user', 'userErrors'),
    UserNotFound: each(inherited, ...USER_ERROR_FIELDS),
    UserIsYourself: each(inherited, ...USER_ERROR_FIELDS),
    UserStateWrong: each(inherited, ...USER_ERROR_FIELDS),
  },
  mutations: {
    userSuspend: { action: 'user.suspend', type: 'AUTHORIZATION', resource: 'User' },
    userReactivate: { action: 'user.reactivate', type: 'AUTHORIZATION', resource: 'User' },
    userDelete: { action: 'user.delete', type: 'DATA_DELETE', resource: 'User' },
  },
  references: { User: { rule: signedIn, resolve: (context, id) => context.load(userById, id) } },
  classes: {
    User: { status: 'plain' },
  },
};
