// What a key may do: its scopes, within the ceiling of the role API, as far as such permissions exist.
import { expand } from '../role/role.presets.js';

/** The role of keys, which no person holds: everything of a tenant, but no key makes or changes keys, and none is the platform's. */
export const API_ROLE_CEILING = ['*', '!system:*', '!api_key:manage'] as const;

/** The scopes a key can have at all. */
export const possibleScopes = (published: readonly string[]): string[] => expand(API_ROLE_CEILING, published);

/** The permissions of a key, sorted. */
export const permissionsOfScopes = (scopes: readonly string[], published: readonly string[]): string[] =>
  possibleScopes(published).filter((permission) => scopes.includes(permission)).sort();
