// The proof of recovery must notice what it is there to notice.
import { describe, expect, it } from '@jest/globals';
import { History } from './recovery.history.js';

const rows = (...all: [number, string][]) => new Map(all);

/** Row 1 is written at 100, changed at 200 and deleted at 300; row 2 is written at 150. */
function told(): History {
  const history = new History();
  for (const [id, text, sentAt, ackedAt] of [[1, 'a', 90, 100], [1, 'b', 190, 200], [1, null, 290, 300], [2, 'c', 140, 150]] as const) Object.assign(history.begin(id, text), { sentAt, ackedAt });
  return history;
}

describe('at a moment', () => {
  it.each<[string, number, Map<number, string>, string[]]>([
    ['as it was', 170, rows([1, 'a'], [2, 'c']), []],
    ['before everything', 50, rows(), []],
    ['while a change is on its way, without it', 195, rows([1, 'a'], [2, 'c']), []],
    ['while a change is on its way, with it', 195, rows([1, 'b'], [2, 'c']), []],
    ['after the end', 400, rows([2, 'c']), []],
    ['without a row', 170, rows([1, 'a']), ['1 rows of then are missing']],
    ['with a change of later', 170, rows([1, 'b'], [2, 'c']), ['1 rows are as they became later']],
    ['with a change that was overwritten', 250, rows([1, 'a'], [2, 'c']), ['1 rows hold something else than they did']],
    ['with a row that came back', 400, rows([1, 'b'], [2, 'c']), ['1 rows hold something else than they did']],
    ['with content that nobody wrote', 170, rows([1, 'x'], [2, 'c']), ['1 rows hold something else than they did']],
    ['with a row that nobody wrote', 170, rows([1, 'a'], [2, 'c'], [3, 'x']), ['1 rows are there that nobody wrote']],
  ])('%s', (_how, moment, found, expected) => {
    expect(told().differences(found, moment)).toEqual(expected);
  });
});

describe('of a database that died', () => {
  it('nothing is lost when all is there', () => {
    expect(told().lost(rows([2, 'c']))).toEqual({ count: 0, oldest: null, violations: [] });
  });

  it('the end may be lost', () => {
    expect(told().lost(rows([1, 'b'], [2, 'c']))).toEqual({ count: 1, oldest: 300, violations: [] });
  });

  it('of a row that came and went within what is lost nothing is known', () => {
    const history = told();
    for (const [text, sentAt, ackedAt] of [['d', 310, 320], [null, 330, 340]] as const) Object.assign(history.begin(3, text), { sentAt, ackedAt });
    expect(history.lost(rows([1, 'b'], [2, 'c']))).toEqual({ count: 1, oldest: 300, violations: [] });
  });

  it('the middle may not', () => {
    expect(told().lost(rows([1, 'b']))).toEqual({ count: 2, oldest: 150, violations: ['1 changes are there that came after a lost one'] });
  });

  it('nothing may be there that nobody wrote', () => {
    expect(told().lost(rows([1, 'x'], [2, 'c'], [4, 'y'])).violations).toEqual(['1 changes are there that came after a lost one', '1 rows hold something that nobody wrote', '1 rows are there that nobody wrote']);
  });
});
