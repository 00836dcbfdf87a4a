// Who confirms an address chooses the password: a registration carries none.
import { sqlMigration } from '../../kernel/data/migrate.js';

export const passwordAtConfirmation = sqlMigration('20261126-01-password-at-confirmation', [
  // Registrations that wait lose the password of whoever sent them; their links still work.
  'alter table identity.account_registration drop column password_hash',
]);
