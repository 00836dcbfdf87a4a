// Permissions tenancy contributes (none yet), and the rule of every field it serves.
import { each, evenClosed, inherited, signedIn, type RuleMap } from '../kernel/graphql/rules.js';
import { FOREIGN_TYPES } from './node/node-owners.js';

export const permissions: Record<string, string> = {};

export const rules: RuleMap = {
  InputInvalid: each(inherited, 'message', 'code', 'field'),
  Query: { tenant: evenClosed(signedIn), ...each(signedIn, 'node', 'nodes') },
  Tenant: each(inherited, 'id', 'name', 'tier', 'locale', 'timeZone', 'currency', 'createdAt', 'state', 'suspensionReason', 'deletionDueAt'),
  ...Object.fromEntries(FOREIGN_TYPES.map((type) => [type, each(inherited, 'id', 'nodeKey')])),
};
