// Contacts as staff work with them: what that adds to the subgraph.
import { can, each, inherited } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { contact } from '../migrations/20261130-43-contact.js';
import { ContactConversationsResolver } from './contact.conversations.resolver.js';
import { ContactIdentityResolver, ContactMergeResolver, ContactResolver } from './contact.resolver.js';
import { ContactBlocked, ContactMerged, ContactMergeNotFound, ContactMergeStateWrong, ContactTaken } from './contact.work.type.js';

const CHANGE = 'contact:update';
const MERGE = 'contact:merge';
const userError = each(inherited, 'message', 'code', 'field');
const write = { type: 'DATA_WRITE', resource: 'Contact' } as const;

export const contactSlice: Slice = {
  resolvers: [ContactConversationsResolver, ContactResolver, ContactIdentityResolver, ContactMergeResolver],
  orphanedTypes: [ContactBlocked, ContactMerged, ContactTaken, ContactMergeNotFound, ContactMergeStateWrong],
  migrations: [contact],
  ids: { ContactMerge: 'cmrg' },
  permissions: { [CHANGE]: 'Make, change, block and unblock contacts, and write notes on them.', [MERGE]: 'Merge contacts that are one person, and undo it.' },
  rules: {
    Query: each(can('conversation:read'), 'contacts', 'contact'),
    Mutation: { ...each(can(CHANGE), 'contactCreate', 'contactUpdate', 'contactBlock', 'contactUnblock'), ...each(can(MERGE), 'contactMerge', 'contactMergeUndo') },
    Contact: each(inherited, 'conversations', 'email', 'phone', 'identifier', 'attributes', 'blockedAt', 'createdAt', 'mergedInto', 'identities', 'merges'),
    ContactAttribute: each(inherited, 'name', 'text', 'number', 'flag'),
    ContactIdentity: each(inherited, 'inbox', 'externalId', 'phone', 'replacedAt'),
    ContactMerge: each(inherited, 'id', 'mergedAt', 'undoneAt', 'kept', 'merged', 'mergedBy'),
    ContactConnection: each(inherited, 'nodes', 'edges', 'pageInfo'),
    ContactEdge: each(inherited, 'node', 'cursor'),
    ContactCreatePayload: each(inherited, 'contact', 'userErrors'),
    ContactUpdatePayload: each(inherited, 'contact', 'userErrors'),
    ContactBlockPayload: each(inherited, 'contact', 'userErrors'),
    ContactUnblockPayload: each(inherited, 'contact', 'userErrors'),
    ContactMergePayload: each(inherited, 'merge', 'userErrors'),
    ContactMergeUndoPayload: each(inherited, 'merge', 'userErrors'),
    ContactBlocked: userError,
    ContactMerged: userError,
    ContactTaken: userError,
    ContactMergeNotFound: userError,
    ContactMergeStateWrong: userError,
  },
  mutations: {
    contactCreate: { action: 'contact.create', ...write },
    contactUpdate: { action: 'contact.update', ...write },
    contactBlock: { action: 'contact.block', ...write },
    contactUnblock: { action: 'contact.unblock', ...write },
    contactMerge: { action: 'contact.merge', ...write },
    contactMergeUndo: { action: 'contact.merge_undo', type: 'DATA_WRITE', resource: 'ContactMerge' },
  },
  // Names of what changed, never what it says.
  classes: {
    Contact: { fields: 'plain', attributes: 'plain', addresses: 'plain', blocked: 'plain', merged: 'plain', conversations: 'plain', resolved: 'plain', notes: 'plain' },
    ContactMerge: { kept: 'plain', merged: 'plain', conversations: 'plain', addresses: 'plain', notes: 'plain' },
  },
};
