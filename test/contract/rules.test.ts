// Every field of every subgraph has a rule, and only rules that are not inherited cost a wrapper.
import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { isObjectType, type GraphQLFieldResolver, type GraphQLSchema } from 'graphql';
import { definitions } from '../../ops/composition.js';
import { guarded, unguardedSchema } from '../../subgraphs/kernel/graphql/federate.js';
import type { SubgraphDefinition } from '../../subgraphs/kernel/graphql/subgraph.js';

type Resolvers = Map<string, GraphQLFieldResolver<unknown, unknown> | undefined>;

const ROOTS = ['Query', 'Mutation', 'Subscription'];
/** What @apollo/subgraph adds; the signed actor guards it. */
const FEDERATION = ['Query._entities', 'Query._service', '_Service.sdl'];

function resolversOf(schema: GraphQLSchema): Resolvers {
  const found: Resolvers = new Map();
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) found.set(`${type.name}.${field.name}`, field.resolve);
  }
  for (const path of FEDERATION) found.delete(path);
  return found;
}

const ruleOf = ({ rules }: SubgraphDefinition, path: string) => {
  const [type = '', field = ''] = path.split('.');
  return rules[type]?.[field];
};

it('looks at five subgraphs', () => expect(definitions).toHaveLength(5));

describe.each(definitions)('$name', (definition) => {
  it('has a rule for every field, and no rule for anything else', async () => {
    const fields = [...resolversOf(await unguardedSchema(definition, {})).keys()];
    expect(fields.length).toBeGreaterThan(5);
    expect(fields.filter((path) => ruleOf(definition, path) === undefined)).toEqual([]);
    const ruled = Object.entries(definition.rules).flatMap(([type, rules]) => Object.keys(rules).map((field) => `${type}.${field}`));
    expect(ruled.filter((path) => !fields.includes(path))).toEqual([]);
  });

  it('does not start when one field loses its rule, and names the field', async () => {
    const [type, rules] = Object.entries(definition.rules).at(-1) ?? ['', {}];
    const [field, ...kept] = Object.keys(rules);
    const holed = { ...definition, rules: { ...definition.rules, [type]: Object.fromEntries(kept.map((one) => [one, rules[one]!])) } };
    const base = await unguardedSchema(definition, {});
    expect(() => guarded(base, holed)).toThrow(`${type}.${field ?? ''} has no rule`);
  });

  it('lets no root field inherit', () => {
    const inheriting = ROOTS.flatMap((root) => Object.entries(definition.rules[root] ?? {}).filter(([, { kind }]) => kind === 'inherited').map(([field]) => `${root}.${field}`));
    expect(inheriting).toEqual([]);
  });

  it('wraps exactly the fields whose rule is not inherited', async () => {
    const base = await unguardedSchema(definition, {});
    const before = resolversOf(base);
    const after = resolversOf(guarded(base, definition).schema);
    const wrapped = [...after].filter(([path, resolve]) => resolve !== before.get(path)).map(([path]) => path);
    const ruled = [...before.keys()].filter((path) => ruleOf(definition, path)?.kind !== 'inherited');
    expect(ruled.length).toBeGreaterThan(0);
    expect(wrapped.sort()).toEqual(ruled.sort());
  });

  it('has a rule for every entity it answers references for', async () => {
    const schema = await unguardedSchema(definition, {});
    for (const [type, { rule }] of Object.entries(definition.references)) {
      expect([type, isObjectType(schema.getType(type)), typeof rule.kind]).toEqual([type, true, 'string']);
    }
  });
});
