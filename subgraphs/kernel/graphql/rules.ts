// Who may see a field. Every field of a subgraph declares one rule; a field without a rule stops the boot.
import { GraphQLInterfaceType, GraphQLObjectType, type GraphQLSchema } from 'graphql';
import type { Actor } from '../base/actor.js';
import { forbidden, tenantClosed, unauthenticated } from '../base/errors.js';
import type { Check } from './shield.js';

export type Rule = (
  /** Whoever may see the parent may see this. Never wrapped. */
  | { kind: 'inherited' }
  /** Anybody, signed in or not. */
  | { kind: 'open' }
  | { kind: 'signed-in' }
  /** A person who is signed in: no API key, which is nobody. */
  | { kind: 'person' }
  /** `person`: and no API key, whatever its scopes. `toldAs`: the audit event by which the field's own resolver tells more than its rule could. */
  | { kind: 'permission'; permission: string; person?: true; toldAs?: string }
) & {
  /** Also for people whose tenant is suspended or being deleted. */
  evenClosed?: true;
};

export const inherited: Rule = { kind: 'inherited' };
export const open: Rule = { kind: 'open' };
export const signedIn: Rule = { kind: 'signed-in' };
export const person: Rule = { kind: 'person' };
export const can = (permission: string): Rule => ({ kind: 'permission', permission });
/** A person with a permission: for what a key must not do, such as making keys. */
export const personCan = (permission: string): Rule => ({ kind: 'permission', permission, person: true });

/** A privileged read whose resolver records what exactly was read, as `action`. */
export const canTold = (permission: string, action: string): Rule => ({ kind: 'permission', permission, toldAs: action });

/** The same rule, and it holds for people of a tenant that is suspended or being deleted too: for what leads out of that. */
export const evenClosed = (rule: Rule): Rule => ({ ...rule, evenClosed: true });

export type RuleMap = Record<string, Record<string, Rule>>;

/** One rule for several fields: `each(inherited, 'id', 'name')`. */
export const each = (rule: Rule, ...fields: string[]): Record<string, Rule> => Object.fromEntries(fields.map((field) => [field, rule]));

/** `true`, or the refusal as an error. */
export function decide(rule: Rule, actor: Actor): true | Error {
  if (rule.kind === 'open' || rule.kind === 'inherited') return true;
  if (actor.kind === 'anonymous') return unauthenticated();
  if (actor.closed && !(rule.evenClosed && actor.kind === 'user')) return tenantClosed(actor.closed);
  if (rule.kind === 'signed-in') return true;
  if (rule.kind === 'permission' && rule.person && actor.kind !== 'user') return forbidden();
  if (rule.kind === 'person') return actor.kind === 'user' ? true : forbidden();
  return actor.permissions.includes(rule.permission) ? true : forbidden(rule.permission);
}

const ROOTS = new Set(['Query', 'Mutation', 'Subscription']);

/** Shield checks for `rules`. @throws when a field has no rule, a rule has no field, or a root field inherits. */
export function checksFor(schema: GraphQLSchema, rules: RuleMap): Record<string, Record<string, Check | null>> {
  const faults: string[] = [];
  const checks: Record<string, Record<string, Check | null>> = {};
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__')) continue;
    if (!(type instanceof GraphQLObjectType) && !(type instanceof GraphQLInterfaceType)) continue;
    for (const field of Object.keys(type.getFields())) {
      // An interface's fields are answered by its members, each with a rule of its own.
      if (type instanceof GraphQLInterfaceType) continue;
      const rule = rules[type.name]?.[field];
      if (!rule) { faults.push(`${type.name}.${field} has no rule`); continue; }
      if (rule.kind === 'inherited' && ROOTS.has(type.name)) faults.push(`${type.name}.${field} is a root field and cannot inherit`);
      (checks[type.name] ??= {})[field] = rule.kind === 'inherited' ? null : (context) => decide(rule, (context as { actor: Actor }).actor);
    }
  }
  for (const [type, fields] of Object.entries(rules)) {
    for (const field of Object.keys(fields)) {
      if (!(field in (checks[type] ?? {})) && !faults.some((fault) => fault.startsWith(`${type}.${field} `))) faults.push(`${type}.${field} has a rule and does not exist`);
    }
  }
  if (faults.length > 0) throw new Error(`Permissions: ${faults.join('; ')}.`);
  return checks;
}
