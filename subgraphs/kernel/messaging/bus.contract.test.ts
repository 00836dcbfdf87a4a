// The same promises hold for the bus on PostgreSQL and on Redis; what only Redis can do wrong follows.
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import { createTestDatabase, type TestDatabase } from '../../../test/kit/database.js';
import { TestRedis } from '../../../test/kit/redis.js';
import { until } from '../../../test/kit/until.js';
import { when } from '../../../test/kit/when.js';
import { ConfigError } from '../base/config.js';
import { silentLogger } from '../base/logger.js';
import { FEED_CHANNEL, WAKE_CHANNEL, type Bus, type BusListener } from './bus.js';
import { openBus } from './bus.open.js';
import { PostgresBus } from './bus.postgres.js';
import { RedisBus } from './bus.redis.js';

class Ear implements BusListener {
  readonly heard: string[] = [];
  gaps = 0;
  message = (payload: string): void => { this.heard.push(payload); };
  gap = (): void => { this.gaps += 1; };

  /** Waits for the n-th message. */
  hears(count: number): Promise<void> {
    return until(async () => this.heard.length >= count, `${count} messages are heard`);
  }
}

const opened: Bus[] = [];
const open = async (url: string): Promise<Bus> => {
  const bus = await openBus(url, silentLogger);
  opened.push(bus);
  return bus;
};
afterEach(async () => { for (const bus of opened.splice(0)) await bus.close(); });

interface Ground {
  url(): string;
  kind: typeof PostgresBus | typeof RedisBus;
  /** Breaks the connections that listen. @returns how many */
  cut(): Promise<number>;
}

function keepsTheContract({ url, kind, cut }: Ground): void {
  it('is what the URL names', async () => expect(await open(url())).toBeInstanceOf(kind));

  it('carries every message once, in order, to every listener of every process', async () => {
    const [one, other] = [await open(url()), await open(url())];
    const ears = [new Ear(), new Ear(), new Ear()];
    one.listen(FEED_CHANNEL, ears[0] as Ear);
    one.listen(FEED_CHANNEL, ears[1] as Ear);
    other.listen(FEED_CHANNEL, ears[2] as Ear);
    const elsewhere = new Ear();
    other.listen(WAKE_CHANNEL, elsewhere);
    const sent = Array.from({ length: 400 }, (_, index) => `${index} ${'ü'.repeat(index)}`);
    for (let at = 0; at < sent.length; at += 80) await one.publish(FEED_CHANNEL, sent.slice(at, at + 80));
    await one.publish(FEED_CHANNEL, []);
    for (const ear of ears) {
      await ear.hears(sent.length);
      expect(ear.heard).toEqual(sent);
    }
    expect(elsewhere.heard).toEqual([]);
  });

  it('says that something was missed before anything that came after it', async () => {
    const [one, other] = [await open(url()), await open(url())];
    const heard: (number | 'gap')[] = [];
    one.listen(FEED_CHANNEL, { message: (payload) => { heard.push(Number(payload)); }, gap: () => { heard.push('gap'); } });
    let sent = 0;
    for (let cuts = 1; cuts <= 8; cuts += 1) {
      await cut();
      while (heard.filter((told) => told === 'gap').length < cuts) await other.publish(FEED_CHANNEL, Array.from({ length: 20 }, () => String(sent++)));
      await other.publish(FEED_CHANNEL, [String(sent++)]);
      await until(async () => heard.at(-1) === sent - 1, 'what was sent last is heard');
    }
    const passedOver = heard.flatMap((told, at) => (at > 0 && told !== 'gap' && heard[at - 1] !== 'gap' && told !== Number(heard[at - 1]) + 1 ? [`${heard[at - 1]}, ${told}`] : []));
    expect(passedOver).toEqual([]);
  });

  it('carries 7,900 bytes', async () => {
    const bus = await open(url());
    const ear = new Ear();
    bus.listen(FEED_CHANNEL, ear);
    await bus.publish(FEED_CHANNEL, ['x'.repeat(7_900)]);
    await ear.hears(1);
    expect(ear.heard[0]).toHaveLength(7_900);
  });

  it('tells no more to a listener that left, and keeps one that fails from disturbing the others', async () => {
    const bus = await open(url());
    const [gone, ear] = [new Ear(), new Ear()];
    let gaps = 0;
    bus.listen(FEED_CHANNEL, { message: () => { throw new Error('unreadable'); }, gap: () => { gaps += 1; } });
    const leave = bus.listen(FEED_CHANNEL, gone);
    bus.listen(FEED_CHANNEL, ear);
    leave();
    await bus.publish(FEED_CHANNEL, ['a', 'b']);
    await ear.hears(2);
    expect(gone.heard).toEqual([]);
    expect(gaps).toBe(2);
    expect(() => bus.listen('unheard_of', ear)).toThrow('Unknown bus channel unheard_of.');
  });

  it('makes one wake-up a schema of many at once', async () => {
    const bus = await open(url());
    const ear = new Ear();
    bus.listen(WAKE_CHANNEL, ear);
    for (let count = 0; count < 200; count += 1) bus.wake(count % 2 ? 'one' : 'other');
    await ear.hears(2);
    await sleep(100);
    expect(ear.heard.toSorted()).toEqual(['one', 'other']);
    bus.wake('one');
    await ear.hears(3);
  });

  it('says that there is a gap once it listens again after its connection broke, each time', async () => {
    const [bus, sender] = [await open(url()), await open(url())];
    const ears = [new Ear(), new Ear()];
    bus.listen(FEED_CHANNEL, ears[0] as Ear);
    bus.listen(WAKE_CHANNEL, ears[1] as Ear);
    for (const time of [1, 2]) {
      expect(await cut()).toBeGreaterThanOrEqual(1);
      await until(async () => ears.every((ear) => ear.gaps === time), `both listeners are told of gap ${time}`);
      // What is sent after the gap was told must arrive: else nobody would read the table for it.
      await sender.publish(FEED_CHANNEL, [`after ${time}`]);
      await ears[0]?.hears(time);
    }
    expect(ears[0]?.heard).toEqual(['after 1', 'after 2']);
  });

  it('closed, it sends nothing, hears nothing and wakes nobody, however often it is closed', async () => {
    const [bus, other] = [await openBus(url(), silentLogger), await open(url())];
    const [deaf, ear] = [new Ear(), new Ear()];
    bus.listen(FEED_CHANNEL, deaf);
    other.listen(WAKE_CHANNEL, ear);
    other.listen(FEED_CHANNEL, ear);
    bus.wake('late');
    await bus.close();
    await bus.close();
    bus.wake('later');
    await expect(bus.publish(FEED_CHANNEL, ['x'])).rejects.toThrow();
    await other.publish(FEED_CHANNEL, ['y']);
    await ear.hears(1);
    await sleep(50);
    expect(ear.heard).toEqual(['y']);
    expect(deaf.heard).toEqual([]);
    expect(deaf.gaps).toBe(0);
  });
}

