// What a tenant's life means for who works there: a closed one lets nobody in but to leave, or to cancel its deletion.
import { sql } from 'kysely';
import type { Closed } from '../../kernel/base/actor.js';
import { ErrorCode, Refusal } from '../../kernel/base/errors.js';
import type { OrganizationState } from './organization.entity.js';

/** Of an answer about a session or key. The platform's home, and tenants nothing was said of, are open. */
export const closedBy = (state: OrganizationState | null): { closed?: Closed } => (state === null || state === 'ACTIVE' ? {} : { closed: state });

export const tenantSuspended = (): Refusal => new Refusal(
  'TenantSuspended', ErrorCode.TENANT_SUSPENDED, 'This tenant is suspended. Ask the support to reactivate it.',
);

/** Where the tenant of a row stands, within the statement that reads or writes it. @param table its name or alias */
export const stateOf = (table: string) => sql<OrganizationState | null>`(select o.state from identity.organization o where o.tenant_id = ${sql.ref(`${table}.tenant_id`)})`;
