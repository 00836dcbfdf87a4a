// Reads of contacts, of the names inboxes know them by, and of merges.
import { sql } from 'kysely';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { decodeCursor, encodeCursor, pageOf, pageSize, type Page } from '../../kernel/graphql/connections.js';
import { defineLoader } from '../../kernel/graphql/loaders.js';
import { badInput } from '../../kernel/base/errors.js';
import { isUuid } from '../../kernel/base/ids.js';
import type { ContactRow } from '../conversation/conversation.loaders.js';
import { soughtContacts } from '../search/search.contacts.js';
import { termsOf } from '../search/search.terms.js';
import { db } from '../tables.js';
import { CONTACT_COLUMNS } from './contact.columns.js';
import type { ContactsArgs } from './contact.inputs.js';

/** Newest first; those that are part of another one are not in it. @throws BAD_USER_INPUT */
export async function listContacts(context: OperationContext, { first, after, filter }: ContactsArgs): Promise<Page<ContactRow>> {
  const size = pageSize(first);
  const beyond = decodeCursor(after, [(value) => typeof value === 'string' && isUuid(value)])?.[0];
  for (const name of ['email', 'phone', 'identifier'] as const) if (filter?.[name]?.includes('\0')) throw badInput('No contact has a NUL in it.', ['filter', name]);
  const tx = await context.read();
  const sought = typeof filter?.search === 'string' ? await soughtContacts(tx, termsOf(filter.search, ['filter', 'search']), beyond === undefined ? null : String(beyond)) : null;
  let query = db(tx).selectFrom('Contact').select(CONTACT_COLUMNS).where('tenantId', '=', context.tenantId).where('mergedInto', 'is', null)
    .orderBy('id', 'desc').limit(size + 1);
  if (beyond !== undefined) query = query.where('id', '<', String(beyond));
  if (typeof filter?.email === 'string') query = query.where('email', '=', filter.email.trim().toLowerCase());
  if (typeof filter?.phone === 'string') query = query.where('phone', '=', filter.phone);
  if (typeof filter?.identifier === 'string') query = query.where('identifier', '=', filter.identifier);
  if (typeof filter?.blocked === 'boolean') query = query.where('blockedAt', filter.blocked ? 'is not' : 'is', null);
  if (sought) query = query.where(sought.condition);
  const page = pageOf(await query.execute(), size, after, ({ id }) => encodeCursor([id]));
  return sought?.onward && !page.pageInfo.hasNextPage ? { ...page, pageInfo: { ...page.pageInfo, hasNextPage: true, endCursor: encodeCursor([sought.onward]) } } : page;
}

export interface IdentityRow {
  contactId: string;
  inboxId: string;
  externalId: string;
  phone: string | null;
  replacedAt: Date | null;
}

/** By contact, oldest first. */
export const identitiesOf = defineLoader<OperationContext, string, IdentityRow[]>({
  name: 'contact.identities', keyOf: (key) => key,
  batch: async (context, ids) => {
    const { rows } = await sql<IdentityRow>`
      select contact_id as "contactId", inbox_id as "inboxId", external_id as "externalId", phone, replaced_at as "replacedAt" from conversations.contact_identity
      where contact_id = any (${[...ids]}::uuid[]) order by created_at, inbox_id, external_id`.execute((await context.read()).getKysely());
    return Map.groupBy(rows, ({ contactId }) => contactId);
  },
});

export interface MergeRow {
  id: string;
  keptId: string;
  mergedId: string;
  mergedAt: Date;
  mergedBy: string | null;
  undoneAt: Date | null;
}

const MERGE = sql.raw('id, kept_id as "keptId", merged_id as "mergedId", merged_at as "mergedAt", merged_by as "mergedBy", undone_at as "undoneAt"');

export const mergeById = defineLoader<OperationContext, string, MergeRow>({
  name: 'contact.mergeById', keyOf: (key) => key,
  batch: async (context, ids) => {
    const { rows } = await sql<MergeRow>`select ${MERGE} from conversations.contact_merge where id = any (${[...ids]}::uuid[])`.execute((await context.read()).getKysely());
    return new Map(rows.map((row) => [row.id, row]));
  },
});

/** Merges that stand, by the contact that was kept, newest first: at most 100 of each. */
export const mergesInto = defineLoader<OperationContext, string, MergeRow[]>({
  name: 'contact.mergesInto', keyOf: (key) => key,
  batch: async (context, ids) => {
    const { rows } = await sql<MergeRow>`select m.* from unnest(${[...ids]}::uuid[]) kept(id)
      cross join lateral (select ${MERGE} from conversations.contact_merge where kept_id = kept.id and undone_at is null order by id desc limit 100) m`.execute((await context.read()).getKysely());
    return Map.groupBy(rows, ({ keptId }) => keptId);
  },
});
