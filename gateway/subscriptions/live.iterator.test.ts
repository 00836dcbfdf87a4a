// The iterator of one subscriber: order, and that nothing keeps it waiting or alive once nobody listens.
import { describe, expect, it } from '@jest/globals';
import { LiveIterator } from './live.iterator.js';

/** A stream under the test's hand. */
function stream() {
  const pulls: PromiseWithResolvers<IteratorResult<number>>[] = [];
  let returned = 0;
  const source: AsyncIterator<number> = {
    next: () => {
      const pull = Promise.withResolvers<IteratorResult<number>>();
      pulls.push(pull);
      return pull.promise;
    },
    return: async () => {
      returned += 1;
      return { done: true, value: undefined };
    },
  };
  return { source, pulls, returned: () => returned };
}

const live = (source: AsyncIterator<number>, failures: unknown[] = []) =>
  new LiveIterator(source, async (event) => event * 10, async (error) => {
    failures.push(error);
    return new Error('masked');
  });

describe('a live iterator', () => {
  it('completes events in order and ends with its stream, which it then leaves alone', async () => {
    const { source, pulls, returned } = stream();
    const iterator = live(source);
    for (const value of [1, 2]) {
      const next = iterator.next();
      pulls.at(-1)?.resolve({ done: false, value });
      expect(await next).toEqual({ done: false, value: value * 10 });
    }
    const last = iterator.next();
    pulls.at(-1)?.resolve({ done: true, value: undefined });
    expect(await last).toEqual({ done: true, value: undefined });
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
    expect([pulls.length, returned()]).toEqual([3, 0]);
  });

  it('return() settles a pending next() at once and ends the stream once; what comes later is dropped', async () => {
    const { source, pulls, returned } = stream();
    const failures: unknown[] = [];
    const iterator = live(source, failures);
    const pending = iterator.next();
    await Promise.all([iterator.return(), iterator.return()]);
    expect(await pending).toEqual({ done: true, value: undefined });
    expect(returned()).toBe(1);
    pulls[0]?.reject(new Error('late'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
    expect([pulls.length, failures]).toEqual([1, []]);
  });

  it('shows a failure as its owner words it, once, and ends the stream', async () => {
    const { source, pulls, returned } = stream();
    const failures: unknown[] = [];
    const iterator = live(source, failures);
    const next = iterator.next();
    pulls[0]?.reject(new Error('10.0.0.7'));
    await expect(next).rejects.toThrow('masked');
    expect(failures).toEqual([new Error('10.0.0.7')]);
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
    expect(returned()).toBe(1);
  });

  it('refuses two pending next() calls', async () => {
    const { source } = stream();
    const iterator = live(source);
    const first = iterator.next();
    await expect(iterator.next()).rejects.toThrow('One event at a time');
    await iterator.return();
    expect(await first).toEqual({ done: true, value: undefined });
  });
});
