// What identity hands a tenant that asks for all it has: everything but what would let its holder sign in.
import type { Slice } from '../kernel/graphql/slice.js';
import { defineExportedEvent, exportTenantReaction } from '../kernel/messaging/tenant-export.js';
import { exportTenantJob } from './jobs.js';

const IdentityExported = defineExportedEvent('identity');
const SESSION = 'goes on with a session';

export const tenantExportSlice: Slice = {
  tenantExport: {
    job: exportTenantJob, event: IdentityExported,
    withheld: {
      'api_key_secret.hash': 'tells an API key that is right',
      'invitation.token_hash': 'tells an invitation that is right',
      'mail.sealed': 'mails that wait hold links that sign in or join',
      'session.refresh_hash': SESSION, 'session.refresh_sealed': SESSION, 'spent_refresh.hash': SESSION,
    },
    shown: { 'notification.dedupe_key': 'names what somebody was told of' },
  },
  events: [IdentityExported],
  jobs: [exportTenantJob],
  reactions: [exportTenantReaction(exportTenantJob)],
};
