// The roles every tenant has, as permission patterns: `*` matches anything, a leading `!` takes away again.

export interface Preset {
  name: string;
  grants: readonly string[];
}

/** Roles of a tenant's people. Nobody in a tenant gets `system:*`, which is the platform's. */
export const TENANT_PRESETS = {
  OWNER: { name: 'Owner', grants: ['*', '!system:*'] },
  ADMIN: {
    name: 'Administrator',
    grants: [
      'user:*', 'settings:*', 'api_key:*', 'audit:*', 'org:read', 'org:update', 'conversation:*', 'inbox:*', 'order:*', 'catalog:*',
      'booking:*', 'work:*', 'assessment:*', 'analytics:*', 'compliance:read', 'backup:read', 'bot:*', 'billing:read', 'contact:*', 'webhook:*',
      'data:*',
    ],
  },
  ANALYST: {
    name: 'Analyst',
    grants: ['analytics:*', 'org:read', 'conversation:read', 'order:read', 'catalog:read', 'booking:read', 'assessment:read', 'data:export'],
  },
  AGENT: {
    name: 'Agent',
    grants: ['conversation:*', 'order:*', 'booking:*', 'work:*', 'catalog:read', 'assessment:read', 'org:read', 'user:read', 'bot:read', 'contact:*', '!conversation:manage', '!booking:manage', '!order:import'],
  },
  VIEWER: {
    name: 'Viewer',
    grants: ['conversation:read', 'order:read', 'catalog:read', 'booking:read', 'work:read', 'assessment:read', 'org:read'],
  },
} as const satisfies Record<string, Preset>;

/** Roles of the people who run the platform. Their actor has no tenant, so row-level security shows them no tenant's rows. */
export const PLATFORM_PRESETS = {
  SUPER_ADMIN: { name: 'Super administrator', grants: ['*'] },
} as const satisfies Record<string, Preset>;

export type TenantPreset = keyof typeof TENANT_PRESETS;
export type PlatformPreset = keyof typeof PLATFORM_PRESETS;
export type RolePreset = TenantPreset | PlatformPreset;

export const PRESETS: Readonly<Record<RolePreset, Preset>> = { ...TENANT_PRESETS, ...PLATFORM_PRESETS };

const matches = (pattern: string, permission: string): boolean =>
  pattern === '*' || pattern === permission || (pattern.endsWith(':*') && permission.startsWith(pattern.slice(0, -1)));

/** Those of `known` that the patterns leave standing. What is not known is never granted. */
export function expand(grants: readonly string[], known: readonly string[]): string[] {
  const taken = grants.filter((grant) => grant.startsWith('!')).map((grant) => grant.slice(1));
  const given = grants.filter((grant) => !grant.startsWith('!'));
  return known.filter((permission) =>
    given.some((pattern) => matches(pattern, permission)) && !taken.some((pattern) => matches(pattern, permission)));
}
