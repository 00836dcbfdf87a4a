// Second factors: the authenticator app, backup codes, the second step of signing in.
import type { Slice } from '../../kernel/graphql/slice.js';
import { can, each, inherited, open, person } from '../../kernel/graphql/rules.js';
import { mfa } from '../migrations/20261125-12-mfa.js';
import { whoHasLeft } from '../migrations/20261125-18-who-has-left.js';
import { MANAGE_USERS } from '../role/role.rights.js';
import { USER_ERROR_FIELDS } from '../user-error.fields.js';
import { MfaBackupCode, MfaChallenge, MfaFactor, MfaUse } from './mfa.entity.js';
import { MfaResolver } from './mfa.resolver.js';
import { MfaAlreadyEnabled, MfaChallengeInvalid, MfaCodeInvalid, MfaNotEnabled, MfaRequired } from './mfa.type.js';
import { UserMfaField, ViewerMfaField, ViewerMfaResolver } from './mfa.viewer.resolver.js';

const refusal = each(inherited, ...USER_ERROR_FIELDS);

export const mfaSlice: Slice = {
  resolvers: [MfaResolver, ViewerMfaField, ViewerMfaResolver, UserMfaField],
  orphanedTypes: [MfaAlreadyEnabled, MfaChallengeInvalid, MfaCodeInvalid, MfaNotEnabled, MfaRequired],
  entities: [MfaBackupCode, MfaChallenge, MfaFactor, MfaUse],
  migrations: [mfa, whoHasLeft],
  personalTables: ['mfa_backup_code', 'mfa_challenge', 'mfa_factor', 'mfa_use'],
  definerFunctions: ['mfa_challenge_by_hash', 'mfa_demanded_by'],
  ids: { MfaUse: 'mfu' },
  rules: {
    Mutation: {
      ...each(person, 'mfaTotpSetUp', 'mfaTotpConfirm', 'mfaBackupCodesRegenerate', 'mfaDisable'),
      ...each(open, 'mfaChallengeAnswer', 'mfaChallengeSetUp', 'mfaChallengeConfirm'),
    },
    Viewer: each(inherited, 'mfa'),
    ViewerMfa: each(inherited, 'enabled', 'methods', 'backupCodesLeft', 'uses'),
    User: { mfaEnabled: can(MANAGE_USERS) },
    MfaUse: each(inherited, 'id', 'usedAt', 'method', 'purpose', 'outcome', 'ip', 'userAgent'),
    MfaUseEdge: each(inherited, 'node', 'cursor'),
    MfaUseConnection: each(inherited, 'nodes', 'edges', 'pageInfo'),
    PageInfo: each(inherited, 'startCursor', 'endCursor', 'hasNextPage', 'hasPreviousPage'),
    MfaProvisioning: each(inherited, 'otpauthUri', 'secret', 'qrSvg'),
    MfaTotpSetUpPayload: each(inherited, 'provisioning', 'userErrors'),
    MfaTotpConfirmPayload: each(inherited, 'backupCodes', 'userErrors'),
    MfaBackupCodesRegeneratePayload: each(inherited, 'backupCodes', 'userErrors'),
    MfaDisablePayload: each(inherited, 'disabled', 'userErrors'),
    MfaChallengeAnswerPayload: each(inherited, 'session', 'userErrors'),
    MfaChallengeSetUpPayload: each(inherited, 'provisioning', 'userErrors'),
    MfaChallengeConfirmPayload: each(inherited, 'session', 'backupCodes', 'userErrors'),
    MfaAlreadyEnabled: refusal, MfaChallengeInvalid: refusal, MfaCodeInvalid: refusal, MfaNotEnabled: refusal, MfaRequired: refusal,
  },
  mutations: {
    mfaTotpSetUp: { action: 'mfa.set_up', type: 'SECURITY', resource: 'User' },
    mfaTotpConfirm: { action: 'mfa.enable', type: 'SECURITY', resource: 'User' },
    mfaBackupCodesRegenerate: { action: 'mfa.backup_codes', type: 'SECURITY', resource: 'User' },
    mfaDisable: { action: 'mfa.disable', type: 'SECURITY', resource: 'User' },
    mfaChallengeAnswer: { action: 'auth.mfa', type: 'AUTHENTICATION', resource: 'Session' },
    mfaChallengeSetUp: { action: 'mfa.set_up', type: 'SECURITY', resource: 'User' },
    mfaChallengeConfirm: { action: 'mfa.enable', type: 'SECURITY', resource: 'User' },
  },
  classes: {
    User: { secondFactor: 'plain', backupCodes: 'plain', method: 'plain', signedIn: 'plain' },
  },
};
