// Permissions tenancy contributes (none yet), and the rule of every field it serves.
import { each, inherited, signedIn, type RuleMap } from '../kernel/graphql/rules.js';
import { FOREIGN_TYPES } from './node/node-owners.js';

export const permissions: Record<string, string> = {};

export const rules: RuleMap = {
  Query: each(signedIn, 'tenant', 'node', 'nodes'),
  InputInvalid: each(inherited, 'message', 'code', 'field'),
  Tenant: each(inherited, 'id', 'name', 'tier', 'locale', 'timeZone', 'currency'),
  ...Object.fromEntries(FOREIGN_TYPES.map((type) => [type, each(inherited, 'id', 'nodeKey')])),
};
