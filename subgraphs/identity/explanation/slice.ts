// Explanations: why somebody may do something, or may not.
import type { Slice } from '../../kernel/graphql/slice.js';
import { each, inherited, signedIn } from '../../kernel/graphql/rules.js';
import { AccessReasonResolver, ExplanationResolver } from './explanation.resolver.js';

export const explanationSlice: Slice = {
  resolvers: [ExplanationResolver, AccessReasonResolver],
  rules: {
    // It also asks for `user:manage` when it is about somebody else.
    Query: { accessExplain: signedIn },
    AccessExplanation: each(inherited, 'user', 'permission', 'at', 'allowed', 'reasons'),
    AccessReason: each(inherited, 'kind', 'text', 'role', 'grantedBy', 'grantedAt', 'until'),
  },
};
