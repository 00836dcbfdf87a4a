// Slices add up to a subgraph, and do not contradict each other.
import { describe, expect, it } from '@jest/globals';
import { each, inherited, open, signedIn } from './rules.js';
import { combineSlices } from './slice.js';

describe('combineSlices', () => {
  it('joins the fields of shared types, sorts migrations and keeps the rest in order', () => {
    const migration = (name: string) => ({ name, class: class {} }) as never;
    const whole = combineSlices('x', [
      { rules: { Query: { a: open }, A: each(inherited, 'id') }, ids: { A: 'a' }, migrations: [migration('2')], nodes: ['A'] },
      { rules: { Query: { b: signedIn } }, ids: { A: 'a', B: 'b' }, migrations: [migration('1')], nodes: ['B'] },
    ]);
    expect(whole.rules).toEqual({ Query: { a: open, b: signedIn }, A: { id: inherited } });
    expect([whole.ids, whole.nodes, whole.migrations.map(({ name }) => name), whole.jobs]).toEqual([{ A: 'a', B: 'b' }, ['A', 'B'], ['1', '2'], []]);
  });

  it.each([
    ['a rule', { rules: { Query: { a: open } } }, { rules: { Query: { a: signedIn } } }, 'the rules of Query: a'],
    ['an id prefix', { ids: { A: 'a' } }, { ids: { A: 'b' } }, 'ids: A'],
  ])('refuses two different words about %s', (_what, one, other, said) => {
    expect(() => combineSlices('x', [one, other])).toThrow(`Two slices disagree about ${said}.`);
  });
});
