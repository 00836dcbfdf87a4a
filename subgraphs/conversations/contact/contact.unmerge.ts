// A merge is undone: what moved goes back, unless it has moved or changed since.
import { sql } from 'kysely';
import { ErrorCode, Refusal } from '../../kernel/base/errors.js';
import { encodeId } from '../../kernel/base/ids.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { tellOf } from '../conversation/conversation.change.js';
import { giveBackNotes } from '../note/note.moved.js';
import { db } from '../tables.js';
import type { Moved } from './contact.entity.js';
import type { HeldContact } from './contact.hold.js';
import { unique } from './contact.write.js';
import { holdConversations, type MergedConversation } from './contact.merge.js';

const FIELD = ['input', 'mergeId'];
const UNIQUE = ['email', 'phone', 'identifier'] as const;

const wrong = (message: string): Refusal => new Refusal('ContactMergeStateWrong', ErrorCode.WRONG_STATE, message, FIELD);

interface Merge {
  keptId: string;
  mergedId: string;
  mergedAt: Date;
  moved: Moved;
  undoneAt: Date | null;
}

/** @throws Refusal ContactMergeNotFound, ContactMergeStateWrong */
export function undoMerge(context: OperationContext, id: string): Promise<void> {
  return context.mutate(async (unit, audit) => {
    audit.draft = { ...audit.draft, resource: { type: 'ContactMerge', id } };
    const known = await db(unit.tx).selectFrom('ContactMerge').select(['keptId', 'mergedId']).where('id', '=', id).executeTakeFirst();
    if (!known) throw new Refusal('ContactMergeNotFound', ErrorCode.NOT_FOUND, 'There is no such merge in your tenant.', FIELD);
    const [kept, merged] = await holdBoth(unit, known);
    const merge = await db(unit.tx).selectFrom('ContactMerge').select(['keptId', 'mergedId', 'mergedAt', 'moved', 'undoneAt']).where('id', '=', id).forUpdate().executeTakeFirst();
    if (!merge || merge.undoneAt !== null || merged.mergedInto !== kept.id) throw wrong('It was undone already.');
    if (kept.mergedInto !== null) throw wrong('The contact that was kept became part of another one later: undo that first.');
    const conversations = await holdConversations(unit, [kept.id, merged.id]);
    const addresses = await giveBackIdentities(unit, merge);
    await takeBack(unit, merge, kept, merged);
    await release(unit, merged);
    const notes = await giveBackNotes(unit, merge.moved.notes ?? [], kept.id, merged.id);
    const back = await giveBackConversations(unit, merge, conversations);
    await db(unit.tx).updateTable('ContactMerge').set({ undoneAt: unit.now, undoneBy: context.userId }).where('id', '=', id).execute();
    audit.draft = { ...audit.draft, after: { kept: encodeId('cont', kept.id), merged: encodeId('cont', merged.id), conversations: back, addresses, notes } };
  });
}

/** As `holdContacts`, and also where one is part of the other. */
async function holdBoth({ tx }: UnitOfWork, { keptId, mergedId }: Pick<Merge, 'keptId' | 'mergedId'>): Promise<[HeldContact, HeldContact]> {
  const ids = [keptId, mergedId];
  await sql`select from conversations.contact_identity where contact_id = any (${ids}::uuid[]) order by inbox_id, external_id for update`.execute(tx.getKysely());
  const { rows } = await sql<HeldContact>`select id, name, email, phone, identifier, attributes, blocked_at as "blockedAt", merged_into as "mergedInto"
    from conversations.contact where id = any (${ids}::uuid[]) order by id for no key update`.execute(tx.getKysely());
  const [kept, merged] = ids.map((id) => rows.find((row) => row.id === id));
  if (!kept || !merged) throw new Error('A merge names a contact that is not there.');
  return [kept, merged];
}

async function giveBackIdentities({ tx }: UnitOfWork, { moved, keptId, mergedId }: Merge): Promise<number> {
  const { numAffectedRows } = await sql`update conversations.contact_identity i set contact_id = ${mergedId}::uuid
    from unnest(${moved.identities.map(({ inboxId }) => inboxId)}::uuid[], ${moved.identities.map(({ externalId }) => externalId)}::text[]) moved(inbox, external)
    where i.inbox_id = moved.inbox and i.external_id = moved.external and i.contact_id = ${keptId}::uuid`.execute(tx.getKysely());
  return Number(numAffectedRows ?? 0);
}

