// The GraphQL face of notes on a contact.
import { connectionOf } from '../../kernel/graphql/connections.js';
import { notePayloadOf, noteTypeOf } from './note.type.js';

export const ContactNoteType = noteTypeOf('ContactNote', 'cnote', 'What a colleague wrote about a contact for colleagues. The customer never sees it.');

export const { Connection: ContactNoteConnection } = connectionOf('ContactNote', () => ContactNoteType);

export const ContactNoteCreatePayload = notePayloadOf('contactNoteCreate', () => ContactNoteType, 'The note; null when it was refused.', 'written');
export const ContactNoteUpdatePayload = notePayloadOf('contactNoteUpdate', () => ContactNoteType, 'The note as it is now; null when it was refused.', 'changed');
export const ContactNoteDeletePayload = notePayloadOf('contactNoteDelete', () => ContactNoteType, 'The note, without what it said; null when it was refused.', 'deleted');
