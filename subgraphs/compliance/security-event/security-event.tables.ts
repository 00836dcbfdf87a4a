// Each table of security events exists twice, for tenants and for the platform: with tenant_id first, and without. The SQL that differs is here.

export type SecurityTable = 'security_event' | 'security_sign' | 'security_place';

export const table = (platform: boolean, name: SecurityTable): string => `compliance.${platform ? 'platform_' : ''}${name}`;

/** `key` begins a list of columns, `value` the same of a record `r`, `same` a condition that joins both. */
export const columns = (platform: boolean) => (platform
  ? { key: '', value: '', same: () => '' }
  : { key: 'tenant_id, ', value: '"tenantId", ', same: (alias: string) => `${alias}.tenant_id = r."tenantId" and` });
