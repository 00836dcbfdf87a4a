// When counters were last counted anew from their rows.
import { recountedQuotas } from '../../kernel/data/quota-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

export const recounted = sqlMigration('20261129-93-recounted', recountedQuotas('identity'));
