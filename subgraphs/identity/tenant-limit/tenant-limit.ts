// What tenants may have of people and keys. Tenancy decides it; until its first word arrives, a tenant has what the smallest tier gives.
import { Quotas, type Limits } from '../../kernel/graphql/quotas.js';

/** People who have not left. Who is suspended keeps their place, so that they can always come back. */
export const USERS = 'USERS';
/** Making keys for programs; those that are not revoked are counted, without a limit. */
export const API_KEYS = 'API_KEYS';

/** GraphQL operations of a month, counted from the reports of gateways and without a limit. */
export const API_CALLS = 'API_CALLS';

const PAID = ['STANDARD', 'PROFESSIONAL', 'ENTERPRISE'];

/** A contract test holds it to tenancy's smallest tier. */
export const INITIAL: Omit<Limits, 'anchor' | 'version'> = { tier: 'FREE', features: [], ceilings: { [USERS]: 5 }, offers: { [USERS]: PAID, [API_KEYS]: PAID } };

export const identityQuotas = (): Quotas => new Quotas('identity', [{
  name: USERS, monthly: false,
  rows: (tenant) => `select count(*) from identity.membership where tenant_id = ${tenant} and status <> 'DELETED'`,
}, {
  name: API_KEYS, monthly: false,
  rows: (tenant) => `select count(*) from identity.api_key where tenant_id = ${tenant} and revoked_at is null`,
}, { name: API_CALLS, monthly: true }], INITIAL);
