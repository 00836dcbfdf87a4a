// How many people a tenant may have, and how many it has.
import { quotaTables } from '../../kernel/data/quota-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

export const quota = sqlMigration('20261129-80-quota', quotaTables('identity'));
