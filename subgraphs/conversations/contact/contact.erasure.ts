// Before the contacts of a tenant are erased, batch by batch, none refers to another one any more.
import type { ClientBase } from 'pg';

const BATCH = 1_000;

/** What only one contact may have goes first: it would be two contacts' for a moment. @returns whether there were any */
export async function partContacts(client: ClientBase, tenantId: string): Promise<boolean> {
  const { rowCount } = await client.query(`update conversations.contact set merged_into = null, email = null, phone = null, identifier = null
    where tenant_id = $1 and id in (select id from conversations.contact where tenant_id = $1 and merged_into is not null order by id limit ${BATCH} for update)`, [tenantId]);
  return (rowCount ?? 0) > 0;
}
