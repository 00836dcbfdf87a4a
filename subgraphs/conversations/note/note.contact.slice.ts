// Notes on contacts, as what they add to the subgraph.
import { can, each, inherited } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { contactNote } from '../migrations/20261201-22-contact-note.js';
import { ContactNoteFieldsResolver, ContactNoteResolver, ContactNotesResolver } from './note.contact.resolver.js';

const payload = each(inherited, 'note', 'userErrors');

export const contactNoteSlice: Slice = {
  resolvers: [ContactNoteResolver, ContactNoteFieldsResolver, ContactNotesResolver],
  migrations: [contactNote],
  ids: { ContactNote: 'cnote' },
  rules: {
    Mutation: each(can('contact:update'), 'contactNoteCreate', 'contactNoteUpdate', 'contactNoteDelete'),
    Contact: { notes: inherited },
    ContactNote: each(inherited, 'id', 'text', 'createdAt', 'editedAt', 'deletedAt', 'author', 'mentions', 'contact'),
    ContactNoteConnection: each(inherited, 'nodes', 'edges', 'pageInfo'),
    ContactNoteEdge: each(inherited, 'node', 'cursor'),
    ContactNoteCreatePayload: payload,
    ContactNoteUpdatePayload: payload,
    ContactNoteDeletePayload: payload,
  },
  mutations: {
    contactNoteCreate: { action: 'contact_note.create', type: 'DATA_WRITE', resource: 'ContactNote' },
    contactNoteUpdate: { action: 'contact_note.update', type: 'DATA_WRITE', resource: 'ContactNote' },
    contactNoteDelete: { action: 'contact_note.delete', type: 'DATA_DELETE', resource: 'ContactNote' },
  },
  classes: { ContactNote: { contact: 'plain', mentions: 'plain', author: 'plain', repeated: 'plain' } },
};
