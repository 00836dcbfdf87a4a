// Reads that only few may do leave an event when they were granted, as they do when they are refused: by their rule, not by each resolver.
import { getNamedType, type GraphQLResolveInfo, type GraphQLSchema } from 'graphql';
import type { OperationContext } from './context.js';
import type { Rule, RuleMap } from './rules.js';
import type { FieldMiddleware, FieldMiddlewareMap } from './shield.js';

type Resolve = (parent: unknown, args: unknown, context: OperationContext, info: GraphQLResolveInfo) => Promise<unknown>;

const PRIVILEGED = /:(manage|export|restore|admin)$/;
/** Mutations have an event each; a subscription's is that it was opened. */
const TOLD_OTHERWISE = new Set(['Mutation', 'Subscription']);

export interface Sensitive {
  rules: RuleMap;
  /** Permissions whose use is recorded although they are no privilege. */
  sensitiveReads?: readonly string[];
}

/** Whether what `rule` guards is recorded when it is granted. */
export const isRecorded = (rule: Rule | undefined, { sensitiveReads = [] }: Pick<Sensitive, 'sensitiveReads'>): boolean =>
  rule?.kind === 'permission' && rule.toldAs === undefined && (PRIVILEGED.test(rule.permission) || sensitiveReads.includes(rule.permission));

/** `query.invitations`, `user.mfaEnabled`. */
export const grantedAction = (type: string, field: string): string => `${type[0]?.toLowerCase() ?? ''}${type.slice(1)}.${field}`;

/** Innermost of all: whoever arrives here has passed the rule. */
export function grantedMiddleware(schema: GraphQLSchema, definition: Sensitive): FieldMiddlewareMap {
  const types = Object.entries(definition.rules).filter(([type]) => !TOLD_OTHERWISE.has(type) && schema.getType(type));
  const wrapped = types.map(([type, rules]) => [
    type, Object.fromEntries(Object.entries(rules).filter(([, rule]) => isRecorded(rule, definition)).map(([field]) => [field, around(type, field) as unknown as FieldMiddleware])),
  ] as const);
  return Object.fromEntries(wrapped.filter(([, fields]) => Object.keys(fields).length > 0));
}

const around = (type: string, field: string) =>
  async (resolve: Resolve, parent: unknown, args: unknown, context: OperationContext, info: GraphQLResolveInfo): Promise<unknown> => {
    const value = await resolve(parent, args, context, info);
    const id = type === 'Query' ? undefined : (parent as { id?: string } | null)?.id;
    context.granted(grantedAction(type, field), { type: type === 'Query' ? getNamedType(info.returnType).name : type, id: id ?? null });
    return value;
  };
