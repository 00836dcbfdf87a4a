// What is deleted by age is found by it.
import { sqlMigration } from '../../kernel/data/migrate.js';

export const tidy = sqlMigration('20261126-02-tidy', [
  'create index session_age on identity.session (created_at)',
  'create index spent_refresh_age on identity.spent_refresh (spent_at)',
  'create index mfa_challenge_age on identity.mfa_challenge (expires_at)',
  'create index mfa_use_age on identity.mfa_use (used_at)',
  'create index notification_age on identity.notification (created_at)',
  'create index email_change_age on identity.email_change (created_at)',
  'create index api_key_secret_age on identity.api_key_secret (ends_at) where ends_at is not null',
]);
