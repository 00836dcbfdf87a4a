// Batched reads: one query per kind of lookup and operation, whatever the number of parents.
import DataLoader from 'dataloader';

export interface LoaderDefinition<Context, Key, Value> {
  name: string;
  /** Values in any order; `keyOf` finds the key each belongs to. */
  batch: (context: Context, keys: readonly Key[]) => Promise<Map<string, Value>>;
  /** Text form of a key, equal for equal keys. */
  keyOf: (key: Key) => string;
}

export const defineLoader = <Context, Key, Value>(definition: LoaderDefinition<Context, Key, Value>): LoaderDefinition<Context, Key, Value> => definition;

/** The loaders of one operation, made when first used. */
export class LoaderRegistry {
  readonly #loaders = new Map<object, DataLoader<unknown, unknown, string>>();

  load<Context, Key, Value>(context: Context, definition: LoaderDefinition<Context, Key, Value>, key: Key): Promise<Value | null> {
    let loader = this.#loaders.get(definition) as DataLoader<Key, Value | null, string> | undefined;
    if (!loader) {
      loader = new DataLoader<Key, Value | null, string>(async (keys) => {
        const found = await definition.batch(context, keys);
        return keys.map((one) => found.get(definition.keyOf(one)) ?? null);
      }, { cacheKeyFn: definition.keyOf, maxBatchSize: 500 });
      this.#loaders.set(definition, loader as unknown as DataLoader<unknown, unknown, string>);
    }
    return loader.load(key);
  }

  /** After a change, what was read before it is stale. */
  clear(): void {
    this.#loaders.clear();
  }
}
