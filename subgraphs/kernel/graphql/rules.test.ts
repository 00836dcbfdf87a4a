// Every field a rule: the boot stops without one, and a rule decides by the actor alone.
import { describe, expect, it } from '@jest/globals';
import { buildSchema } from 'graphql';
import { anonymous, systemActor, type Actor } from '../base/actor.js';
import { newId } from '../base/ids.js';
import { person } from '../../../test/kit/subgraph.js';
import { can, checksFor, decide, each, inherited, open, personCan, signedIn, type RuleMap } from './rules.js';

const schema = buildSchema(`
  interface Node { id: ID! }
  type Note implements Node { id: ID! text: String }
  union Thing = Note
  enum Colour { RED }
  input Input { a: String }
  type Query { note: Note thing: Thing node: Node }
  type Mutation { add(input: Input): Note }
  type Subscription { added: Note }`);
const RULES: RuleMap = {
  Query: each(can('note:read'), 'note', 'thing', 'node'), Mutation: { add: can('note:write') }, Subscription: { added: signedIn }, Note: each(inherited, 'id', 'text'),
};
const faults = (rules: RuleMap): string => {
  try {
    checksFor(schema, rules);
  } catch (error) {
    return (error as Error).message;
  }
  return 'none';
};

describe('rules', () => {
  it('fit a schema whose every field has one; interfaces, unions, enums and inputs need none', () => {
    expect(faults(RULES)).toBe('none');
    const checks = checksFor(schema, RULES);
    expect([checks['Note'], Object.keys(checks).sort()]).toEqual([{ id: null, text: null }, ['Mutation', 'Note', 'Query', 'Subscription']]);
  });

  it.each([
    ['a field without a rule', { Note: each(inherited, 'id') }, 'Note.text has no rule'],
    ['a type without rules', { Mutation: {} }, 'Mutation.add has no rule'],
    ['a rule without a field', { Note: each(inherited, 'id', 'text', 'gone') }, 'Note.gone has a rule and does not exist'],
    ['a rule for an interface', { Node: { id: inherited } }, 'Node.id has a rule and does not exist'],
    ['a rule for no type', { Gone: { id: open } }, 'Gone.id has a rule and does not exist'],
    ['a query that inherits', { Query: { ...RULES['Query'], note: inherited } }, 'Query.note is a root field and cannot inherit'],
    ['a mutation that inherits', { Mutation: { add: inherited } }, 'Mutation.add is a root field and cannot inherit'],
    ['a subscription that inherits', { Subscription: { added: inherited } }, 'Subscription.added is a root field and cannot inherit'],
  ])('stop the boot: %s', (_, changed, fault) => {
    expect(faults({ ...RULES, ...changed })).toBe(`Permissions: ${fault}.`);
  });

  it('decide by kind', () => {
    const nobody = anonymous(null, null);
    const reader = person(newId(), ['note:read']);
    const key: Actor = { ...reader, kind: 'api_key', sub: null, session: null, apiKey: newId() };
    const answers = [open, signedIn, can('note:read'), can('note:write'), personCan('note:read')].map((rule) => [nobody, reader, systemActor(newId()), key].map((actor) => {
      const verdict = decide(rule, actor);
      return verdict === true || (verdict as Error & { extensions: { code: string } }).extensions.code;
    }));
    expect(answers).toEqual([
      [true, true, true, true],
      ['UNAUTHENTICATED', true, true, true],
      ['UNAUTHENTICATED', true, 'FORBIDDEN', true],
      ['UNAUTHENTICATED', 'FORBIDDEN', 'FORBIDDEN', 'FORBIDDEN'],
      ['UNAUTHENTICATED', true, 'FORBIDDEN', 'FORBIDDEN'],
    ]);
  });
});
