// Notes, as what they add to the subgraph.
import { can, each, inherited } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { WORK } from '../conversation/conversation.work.slice.js';
import { note } from '../migrations/20261130-44-note.js';
import { ConversationNotesResolver, NoteFieldsResolver, NoteResolver } from './note.resolver.js';
import { NoteNotFound, NoteOfColleague } from './note.type.js';

const userError = each(inherited, 'message', 'code', 'field');

export const noteSlice: Slice = {
  resolvers: [NoteResolver, NoteFieldsResolver, ConversationNotesResolver],
  orphanedTypes: [NoteNotFound, NoteOfColleague],
  migrations: [note],
  ids: { Note: 'note' },
  rules: {
    Mutation: each(can(WORK), 'noteCreate', 'noteUpdate', 'noteDelete'),
    Conversation: { notes: inherited },
    Note: each(inherited, 'id', 'text', 'createdAt', 'editedAt', 'deletedAt', 'author', 'mentions', 'conversation'),
    NoteConnection: each(inherited, 'nodes', 'edges', 'pageInfo'),
    NoteEdge: each(inherited, 'node', 'cursor'),
    NoteCreatePayload: each(inherited, 'note', 'userErrors'),
    NoteUpdatePayload: each(inherited, 'note', 'userErrors'),
    NoteDeletePayload: each(inherited, 'note', 'userErrors'),
    NoteNotFound: userError,
    NoteOfColleague: userError,
  },
  mutations: {
    noteCreate: { action: 'note.create', type: 'DATA_WRITE', resource: 'Note' },
    noteUpdate: { action: 'note.update', type: 'DATA_WRITE', resource: 'Note' },
    noteDelete: { action: 'note.delete', type: 'DATA_DELETE', resource: 'Note' },
  },
  classes: { Note: { conversation: 'plain', mentions: 'plain', author: 'plain', repeated: 'plain' } },
};
