/** Every order of `items`, each once. */
export const permutations = <T>(items: readonly T[]): T[][] =>
  (items.length === 0 ? [[]] : items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest])));