describe('on PostgreSQL', () => {
  let database: TestDatabase;
  let admin: Pool;
  beforeAll(async () => {
    database = await createTestDatabase([]);
    admin = new Pool({ connectionString: database.adminUrl, max: 1 });
  });
  afterAll(async () => {
    await admin.end();
    await database.drop();
  });

  keepsTheContract({
    url: () => database.adminUrl, kind: PostgresBus,
    cut: async () => (await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'switchboard:listen' and datname = current_database()`)).rowCount ?? 0,
  });
});

when('redis', 'on Redis', (program) => {
  let redis: TestRedis;
  beforeAll(async () => { redis = await TestRedis.start(program); });
  afterAll(() => redis.close());

  keepsTheContract({ url: () => redis.url, kind: RedisBus, cut: () => redis.cut(/^switchboard:listen$/) });

  it('does not hear another database of the same server', async () => {
    const [zero, seven] = [await open(redis.url), await open(`${redis.url}/7`)];
    const [here, there] = [new Ear(), new Ear()];
    zero.listen(FEED_CHANNEL, here);
    seven.listen(FEED_CHANNEL, there);
    await zero.publish(FEED_CHANNEL, ['zero']);
    await seven.publish(FEED_CHANNEL, ['seven']);
    await Promise.all([here.hears(1), there.hears(1)]);
    await sleep(50);
    expect([here.heard, there.heard]).toEqual([['zero'], ['seven']]);
  });

  it('refuses at once to send while Redis is away, tells the gap when it is back, and sends again', async () => {
    const bus = await open(redis.url);
    const ear = new Ear();
    bus.listen(FEED_CHANNEL, ear);
    await redis.kill();
    await until(async () => bus.publish(FEED_CHANNEL, ['lost']).then(() => false, () => true), 'publishing fails');
    // A hundred that each waited for it to be back would not end within this test.
    for (let count = 0; count < 100; count += 1) await expect(bus.publish(FEED_CHANNEL, ['lost'])).rejects.toThrow();
    bus.wake('lost');
    expect(ear.gaps).toBe(0);
    await redis.start();
    await until(async () => ear.gaps === 1, 'the gap is told');
    await until(async () => bus.publish(FEED_CHANNEL, ['found']).then(() => true, () => false), 'publishing works again');
    await ear.hears(1);
    // Nothing that was refused is sent later.
    expect(ear.heard).toEqual(['found']);
  });

  it('notices a server that hangs, for the sender and for the listener', async () => {
    const bus = await RedisBus.open(redis.url, silentLogger, { heartbeatMs: 100, answerMs: 200 });
    opened.push(bus);
    const ear = new Ear();
    bus.listen(FEED_CHANNEL, ear);
    redis.pause();
    await expect(bus.publish(FEED_CHANNEL, ['late'])).rejects.toThrow('timed out');
    await sleep(600);
    redis.resume();
    await until(async () => ear.gaps >= 1, 'the gap is told');
  });

  it('does not open without Redis or with a wrong password, and says why without telling it', async () => {
    const failure = async (url: string): Promise<unknown> => openBus(url, silentLogger).then(() => 'opened', (error: unknown) => error);
    const refused = await failure(`redis://:hunter2@127.0.0.1:${redis.port}`);
    expect(refused).toBeInstanceOf(ConfigError);
    expect(String(refused)).toMatch(new RegExp(`^Error: The bus cannot use Redis at 127\\.0\\.0\\.1:${redis.port}: WRONGPASS `));
    const absent = await failure('redis://:hunter2@127.0.0.1:1');
    expect(absent).toBeInstanceOf(ConfigError);
    expect(String(absent)).toContain('127.0.0.1:1: connect ECONNREFUSED');
    for (const error of [refused, absent]) expect(String(error)).not.toContain('hunter2');
  });
});
