// How identity answers for its entities when another subgraph refers to one.
import { signedIn } from '../kernel/graphql/rules.js';
import type { Reference } from '../kernel/graphql/subgraph.js';
import { roleById } from './role/role.loaders.js';
import { userById } from './user/user.loaders.js';

export const references: Record<string, Reference> = {
  User: { rule: signedIn, resolve: (context, id) => context.load(userById, id) },
  Role: { rule: signedIn, resolve: (context, id) => context.load(roleById, id) },
};
