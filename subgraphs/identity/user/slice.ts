// People as colleagues see them.
import type { Slice } from '../../kernel/graphql/slice.js';
import { each, inherited, signedIn } from '../../kernel/graphql/rules.js';
import { userById } from './user.loaders.js';
import { UserResolver } from './user.resolver.js';
import { User } from './user.type.js';

export const userSlice: Slice = {
  resolvers: [UserResolver],
  orphanedTypes: [User],
  ids: { User: 'user' },
  nodes: ['User'],
  permissions: { 'user:read': 'See the e-mail addresses of colleagues.' },
  // `email` also asks, row by row, whether it is the caller's own.
  rules: { User: { ...each(inherited, 'id', 'nodeKey', 'displayName'), email: signedIn } },
  references: { User: { rule: signedIn, resolve: (context, id) => context.load(userById, id) } },
};
