// Identity as one value: the sum of its slices.
import 'reflect-metadata';
import type { SubgraphModule } from '../kernel/graphql/boot.js';
import { each, inherited } from '../kernel/graphql/rules.js';
import { combineSlices, type Slice } from '../kernel/graphql/slice.js';
import { InputInvalid } from '../kernel/graphql/user-errors.js';
import { accessChangeSlice } from './access-change/slice.js';
import { accountSlice } from './account/slice.js';
import { apiKeySlice } from './api-key/slice.js';
import { apiUsageSlice } from './api-usage/slice.js';
import { attemptSlice } from './attempt/slice.js';
import { explanationSlice } from './explanation/slice.js';
import { grantSlice } from './grant/slice.js';
import { invitationSlice } from './invitation/slice.js';
import { mailSlice } from './mail/slice.js';
import { membershipSlice } from './membership/slice.js';
import { mfaSlice } from './mfa/slice.js';
import { first } from './migrations/20261121-01-first.js';
import { tidy } from './migrations/20261126-02-tidy.js';
import { notificationSlice } from './notification/slice.js';
import { organizationErasure } from './organization/organization.erasure.js';
import { organizationSlice } from './organization/slice.js';
import { presenceSlice } from './presence/slice.js';
import { retentionSlice } from './retention/slice.js';
import { refreshPresetPermissions } from './role/preset-permissions.js';
import { publishedPermissions } from './role/published-permissions.js';
import { roleSlice } from './role/slice.js';
import { sealedSlice } from './sealed.js';
import { securityPolicySlice } from './security-policy/slice.js';
import { identityServices, type IdentityServices } from './services.js';
import { sessionSlice } from './session/slice.js';
import { PUBLISHED_SET_MS } from './signing-key/signing-key.life.js';
import { signingKeySlice } from './signing-key/slice.js';
import { tenantExportSlice } from './tenant-export.js';
import { tenantSnapshotSlice } from './tenant-snapshot.js';
import { tenantLimitSlice } from './tenant-limit/slice.js';
import { USER_ERROR_FIELDS } from './user-error.fields.js';
import { userSlice } from './user/slice.js';
import { viewerSlice } from './viewer/slice.js';

const base: Slice = {
  orphanedTypes: [InputInvalid],
  migrations: [first, tidy],
  rules: { InputInvalid: each(inherited, ...USER_ERROR_FIELDS) },
};

const definition = combineSlices('identity', [
  base,
  accessChangeSlice,
  accountSlice,
  apiKeySlice,
  apiUsageSlice,
  attemptSlice,
  explanationSlice,
  grantSlice,
  invitationSlice,
  mailSlice,
  membershipSlice,
  mfaSlice,
  notificationSlice,
  organizationSlice,
  organizationErasure,
  presenceSlice,
  retentionSlice,
  roleSlice,
  sealedSlice,
  securityPolicySlice,
  sessionSlice,
  signingKeySlice,
  tenantExportSlice,
  tenantSnapshotSlice,
  tenantLimitSlice,
  userSlice,
  viewerSlice,
]);

/** @param published every permission that exists; roles never give another */
export const identityWith = (published: () => readonly string[]): SubgraphModule<IdentityServices> => ({
  definition,
  services: (deps) => identityServices(deps, published),
  prepare: async ({ attempts }, { database }) => {
    await refreshPresetPermissions(database, published());
    await attempts.prepare();
  },
  routes: ({ signingKeys }) => ({
    jwks: async () => ({
      status: 200,
      headers: { 'content-type': 'application/json', 'cache-control': `public, max-age=${PUBLISHED_SET_MS / 1000}` },
      body: JSON.stringify((await signingKeys.keys()).jwks),
    }),
  }),
});

export const identity = identityWith(publishedPermissions);
