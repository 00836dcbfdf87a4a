// Teams, as what they add to the subgraph.
import { can, each, inherited } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { WORK } from '../conversation/conversation.work.slice.js';
import { team } from '../migrations/20261201-31-team.js';
import { ConversationTeamResolver, TeamResolver } from './team.resolver.js';
import { TeamLimitReached, TeamNameTaken, TeamNotFound } from './team.type.js';

const MANAGE = 'conversation:manage';
const userError = each(inherited, 'message', 'code', 'field');
const payload = each(inherited, 'team', 'userErrors');

export const teamSlice: Slice = {
  resolvers: [TeamResolver, ConversationTeamResolver],
  orphanedTypes: [TeamLimitReached, TeamNameTaken, TeamNotFound],
  migrations: [team],
  ids: { Team: 'team' },
  rules: {
    Query: each(can('conversation:read'), 'teams', 'team'),
    Mutation: { ...each(can(MANAGE), 'teamCreate', 'teamUpdate', 'teamMembersSet', 'teamDelete'), conversationAssignTeam: can(WORK) },
    Conversation: { team: inherited },
    Team: each(inherited, 'id', 'name', 'description', 'createdAt', 'members'),
    TeamConnection: each(inherited, 'nodes', 'edges', 'pageInfo'),
    TeamEdge: each(inherited, 'node', 'cursor'),
    TeamCreatePayload: payload,
    TeamUpdatePayload: payload,
    TeamMembersSetPayload: payload,
    TeamDeletePayload: each(inherited, 'teamId', 'userErrors'),
    ConversationAssignTeamPayload: each(inherited, 'conversation', 'userErrors'),
    TeamLimitReached: userError,
    TeamNameTaken: userError,
    TeamNotFound: userError,
  },
  mutations: {
    teamCreate: { action: 'team.create', type: 'DATA_WRITE', resource: 'Team' },
    teamUpdate: { action: 'team.update', type: 'DATA_WRITE', resource: 'Team' },
    teamMembersSet: { action: 'team.set_members', type: 'DATA_WRITE', resource: 'Team' },
    teamDelete: { action: 'team.delete', type: 'DATA_DELETE', resource: 'Team' },
    conversationAssignTeam: { action: 'conversation.assign_team', type: 'DATA_WRITE', resource: 'Conversation' },
  },
  classes: { Team: { name: 'plain', description: 'plain', members: 'plain' }, Conversation: { team: 'plain' } },
};
