// Changing and taking back what staff wrote, as what it adds to the subgraph.
import { can, each, inherited } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { change } from '../migrations/20261201-01-change.js';
import { MessageChangeResolver } from './message.change.resolver.js';
import { MessageOfColleague, MessageUnchangeable, NotAllowedByChannel } from './message.change.type.js';

const userError = each(inherited, 'message', 'code', 'field');
const payload = each(inherited, 'message', 'userErrors');

export const messageChangeSlice: Slice = {
  resolvers: [MessageChangeResolver],
  orphanedTypes: [NotAllowedByChannel, MessageOfColleague, MessageUnchangeable],
  migrations: [change],
  rules: {
    Mutation: each(can('conversation:create'), 'messageEdit', 'messageDelete'),
    Message: { pendingChange: inherited },
    MessageChange: each(inherited, 'kind', 'state', 'requestedAt', 'reason'),
    MessageEditPayload: payload,
    MessageDeletePayload: payload,
    NotAllowedByChannel: userError,
    MessageOfColleague: userError,
    MessageUnchangeable: userError,
  },
  mutations: {
    messageEdit: { action: 'message.request_edit', type: 'DATA_WRITE', resource: 'Message' },
    messageDelete: { action: 'message.request_deletion', type: 'DATA_DELETE', resource: 'Message' },
  },
};
