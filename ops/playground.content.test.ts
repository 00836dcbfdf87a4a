// The variables the playground opens with fit the operations they stand beside.
import { describe, expect, it } from '@jest/globals';
import { Kind, getVariableValues, parse } from 'graphql';
import { loadExamples } from '../gateway/playground/playground.page.js';
import { committedApiSchema } from '../test/kit/supergraph.js';
import { playgroundContent } from './playground.content.js';

const schema = committedApiSchema();

const faults = (query: string, variables: Record<string, unknown>): string[] => {
  const operation = parse(query).definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  return (getVariableValues(schema, operation?.variableDefinitions ?? [], variables).errors ?? []).map(({ message }) => message);
};
const read = (text: string): Record<string, unknown> => JSON.parse(text.replace(/^\/\/.*$/gm, '') || '{}') as Record<string, unknown>;

describe.each([true, false])('with the demo: %s', (demo) => {
  const content = playgroundContent(demo);
  const examples = loadExamples(content);

  it.each(examples)('$name', ({ query, variables }) => expect(faults(query, read(variables))).toEqual([]));

  it('every account signs in with the operation named for it', () => {
    const signIn = examples.find(({ name }) => name === content.signIn)?.query ?? '';
    expect(content.accounts.map(({ variables }) => faults(signIn, variables)).flat()).toEqual([]);
    expect(content.accounts.length > 0).toBe(demo);
    expect(faults(signIn, { input: { email: 1 } })).not.toEqual([]);
  });
});
