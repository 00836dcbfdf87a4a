// What notes are about: a conversation, whose feeds hear of them, or a contact, whom they follow when it is merged.
import { ErrorCode, Refusal } from '../../kernel/base/errors.js';
import { encodeId } from '../../kernel/base/ids.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { contactMerged } from '../contact/contact.hold.js';
import { holdConversation, tellOf } from '../conversation/conversation.change.js';
import { db } from '../tables.js';

/** For the words that tell a colleague where they are named. Nothing of the customer: it would be where nobody erases it. */
type Params = { conversation: number } | { about: 'contact' };

export interface Noted {
  params: Params;
  /** Whoever looks at it hears that its notes are not as they were. */
  tell(): void;
}

/** How notes of one kind are written; everything else is the same for both. */
export interface NoteAbout {
  /** What a note of it is called in the graph and in the trail. */
  type: 'Note' | 'ContactNote';
  column: 'conversationId' | 'contactId';
  fact: 'conversation' | 'contact';
  idOf: { note(id: string): string; subject(id: string): string };
  row(id: string): { conversationId: string | null; contactId: string | null };
  /** Holds what a new note is about. @throws Refusal when there is no such thing */
  begin(unit: UnitOfWork, id: string): Promise<Noted>;
  /** Of a note that is there, and held. */
  goOn(unit: UnitOfWork, id: string): Promise<Noted>;
}

async function ofConversation(unit: UnitOfWork, id: string): Promise<Noted> {
  const held = await holdConversation(unit, id);
  return { params: { conversation: held.displayNumber }, tell: () => tellOf(unit, held) };
}

const ofContact = (): Noted => ({ params: { about: 'contact' }, tell: () => undefined });

/** Not merged until the end of the change: the note is then moved with the others. @throws Refusal ContactNotFound, ContactMerged */
async function holdContact({ tx }: UnitOfWork, id: string): Promise<void> {
  const field = ['input', 'contactId'];
  const held = await db(tx).selectFrom('Contact').select('mergedInto').where('id', '=', id).forShare().executeTakeFirst();
  if (!held) throw new Refusal('ContactNotFound', ErrorCode.NOT_FOUND, 'The contact was not found.', field);
  if (held.mergedInto !== null) throw contactMerged(field);
}

export const ON_CONVERSATION: NoteAbout = {
  type: 'Note', column: 'conversationId', fact: 'conversation',
  idOf: { note: (id) => encodeId('note', id), subject: (id) => encodeId('conv', id) },
  row: (id) => ({ conversationId: id, contactId: null }),
  begin: ofConversation, goOn: ofConversation,
};

export const ON_CONTACT: NoteAbout = {
  type: 'ContactNote', column: 'contactId', fact: 'contact',
  idOf: { note: (id) => encodeId('cnote', id), subject: (id) => encodeId('cont', id) },
  row: (id) => ({ conversationId: null, contactId: id }),
  begin: async (unit, id) => {
    await holdContact(unit, id);
    return ofContact();
  },
  // A merge holds the contact and waits for its notes: whoever has a note does not wait for the contact.
  goOn: async () => ofContact(),
};
