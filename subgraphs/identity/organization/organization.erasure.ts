// What a tenant's end means beyond its own rows: people who belong nowhere else lose their account, and gateways forget everybody.
import { defineErasedEvent, eraseReaction } from '../../kernel/messaging/erasure.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { eraseJob } from '../jobs.js';

const IdentityErased = defineErasedEvent('identity');

const ONLY_HERE = `exists (select from identity.membership m where m.tenant_id = $1 and m.user_id = a.id)
  and not exists (select from identity.membership m where m.tenant_id <> $1 and m.user_id = a.id)`;

export const organizationErasure: Slice = {
  erasure: {
    kept: {}, job: eraseJob, event: IdentityErased,
    first: [
      // Held first, looked at afterwards: who is joining another tenant at this moment holds the account too, and stays.
      `select from identity.account a where ${ONLY_HERE} order by a.id for update`,
      `delete from identity.account a where ${ONLY_HERE}`,
    ],
    last: ['insert into identity.access_change (home, changed_at) values ($1, now())'],
  },
  events: [IdentityErased],
  jobs: [eraseJob],
  reactions: [eraseReaction(eraseJob)],
};
