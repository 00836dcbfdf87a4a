// Turns: no more at a time than there are, in order, and a failure gives its turn back.
import { expect, it } from '@jest/globals';
import { Turns } from './password.turns.js';

it('runs as many at a time as there are turns, in the order they came, whatever fails', async () => {
  const turns = new Turns(2);
  const begun: number[] = [];
  const ends = Array.from({ length: 6 }, () => Promise.withResolvers<number>());
  const all = Promise.allSettled(ends.map(({ promise }, index) => turns.take(() => {
    begun.push(index);
    return promise;
  })));
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  await settled();
  expect(begun).toEqual([0, 1]);
  ends[1]?.reject(new Error('no'));
  await settled();
  expect(begun).toEqual([0, 1, 2]);
  for (const [index, { resolve }] of ends.entries()) resolve(index);
  expect((await all).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled', 'fulfilled']);
  expect(begun).toEqual([0, 1, 2, 3, 4, 5]);
  expect(await turns.take(async () => 'free again')).toBe('free again');
});
