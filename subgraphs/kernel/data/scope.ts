// On whose behalf a transaction runs. Row-level security sees nothing else.
import { AsyncLocalStorage } from 'node:async_hooks';
import { isUuid } from '../base/ids.js';

export interface Scope {
  /** Tenant whose rows are visible; null: no tenant row is. */
  tenant: string | null;
  /** The person, for rows that belong to one; null: none is visible. */
  user: string | null;
  /** What the person or key may do, for policies that let some see what belongs to others; absent: nothing of that kind. */
  permissions?: readonly string[];
  /** The API key that acts, which sees its own row; absent: none does. */
  apiKey?: string | null;
}

export const platformScope: Scope = { tenant: null, user: null };
export const tenantScope = (tenant: string, user: string | null = null): Scope => ({ tenant, user });

/** Handed to the driver at `begin`, so that opening a transaction and naming its scope is one round trip. */
export const beginning = new AsyncLocalStorage<Scope>();

const PERMISSION = /^[a-z_]+:[a-z_]+$/;

/** `set_config` calls for a scope, local to the transaction. Values are UUIDs, names or empty: nothing to escape. */
export function scopeStatement(scope: Scope): string {
  const { tenant, user, permissions = [], apiKey = null } = scope;
  for (const value of [tenant, user, apiKey]) {
    if (value !== null && !isUuid(value)) throw new Error('A scope holds UUIDs only.');
  }
  for (const permission of permissions) if (!PERMISSION.test(permission)) throw new Error('A scope holds names of permissions only.');
  return `select set_config('app.tenant_id', '${tenant ?? ''}', true), set_config('app.user_id', '${user ?? ''}', true), set_config('app.permissions', '${permissions.join(',')}', true), set_config('app.api_key_id', '${apiKey ?? ''}', true)`;
}
