// Demo people: accounts, memberships, roles through identity's own services, each with its audit event. Repeatable.
import { hashPassword } from './account/password.js';
import { normalEmail, type NewAccount } from './account/account.service.js';
import { PLATFORM_TENANT_ID } from './platform.js';
import type { PlatformPreset, RolePreset, TenantPreset } from './role/role.presets.js';
import type { GrantedLimits } from '../kernel/graphql/quota.keeper.js';
import type { IdentityServices } from './services.js';

export interface DemoPerson<Preset> {
  /** UUID of the account, when others refer to it. */
  userId?: string;
  email: string;
  displayName: string;
  role: Preset;
}

export interface DemoIdentity {
  /** `limits`: what the tenant is granted, before tenancy's own word of it arrives; else what the smallest tier gives. */
  tenants: { tenantId: string; name: string; limits?: GrantedLimits; people: DemoPerson<TenantPreset>[] }[];
  platform: DemoPerson<PlatformPreset>[];
  /** Of everybody. */
  password: string;
}

const CORRELATION = 'demo-identity';

/** @returns account ids by e-mail address */
export async function demoIdentity(
  { accounts, limits: inForce, memberships, organizations, signingKeys }: IdentityServices, facts: DemoIdentity,
): Promise<Map<string, string>> {
  const homes: { tenantId: string; people: DemoPerson<RolePreset>[] }[] = [
    ...facts.tenants, { tenantId: PLATFORM_TENANT_ID, people: facts.platform },
  ];
  const people = new Map<string, NewAccount>(homes.flatMap((home) => home.people)
    .map(({ userId, email, displayName }) => [normalEmail(email), { id: userId, email, displayName }]));
  const ids = await accounts.register([...people.values()], await hashPassword(facts.password), CORRELATION);
  for (const { tenantId, name, limits } of facts.tenants) {
    await organizations.name(tenantId, name);
    if (limits) await inForce.apply(tenantId, limits);
  }
  for (const { tenantId, people: members } of homes) {
    await memberships.admit(tenantId, members.map(({ email, displayName, role }) => {
      const userId = ids.get(normalEmail(email));
      if (!userId) throw new Error(`The account ${email} was not registered.`);
      return { userId, email: normalEmail(email), displayName, role };
    }), CORRELATION);
  }
  await signingKeys.keys();
  return ids;
}
