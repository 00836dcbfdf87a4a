// Two contacts are one person: what is one's becomes the other's, and what moved is noted.
import { sql } from 'kysely';
import { ErrorCode, invalidInput, Refusal } from '../../kernel/base/errors.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { lackedBy } from '../attribute/attribute.values.js';
import { tellOf } from '../conversation/conversation.change.js';
import type { ConversationStatus } from '../conversation/conversation.entity.js';
import { standing, TRANSITIONS } from '../conversation/conversation.states.js';
import { moveNotes } from '../note/note.moved.js';
import { db } from '../tables.js';
import type { Moved } from './contact.entity.js';
import { holdContacts, type HeldContact } from './contact.hold.js';

const KEEP = ['input', 'keepId'];
const MERGE = ['input', 'mergeId'];
const FILLED = ['name', 'email', 'phone', 'identifier'] as const;

export interface MergedConversation {
  id: string;
  inboxId: string;
  contactId: string;
  status: ConversationStatus;
  snoozedUntil: Date | null;
  waitingSince: Date | null;
  lastActivityAt: Date;
  createdAt: Date;
}

/**
 * Holds names, contacts, conversations in this order, as whoever takes in what a contact writes: a message is in its conversation
 * before it moves, or finds whose it has become. @throws Refusal ContactNotFound, ContactMerged, ContactBlocked, InputInvalid
 */
export function mergeContacts(context: OperationContext, keepId: string, mergeId: string): Promise<string> {
  const { tenantId, userId } = context;
  return context.mutate(async (unit, audit) => {
    audit.draft = { ...audit.draft, resource: { type: 'Contact', id: keepId } };
    if (keepId === mergeId) throw invalidInput('These are one contact.', MERGE);
    const [kept, merged] = await holdContacts(unit, [{ id: keepId, field: KEEP }, { id: mergeId, field: MERGE }]);
    if (!kept || !merged) throw new Error('Two contacts were held and are not there.');
    if ((kept.blockedAt === null) !== (merged.blockedAt === null)) {
      throw new Refusal('ContactBlocked', ErrorCode.WRONG_STATE, 'One of them is blocked and the other is not: decide first which holds for the person.', merged.blockedAt ? MERGE : KEEP);
    }
    await refuseTwoVisitors(unit, keepId, mergeId);
    const conversations = await holdConversations(unit, [keepId, mergeId]);
    const { resolved, waiting } = await resolveDoubles(unit, conversations);
    const identities = await moveIdentities(unit, mergeId, keepId);
    const notes = await moveNotes(unit, mergeId, keepId);
    const moving = conversations.filter(({ contactId }) => contactId === mergeId);
    await sql`update conversations.conversation set contact_id = ${keepId}::uuid where id = any (${moving.map(({ id }) => id)}::uuid[])`.execute(unit.tx.getKysely());
    // Marked first: what only one contact may have is free then.
    await db(unit.tx).updateTable('Contact').set({ mergedInto: keepId }).where('id', '=', mergeId).execute();
    const moved: Moved = { identities, conversations: moving.map(({ id }) => id), resolved, waiting, notes, ...await fill(unit, kept, merged) };
    const id = newId();
    await db(unit.tx).insertInto('ContactMerge').values({
      id, tenantId, keptId: keepId, mergedId: mergeId, mergedBy: userId, mergedAt: unit.now, moved: JSON.stringify(moved) as never, undoneBy: null, undoneAt: null,
    }).execute();
    for (const conversation of conversations) if (conversation.contactId === mergeId || conversation.id in resolved) tellOf(unit, conversation);
    audit.draft = { ...audit.draft, after: { merged: encodeId('cont', mergeId), conversations: moving.length, addresses: identities.length, notes: notes.length, resolved: Object.keys(resolved).length } };
    return id;
  });
}

