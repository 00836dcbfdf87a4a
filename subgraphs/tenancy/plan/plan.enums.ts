// The words tiers and plans are described with, at the API.
import { registerEnumType } from 'type-graphql';

export enum TenantPlanName {
  STARTUP = 'STARTUP',
  PROFESSIONAL = 'PROFESSIONAL',
  ENTERPRISE = 'ENTERPRISE',
  CUSTOM = 'CUSTOM',
}
registerEnumType(TenantPlanName, {
  name: 'TenantPlanName', description: 'What a tenant pays for. Tier FREE has none, and 100 conversations a month.',
  valuesConfig: {
    STARTUP: { description: '99 USD a month, 1,000 conversations.' },
    PROFESSIONAL: { description: '299 USD a month, 10,000 conversations.' },
    ENTERPRISE: { description: '999 USD a month, any number of conversations.' },
    CUSTOM: { description: 'By agreement; nobody changes to it or from it by themselves.' },
  },
});

export enum QuotaName {
  BOTS = 'BOTS',
  USERS = 'USERS',
  STORAGE_BYTES = 'STORAGE_BYTES',
  CONVERSATIONS = 'CONVERSATIONS',
}
registerEnumType(QuotaName, {
  name: 'QuotaName', description: 'What is limited.',
  valuesConfig: {
    BOTS: { description: 'Bots, switched on or off. By tier.' }, USERS: { description: 'People who have not left. By tier.' },
    STORAGE_BYTES: { description: 'Bytes of stored files; the archive of an export of the whole tenant is not counted. By tier.' }, CONVERSATIONS: { description: 'Conversations in which somebody wrote in a month. By plan.' },
  },
});

export enum TenantFeature {
  API_KEYS = 'API_KEYS',
  SCOPED_API_KEYS = 'SCOPED_API_KEYS',
  ADVANCED_API_MANAGEMENT = 'ADVANCED_API_MANAGEMENT',
  SSO = 'SSO',
  SAML = 'SAML',
  FULL_AUDIT = 'FULL_AUDIT',
  COMPLIANCE_REPORTS = 'COMPLIANCE_REPORTS',
  CUSTOM_COMPLIANCE_REPORTS = 'CUSTOM_COMPLIANCE_REPORTS',
  MULTI_REGION = 'MULTI_REGION',
  DEDICATED_SUPPORT = 'DEDICATED_SUPPORT',
  CUSTOM_RETENTION = 'CUSTOM_RETENTION',
  WHITE_LABEL = 'WHITE_LABEL',
}
registerEnumType(TenantFeature, {
  name: 'TenantFeature', description: 'What a tier includes besides numbers. A feature that is listed is granted; not every one has been built yet.',
  valuesConfig: {
    API_KEYS: { description: 'API keys for programs.' },
    SCOPED_API_KEYS: { description: 'Keys with chosen scopes.' },
    ADVANCED_API_MANAGEMENT: { description: 'Limits and usage by key.' },
    SSO: { description: 'Sign-in through OAuth 2 and OpenID Connect.' },
    SAML: { description: 'Sign-in through SAML.' },
    FULL_AUDIT: { description: 'The whole audit trail, for its whole retention; else sign-ins and security events of 30 days.' },
    COMPLIANCE_REPORTS: { description: 'Compliance reports.' },
    CUSTOM_COMPLIANCE_REPORTS: { description: 'Compliance reports of one\'s own making.' },
    MULTI_REGION: { description: 'Replication to several regions.' },
    DEDICATED_SUPPORT: { description: 'A person who knows the tenant.' },
    CUSTOM_RETENTION: { description: 'To choose how long what is kept by its age is kept.' },
    WHITE_LABEL: { description: 'The name of the tenant in place of the platform\'s, in what people outside see.' },
  },
});

export enum AuditCoverage {
  BASIC = 'BASIC',
  FULL = 'FULL',
}
registerEnumType(AuditCoverage, {
  name: 'AuditCoverage', description: 'How much of the audit trail a tier includes.',
  valuesConfig: { BASIC: { description: 'Sign-ins and security events.' }, FULL: { description: 'All of it.' } },
});

export enum BackupCadence {
  NONE = 'NONE',
  WEEKLY = 'WEEKLY',
  DAILY = 'DAILY',
  HOURLY = 'HOURLY',
}
registerEnumType(BackupCadence, {
  name: 'BackupCadence', description: 'How often a tenant is backed up for itself.',
  valuesConfig: { NONE: { description: 'Not for itself.' }, WEEKLY: { description: 'Once a week.' }, DAILY: { description: 'Once a day.' }, HOURLY: { description: 'Once an hour.' } },
});

export enum SupportLevel {
  COMMUNITY = 'COMMUNITY',
  EMAIL = 'EMAIL',
  PRIORITY = 'PRIORITY',
  DEDICATED = 'DEDICATED',
}
registerEnumType(SupportLevel, {
  name: 'SupportLevel', description: 'Who answers, and how soon.',
  valuesConfig: {
    COMMUNITY: { description: 'The community, without a promise.' }, EMAIL: { description: 'An answer within 48 hours.' },
    PRIORITY: { description: 'An answer within 4 hours.' }, DEDICATED: { description: 'An answer within 1 hour.' },
  },
});
