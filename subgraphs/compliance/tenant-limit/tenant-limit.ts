// What a tenant may keep of files and read of its trail. Tenancy decides it; until its first word arrives, a tenant has what the smallest tier gives.
import { STORAGE_BYTES } from '../../kernel/data/meter-tables.js';
import { Quotas, type Limits } from '../../kernel/graphql/quotas.js';

export { STORAGE_BYTES };
/** Reading all of the trail, for as long as it is kept. */
export const FULL_AUDIT = 'FULL_AUDIT';

const PAID = ['STANDARD', 'PROFESSIONAL', 'ENTERPRISE'];

/** A contract test holds it to tenancy's smallest tier. */
export const INITIAL: Omit<Limits, 'anchor' | 'version'> =
  { tier: 'FREE', features: [], ceilings: { [STORAGE_BYTES]: 10_000_000_000 }, offers: { [STORAGE_BYTES]: PAID, [FULL_AUDIT]: PAID } };

export const complianceQuotas = (): Quotas => new Quotas('compliance', [
  { name: STORAGE_BYTES, monthly: false, tallied: true, rows: (tenant) => `select coalesce(sum(bytes), 0) from compliance.stored_file where tenant_id = ${tenant}` },
  // Exports written and verifications run.
  { name: 'JOBS', monthly: true, tallied: true },
], INITIAL);
