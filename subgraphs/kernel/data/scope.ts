// On whose behalf a transaction runs. Row-level security sees nothing else.
import { AsyncLocalStorage } from 'node:async_hooks';
import { isUuid } from '../base/ids.js';

export interface Scope {
  /** Tenant whose rows are visible; null: no tenant row is. */
  tenant: string | null;
  /** The person, for rows that belong to one; null: none is visible. */
  user: string | null;
}

export const platformScope: Scope = { tenant: null, user: null };
export const tenantScope = (tenant: string, user: string | null = null): Scope => ({ tenant, user });

/** Handed to the driver at `begin`, so that opening a transaction and naming its scope is one round trip. */
export const beginning = new AsyncLocalStorage<Scope>();

/** `set_config` calls for a scope, local to the transaction. Both values are UUIDs or empty: nothing to escape. */
export function scopeStatement(scope: Scope): string {
  for (const value of [scope.tenant, scope.user]) {
    if (value !== null && !isUuid(value)) throw new Error('A scope holds UUIDs only.');
  }
  return `select set_config('app.tenant_id', '${scope.tenant ?? ''}', true), set_config('app.user_id', '${scope.user ?? ''}', true)`;
}
