// Everything tiers and plans give: the one file that says so. A tier is how large a tenant may be, a plan how many conversations it pays for.
import { TenantTier } from '../tenant/tenant.type.js';
import { AuditCoverage, BackupCadence, SupportLevel, TenantFeature, TenantPlanName } from './plan.enums.js';

/** What is counted, by the name it has everywhere. */
export type TierQuota = 'BOTS' | 'USERS' | 'STORAGE_BYTES';

const { API_KEYS, SCOPED_API_KEYS, ADVANCED_API_MANAGEMENT, SSO, SAML, FULL_AUDIT, COMPLIANCE_REPORTS, CUSTOM_COMPLIANCE_REPORTS, MULTI_REGION, DEDICATED_SUPPORT, CUSTOM_RETENTION, WHITE_LABEL } = TenantFeature;
const GB = 1_000_000_000;

export interface Tier {
  /** Null: without limit. */
  limits: Readonly<Record<TierQuota, number | null>>;
  features: readonly TenantFeature[];
  audit: AuditCoverage;
  /** Null: as long as the tenant keeps its trail. */
  auditDays: number | null;
  backups: BackupCadence;
}

const STANDARD = [API_KEYS, FULL_AUDIT, CUSTOM_RETENTION];
const PROFESSIONAL = [...STANDARD, SCOPED_API_KEYS, SSO, COMPLIANCE_REPORTS, WHITE_LABEL];

/** Smallest first. */
export const TIERS: Readonly<Record<TenantTier, Tier>> = {
  FREE: { limits: { BOTS: 1, USERS: 5, STORAGE_BYTES: 10 * GB }, features: [], audit: AuditCoverage.BASIC, auditDays: 30, backups: BackupCadence.NONE },
  STANDARD: { limits: { BOTS: 3, USERS: 50, STORAGE_BYTES: 100 * GB }, features: STANDARD, audit: AuditCoverage.FULL, auditDays: null, backups: BackupCadence.WEEKLY },
  PROFESSIONAL: { limits: { BOTS: 10, USERS: 500, STORAGE_BYTES: 1_000 * GB }, features: PROFESSIONAL, audit: AuditCoverage.FULL, auditDays: null, backups: BackupCadence.DAILY },
  ENTERPRISE: {
    limits: { BOTS: null, USERS: null, STORAGE_BYTES: null },
    features: [...PROFESSIONAL, SAML, ADVANCED_API_MANAGEMENT, CUSTOM_COMPLIANCE_REPORTS, MULTI_REGION, DEDICATED_SUPPORT],
    audit: AuditCoverage.FULL, auditDays: null, backups: BackupCadence.HOURLY,
  },
};

export interface Plan {
  /** A month, in the minor unit of `currency`; null: by agreement. */
  priceMinor: number | null;
  currency: string;
  /** Conversations a month; null: without limit. */
  conversations: number | null;
  support: SupportLevel;
  /** Hours until a first answer. */
  supportHours: number | null;
  /** The tiers it may be taken with, the one it comes with first. */
  tiers: readonly TenantTier[];
}

const PAID = [TenantTier.STANDARD, TenantTier.PROFESSIONAL, TenantTier.ENTERPRISE];

/** Smallest first. */
export const PLANS: Readonly<Record<TenantPlanName, Plan>> = {
  STARTUP: { priceMinor: 9_900, currency: 'USD', conversations: 1_000, support: SupportLevel.EMAIL, supportHours: 48, tiers: [TenantTier.STANDARD] },
  PROFESSIONAL: { priceMinor: 29_900, currency: 'USD', conversations: 10_000, support: SupportLevel.PRIORITY, supportHours: 4, tiers: [TenantTier.PROFESSIONAL, TenantTier.STANDARD] },
  ENTERPRISE: { priceMinor: 99_900, currency: 'USD', conversations: null, support: SupportLevel.DEDICATED, supportHours: 1, tiers: PAID.toReversed() },
  CUSTOM: { priceMinor: null, currency: 'USD', conversations: null, support: SupportLevel.DEDICATED, supportHours: 1, tiers: PAID.toReversed() },
};

/** Of a conversation beyond a plan, in the minor unit: metered, and free of charge. */
export const OVERAGE_MINOR = 0;

/** What a tenant without a plan has: all of tier FREE. */
export const NO_PLAN: Omit<Plan, 'tiers'> = { priceMinor: 0, currency: 'USD', conversations: 100, support: SupportLevel.COMMUNITY, supportHours: null };

export const planOf = (plan: TenantPlanName | null): Omit<Plan, 'tiers'> => (plan === null ? NO_PLAN : PLANS[plan]);

/** The plan of a tenant that begins with a tier. */
export const PLAN_WITH: Readonly<Record<TenantTier, TenantPlanName | null>> = {
  FREE: null, STANDARD: TenantPlanName.STARTUP, PROFESSIONAL: TenantPlanName.PROFESSIONAL, ENTERPRISE: TenantPlanName.ENTERPRISE,
};
