// How much of its trail a tenant may read. All of it is sealed, and proves the same, whatever the tier.
import type { Tx } from '../../kernel/data/database.js';
import type { Quotas } from '../../kernel/graphql/quotas.js';
import type { AuditType } from '../../kernel/messaging/audit.js';
import { FULL_AUDIT } from '../tenant-limit/tenant-limit.js';
import type { AuditCriteria } from './audit.criteria.js';

/** What basic audit tells of, */
export const BASIC_TYPES: readonly AuditType[] = ['AUTHENTICATION', 'AUTHORIZATION', 'SECURITY'];
/** and for how long. */
const BASIC_DAYS = 30;

/** The part of a trail that may be read. */
export interface BasicAudit {
  types: readonly AuditType[];
  since: Date;
  /** Who would include the rest, smallest first. */
  tiersThatAllow: readonly string[];
}

/** Null: all of it. @param tenant null: the platform */
export async function coverageOf(quotas: Quotas, tx: Tx, tenant: string | null, now: Date): Promise<BasicAudit | null> {
  if (tenant === null) return null;
  const { granted, offers } = await quotas.feature(tx, tenant, FULL_AUDIT);
  return granted ? null : { types: BASIC_TYPES, since: new Date(now.getTime() - BASIC_DAYS * 86_400_000), tiersThatAllow: offers };
}

/** What of `criteria` may be read. */
export function within(basic: BasicAudit | null, criteria: AuditCriteria): AuditCriteria {
  if (!basic) return criteria;
  const { from, type } = criteria;
  const types = basic.types.filter((one) => type === null || one === type);
  return { ...criteria, type: null, types, from: from && from > basic.since ? from : basic.since };
}
