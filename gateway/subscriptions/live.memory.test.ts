// Who comes back after a cursor somebody has just come back after is told the same from memory, and goes on where they are.
import { expect, it } from '@jest/globals';
import { anonymous } from '../../subgraphs/kernel/base/actor.js';
import { StreamInterrupted } from '../../subgraphs/kernel/base/subgraph-port.js';
import { LiveMemory, MemoryBudget } from './live.memory.js';
import { LiveSource } from './live.source.js';
import type { LiveSubscription, Outlet } from './live.subscription.js';
import { Scripted } from './scripted.fixture.js';

interface Ear extends Outlet { heard: string[] }

function ear(): Ear {
  const heard: string[] = [];
  return {
    heard, actor: () => anonymous('::1', null), correlationId: 'a', next: (json) => { heard.push(json); }, interrupted: () => undefined, ended: () => undefined,
  };
}

/** A stream somebody has opened after a cursor, and what is remembered of it. */
function begun(budget = new MemoryBudget()) {
  const stream = new Scripted();
  const first = ear();
  const told: number[] = [];
  const source = new LiveSource({
    stream, complete: async ({ extensions }) => `at ${extensions?.position}`, published: (error) => error, interrupted: () => undefined, told: (count) => told.push(count),
  }, first);
  let forgotten = 0;
  const memory = new LiveMemory(first, budget, () => { forgotten += 1; });
  source.admit(memory.listener);
  const own = memory.admit(first) as LiveSubscription;
  void source.run();
  return { stream, source, memory, first, own, told, forgotten: () => forgotten };
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

it('the next one is told what the first was told, then both hear the same, and only people are counted', async () => {
  const { stream, source, memory, first, told } = begun();
  stream.entry(1);
  stream.entry(2);
  await settled();
  const later = ear();
  memory.admit(later);
  expect(later.heard).toEqual(['at 1', 'at 2']);
  stream.entry(3);
  await settled();
  expect([first.heard, later.heard, told, source.position]).toEqual([['at 1', 'at 2', 'at 3'], ['at 1', 'at 2', 'at 3'], [1, 1, 2], 3n]);
});

it('who comes while an event is being told hears it once', async () => {
  const { stream, memory } = begun();
  const crowd = Array.from({ length: 600 }, ear);
  for (const one of crowd) memory.admit(one);
  const late = ear();
  // Told in portions: the last of the crowd hear it some turns after the first.
  crowd[300]!.next = (json) => {
    crowd[300]!.heard.push(json);
    memory.admit(late);
  };
  stream.entry(1);
  await settled();
  expect([...crowd, late].every(({ heard }) => heard.join() === 'at 1')).toBe(true);
});

it('the stream ends with the last who listens, and nobody is told from memory any more', async () => {
  const { stream, memory, own, forgotten } = begun();
  const other = memory.admit(ear());
  stream.entry(1);
  await settled();
  own.end(null);
  expect([stream.ended, forgotten()]).toEqual([false, 0]);
  other?.end(null);
  expect([stream.ended, forgotten(), memory.admit(ear())]).toEqual([true, 1, null]);
});

it('forgets where too much would be remembered, and those who listen go on', async () => {
  const budget = new MemoryBudget();
  budget.used = 32 * 1024 * 1024 - 6;
  const { stream, memory, first, forgotten } = begun(budget);
  stream.entry(1);
  await settled();
  expect([memory.admit(ear()) !== null, forgotten()]).toEqual([true, 0]);
  stream.entry(2);
  stream.entry(3);
  await settled();
  expect([memory.admit(ear()), forgotten(), first.heard.length, budget.used]).toEqual([null, 1, 3, 32 * 1024 * 1024 - 6]);
});

it('nobody joins a stream that broke, while its listeners are told one after another', async () => {
  const { source, memory, forgotten } = begun();
  const group = begun();
  for (let more = 0; more < 5; more += 1) group.memory.admit(ear());
  source.moveTo(group.source, 0n);
  group.source.interrupt(new StreamInterrupted('away'));
  expect([memory.admit(ear()), forgotten()]).toEqual([null, 1]);
  await settled();
});