/** A visitor's token reads the conversations of its contact in the inbox: of two visitors each would read what the other wrote. @throws Refusal InputInvalid */
async function refuseTwoVisitors({ tx }: UnitOfWork, keepId: string, mergeId: string): Promise<void> {
  const { rows } = await sql`select from conversations.contact_identity k join conversations.contact_identity m on m.tenant_id = k.tenant_id and m.inbox_id = k.inbox_id
    join conversations.inbox i on i.tenant_id = k.tenant_id and i.id = k.inbox_id
    where k.contact_id = ${keepId}::uuid and m.contact_id = ${mergeId}::uuid and i.channel = 'WEB_CHAT' limit 1`.execute(tx.getKysely());
  if (rows.length > 0) throw invalidInput('Both are visitors of one web chat: merged, each of them could read the conversation of the other.', MERGE);
}

/** In one order, all of them. */
export async function holdConversations({ tx }: UnitOfWork, contactIds: readonly string[]): Promise<MergedConversation[]> {
  const { rows } = await sql<MergedConversation>`
    select id, inbox_id as "inboxId", contact_id as "contactId", status, snoozed_until as "snoozedUntil", waiting_since as "waitingSince", last_activity_at as "lastActivityAt", created_at as "createdAt"
    from conversations.conversation where contact_id = any (${[...contactIds]}::uuid[]) order by id for update`.execute(tx.getKysely());
  return rows;
}

/** There is one open conversation of a contact in an inbox: of two, the one in which more happened of late. @returns how the others stood */
async function resolveDoubles(unit: UnitOfWork, conversations: readonly MergedConversation[]): Promise<Pick<Moved, 'resolved' | 'waiting'>> {
  const [resolved, waiting]: [Moved['resolved'], Moved['waiting']] = [{}, {}];
  const open = conversations.filter(({ status }) => status !== 'RESOLVED');
  for (const ofInbox of Map.groupBy(open, ({ inboxId }) => inboxId).values()) {
    const [stays, ...others] = ofInbox.toSorted((a, b) => b.lastActivityAt.getTime() - a.lastActivityAt.getTime() || (a.id < b.id ? 1 : -1));
    const from = stays?.waitingSince ?? null;
    let earliest = from;
    for (const { id, status, snoozedUntil, waitingSince } of others) {
      if (!stays || status === 'RESOLVED') continue;
      const to = TRANSITIONS.MERGED[status] ?? status;
      await sql`update conversations.conversation set ${standing('MERGED', to, { now: unit.now })} where id = ${id}::uuid`.execute(unit.tx.getKysely());
      if (waitingSince && (earliest === null || waitingSince < earliest)) earliest = waitingSince;
      resolved[id] = { status, snoozedUntil: snoozedUntil?.toISOString() ?? null, waitingSince: waitingSince?.toISOString() ?? null };
    }
    if (!stays || earliest === null || earliest === from) continue;
    // Whoever waited there waits on here: nobody is forgotten.
    await db(unit.tx).updateTable('Conversation').set({ waitingSince: earliest }).where('id', '=', stays.id).execute();
    waiting[stays.id] = { from: from?.toISOString() ?? null, to: earliest.toISOString() };
  }
  return { resolved, waiting };
}

async function moveIdentities({ tx }: UnitOfWork, from: string, to: string): Promise<Moved['identities']> {
  const { rows } = await sql<Moved['identities'][number]>`update conversations.contact_identity set contact_id = ${to}::uuid where contact_id = ${from}::uuid
    returning inbox_id as "inboxId", external_id as "externalId"`.execute(tx.getKysely());
  return rows;
}

/** What the kept one does not have it takes from the other; what both have stays its own. */
async function fill({ tx }: UnitOfWork, kept: HeldContact, merged: HeldContact): Promise<Pick<Moved, 'filled' | 'attributes'>> {
  const filled = FILLED.filter((name) => kept[name] === null && merged[name] !== null);
  const attributes = lackedBy(kept.attributes, merged.attributes);
  if (filled.length + attributes.length === 0) return { filled, attributes };
  const values = Object.fromEntries(filled.map((name) => [name, merged[name]]));
  const both = { ...Object.fromEntries(attributes.map((name) => [name, merged.attributes[name]])), ...kept.attributes };
  await db(tx).updateTable('Contact').set({ ...values, attributes: JSON.stringify(both) as never }).where('id', '=', kept.id).execute();
  return { filled, attributes };
}
