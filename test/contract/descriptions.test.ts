// A frontend developer finds a description on everything in the graph.
import { expect, it } from '@jest/globals';
import { isEnumType, isInputObjectType, isInterfaceType, isObjectType, isSpecifiedScalarType, type GraphQLSchema } from 'graphql';
import { committedApiSchema } from '../kit/supergraph.js';

const ROOTS = ['Query', 'Mutation', 'Subscription'];

interface Described {
  path: string;
  description: string | null | undefined;
}

/** Every type, field, argument, enum value and input field. */
function describedParts(schema: GraphQLSchema): Described[] {
  return Object.values(schema.getTypeMap()).filter((type) => !type.name.startsWith('__') && !isSpecifiedScalarType(type)).flatMap((type) => {
    const parts: Described[] = ROOTS.includes(type.name) ? [] : [{ path: type.name, description: type.description }];
    if (isObjectType(type) || isInterfaceType(type)) {
      for (const field of Object.values(type.getFields())) {
        parts.push({ path: `${type.name}.${field.name}`, description: field.description });
        parts.push(...field.args.map(({ name, description }) => ({ path: `${type.name}.${field.name}(${name}:)`, description })));
      }
    }
    if (isInputObjectType(type)) parts.push(...Object.values(type.getFields()).map(({ name, description }) => ({ path: `${type.name}.${name}`, description })));
    if (isEnumType(type)) parts.push(...type.getValues().map(({ name, description }) => ({ path: `${type.name}.${name}`, description })));
    return parts;
  });
}

it('everything in the graph is described', () => {
  const parts = describedParts(committedApiSchema());
  expect(parts.length).toBeGreaterThan(150);
  expect(parts.filter(({ description }) => !description?.trim()).map(({ path }) => path)).toEqual([]);
});