/** What the kept one got from the other and has as it got it. */
async function takeBack({ tx }: UnitOfWork, { moved }: Merge, kept: HeldContact, merged: HeldContact): Promise<void> {
  const same = (['name', ...UNIQUE] as const).filter((name) => moved.filled.includes(name) && kept[name] === merged[name]);
  const gone = moved.attributes.filter((name) => kept.attributes[name] === merged.attributes[name]);
  const attributes = Object.fromEntries(Object.entries(kept.attributes).filter(([name]) => !gone.includes(name)));
  await db(tx).updateTable('Contact').set({ ...Object.fromEntries(same.map((name) => [name, null])), attributes: JSON.stringify(attributes) as never }).where('id', '=', kept.id).execute();
}

/** Somebody of their own again. What another contact has got meanwhile stays that one's. */
async function release({ tx }: UnitOfWork, merged: HeldContact): Promise<void> {
  const lost: string[] = [];
  for (const name of UNIQUE) {
    if (merged[name] === null) continue;
    const other = await db(tx).selectFrom('Contact').select('id').where(name, '=', merged[name]).where('mergedInto', 'is', null).executeTakeFirst();
    if (other) lost.push(name);
  }
  await unique(() => db(tx).updateTable('Contact').set({ mergedInto: null, ...Object.fromEntries(lost.map((name) => [name, null])) }).where('id', '=', merged.id).execute());
}

/** Inboxes that know the merged one and the kept one no more: whoever is written to there is the merged one. */
async function inboxesOfMerged({ tx }: UnitOfWork, { keptId, mergedId }: Merge): Promise<Set<string>> {
  const { rows } = await sql<{ id: string }>`select inbox_id as id from conversations.contact_identity where contact_id = ${mergedId}::uuid
    except select inbox_id from conversations.contact_identity where contact_id = ${keptId}::uuid`.execute(tx.getKysely());
  return new Set(rows.map(({ id }) => id));
}

/** Those that are the kept one's still, with those that began since where the merged one alone is known; and those the merge resolved are as they were, unless they or others were opened since. @returns how many went back */
async function giveBackConversations(unit: UnitOfWork, merge: Merge, conversations: readonly MergedConversation[]): Promise<number> {
  const { moved, mergedAt, keptId, mergedId } = merge;
  const kysely = unit.tx.getKysely();
  const theirs = await inboxesOfMerged(unit, merge);
  const going = conversations.filter(({ id, contactId, inboxId, createdAt }) => contactId === keptId && (moved.conversations.includes(id) || (theirs.has(inboxId) && createdAt >= mergedAt)));
  await sql`update conversations.conversation set contact_id = ${mergedId}::uuid where id = any (${going.map(({ id }) => id)}::uuid[])`.execute(kysely);
  // What was a bot's is for people: the bot was told that it is done.
  for (const [id, { status, snoozedUntil, waitingSince }] of Object.entries(moved.resolved)) {
    await sql`update conversations.conversation c set status = ${status === 'PENDING' ? 'OPEN' : status}, snoozed_until = ${snoozedUntil}::timestamptz, waiting_since = ${waitingSince}::timestamptz, resolved_at = null
      where c.id = ${id}::uuid and c.status = 'RESOLVED' and c.resolved_at = ${mergedAt}::timestamptz and not exists (select from conversations.conversation o
        where o.tenant_id = c.tenant_id and o.inbox_id = c.inbox_id and o.contact_id = c.contact_id and o.status <> 'RESOLVED')`.execute(kysely);
  }
  for (const [id, { from, to }] of Object.entries(moved.waiting)) {
    await sql`update conversations.conversation set waiting_since = ${from}::timestamptz where id = ${id}::uuid and waiting_since = ${to}::timestamptz`.execute(kysely);
  }
  for (const conversation of conversations) if (going.includes(conversation) || conversation.id in moved.resolved) tellOf(unit, conversation);
  return going.length;
}
