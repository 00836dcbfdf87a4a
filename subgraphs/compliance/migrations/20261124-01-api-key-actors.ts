// API keys act too.
import { sqlMigration } from '../../kernel/data/migrate.js';

const KINDS = `check (actor_kind in ('anonymous', 'user', 'api_key', 'system'))`;

export const apiKeyActors = sqlMigration('20261124-01-api-key-actors', ['audit_event', 'platform_audit_event'].flatMap((table) => [
  `alter table compliance.${table} drop constraint if exists ${table}_actor_kind_check`,
  `alter table compliance.${table} add constraint ${table}_actor_kind_check ${KINDS}`,
]));
