// What a tenant's end means beyond its own rows: people who belong nowhere else lose their account, and gateways forget everybody.
import type { ClientBase } from 'pg';
import { defineErasedEvent, eraseReaction } from '../../kernel/messaging/erasure.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { eraseJob } from '../jobs.js';
import { erasedRows } from '../migrations/20261129-92-erased-rows.js';

const IdentityErased = defineErasedEvent('identity');

const ONLY_HERE = `exists (select from identity.membership m where m.tenant_id = $1 and m.user_id = a.id)
  and not exists (select from identity.membership m where m.tenant_id <> $1 and m.user_id = a.id)`;

/** Accounts that go in one transaction, each with its factors, tokens and sessions. */
const BATCH = 500;

/** Held first, looked at afterwards: who is joining another tenant at this moment holds the account too, and stays. */
async function eraseAccounts(client: ClientBase, tenantId: string): Promise<boolean> {
  const { rows } = await client.query<{ id: string }>(`select a.id from identity.account a where ${ONLY_HERE} order by a.id limit ${BATCH} for update`, [tenantId]);
  await client.query(`delete from identity.account a where a.id = any ($2) and ${ONLY_HERE}`, [tenantId, rows.map(({ id }) => id)]);
  return rows.length > 0;
}

export const organizationErasure: Slice = {
  migrations: [erasedRows],
  erasure: {
    kept: {}, job: eraseJob, event: IdentityErased,
    first: eraseAccounts,
    last: ['insert into identity.access_change (home, changed_at) values ($1, now())'],
  },
  events: [IdentityErased],
  jobs: [eraseJob],
  reactions: [eraseReaction(eraseJob)],
};
