// A loop: woken is not lost, one round at a time, errors survived, stopping waits.
import { afterEach, describe, expect, it } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import { silentLogger } from '../subgraphs/kernel/base/logger.js';
import { Loop, type LoopOptions } from './loop.js';

const loops: Loop[] = [];
afterEach(() => Promise.all(loops.splice(0).map((loop) => loop.stop())));

const never = 60_000;
function start(round: LoopOptions['round'], options: Partial<LoopOptions> = {}): Loop {
  const loop = new Loop({ name: 'test', everyMs: never, round, logger: silentLogger, ...options });
  loops.push(loop);
  return loop;
}

describe('a loop', () => {
  it('makes a round at once, and another each time it is woken', async () => {
    let rounds = 0;
    const loop = start(async () => { rounds += 1; return false; });
    await wait(5);
    for (let wakes = 1; wakes <= 3; wakes += 1) {
      loop.wake();
      await wait(5);
      expect(rounds).toBe(1 + wakes);
    }
  });

  it('that is woken during a round makes another, however often it was woken', async () => {
    let rounds = 0;
    let running = 0;
    const gate = Promise.withResolvers<void>();
    const loop = start(async () => {
      rounds += 1;
      expect(running += 1).toBe(1);
      await (rounds === 1 ? gate.promise : wait(1));
      running -= 1;
      return false;
    });
    for (let wakes = 0; wakes < 5; wakes += 1) loop.wake();
    gate.resolve();
    await wait(30);
    expect(rounds).toBe(2);
  });

  it('goes on at once while there is more, and by itself after a while', async () => {
    let rounds = 0;
    start(async () => (rounds += 1) < 20);
    await wait(30);
    expect(rounds).toBe(20);
    let others = 0;
    start(async () => { others += 1; return false; }, { everyMs: 10 });
    while (others < 4) await wait(5);
  });

  it('rests longer the longer it finds nothing, until it is woken or finds something', async () => {
    const rounds: number[] = [];
    let found: boolean | null = null;
    const loop = start(async () => { rounds.push(performance.now()); return found; }, { everyMs: 10, restingMs: 10_000 });
    while (rounds.length < 6) await wait(5);
    // 10, 20, 40, 80 and 160 ms: timers may be late, never early.
    expect((rounds[5] ?? 0) - (rounds[0] ?? 0)).toBeGreaterThan(300);
    found = false;
    loop.wake();
    // Resting on would take longer than a test may.
    while (rounds.length < 14) await wait(5);
  });

  it('gathers wake-ups for as long as it is told, and loses none', async () => {
    let rounds = 0;
    const began = performance.now();
    const loop = start(async () => { rounds += 1; return false; }, { gatherMs: 150 });
    for (let time = 0; time < 4; time += 1) {
      await wait(1);
      loop.wake();
    }
    while (rounds < 2) await wait(5);
    expect(performance.now() - began).toBeGreaterThan(140);
    await wait(200);
    expect(rounds).toBe(2);
  });

  it('survives a round that fails, and is not hurried by wake-ups then', async () => {
    let rounds = 0;
    const loop = start(async () => {
      rounds += 1;
      if (rounds === 1) throw new Error('blip');
      return false;
    }, { everyMs: 10 });
    await wait(50);
    loop.wake();
    await wait(50);
    expect(rounds).toBe(1);
    await wait(550);
    expect(rounds).toBeGreaterThan(1);
    expect(loop.healthy()).toBe(true);
  });

  it('stops after the round that runs, also out of a pause, and makes no other', async () => {
    let rounds = 0;
    let ended = false;
    const loop = start(async () => { rounds += 1; await wait(40); ended = true; return true; });
    await wait(5);
    await loop.stop();
    expect([rounds, ended, loop.healthy()]).toEqual([1, true, false]);
    loop.wake();
    await wait(20);
    expect(rounds).toBe(1);
    const failing = start(async () => { throw new Error('always'); });
    const gathering = start(async () => false, { gatherMs: never });
    await wait(5);
    const began = performance.now();
    await Promise.all([failing.stop(), gathering.stop(), gathering.stop()]);
    expect(performance.now() - began).toBeLessThan(5_000);
  });
});
