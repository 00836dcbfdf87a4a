// Chance that can be had again: what a proof leaves to chance is decided by a seed that it prints.

/** Each call another number from 0 up to 1. */
export type Random = () => number;

/** Mulberry32: the same numbers for the same seed. */
export function seeded(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const shuffled = <Item>(items: readonly Item[], random: Random): Item[] =>
  items.map((item) => [random(), item] as const).toSorted(([a], [b]) => a - b).map(([, item]) => item);

/** A whole number from 0 up to `below`. */
export const upTo = (below: number, random: Random): number => Math.floor(random() * below);

/** @throws when there is none */
export function oneOf<Item>(items: readonly Item[], random: Random): Item {
  const item = items[upTo(items.length, random)];
  if (item === undefined) throw new Error('Nothing to choose from.');
  return item;
}
