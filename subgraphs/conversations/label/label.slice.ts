// Labels, as what they add to the subgraph.
import { can, each, inherited } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { labelRemoval } from '../migrations/20261201-21-label-removal.js';
import { WORK } from '../conversation/conversation.work.slice.js';
import { ConversationLabelsResolver, LabelResolver } from './label.resolver.js';
import { LabelLimitReached, LabelNameTaken, LabelNotFound } from './label.type.js';

const MANAGE = 'conversation:manage';
const userError = each(inherited, 'message', 'code', 'field');

export const labelSlice: Slice = {
  resolvers: [LabelResolver, ConversationLabelsResolver],
  orphanedTypes: [LabelLimitReached, LabelNameTaken, LabelNotFound],
  migrations: [labelRemoval],
  ids: { Label: 'lbl' },
  permissions: { [MANAGE]: "Decide how the tenant works on conversations: make, change and delete labels and teams, and delete colleagues' notes." },
  rules: {
    Query: { labels: can('conversation:read') },
    Mutation: { ...each(can(MANAGE), 'labelCreate', 'labelUpdate', 'labelDelete'), ...each(can(WORK), 'conversationLabelsAdd', 'conversationLabelsRemove') },
    Conversation: { labels: inherited },
    Label: each(inherited, 'id', 'name', 'color', 'description', 'createdAt'),
    LabelConnection: each(inherited, 'nodes', 'edges', 'pageInfo'),
    LabelEdge: each(inherited, 'node', 'cursor'),
    LabelCreatePayload: each(inherited, 'label', 'userErrors'),
    LabelUpdatePayload: each(inherited, 'label', 'userErrors'),
    LabelDeletePayload: each(inherited, 'labelId', 'userErrors'),
    ConversationLabelsAddPayload: each(inherited, 'conversation', 'userErrors'),
    ConversationLabelsRemovePayload: each(inherited, 'conversation', 'userErrors'),
    LabelLimitReached: userError,
    LabelNameTaken: userError,
    LabelNotFound: userError,
  },
  mutations: {
    labelCreate: { action: 'label.create', type: 'DATA_WRITE', resource: 'Label' },
    labelUpdate: { action: 'label.update', type: 'DATA_WRITE', resource: 'Label' },
    labelDelete: { action: 'label.delete', type: 'DATA_DELETE', resource: 'Label' },
    conversationLabelsAdd: { action: 'conversation.label', type: 'DATA_WRITE', resource: 'Conversation' },
    conversationLabelsRemove: { action: 'conversation.unlabel', type: 'DATA_WRITE', resource: 'Conversation' },
  },
  classes: { Label: { name: 'plain', color: 'plain', description: 'plain' }, Conversation: { labels: 'plain' } },
};
