// What is done to the product while people follow it: who is killed, one after the other.
import { setTimeout as sleep } from 'node:timers/promises';
import type { LiveWorld } from './live.world.js';
import { shuffled, type Random } from './seeded.js';

export interface Point {
  name: string;
  /** @returns the pids of what was killed, when it runs again */
  happen(): Promise<number[]>;
}

const ROUNDS = 3;
const POSTGRES_AWAY_MS = 600;
const REDIS_AWAY_MS = 300;
/** Most that a process is away for. */
const AWAY_MS = 400;

/** Small: each once, and one of the two gateways. Otherwise each several times, both gateways, and identity, who is asked about everybody. */
export function killsOf(world: LiveWorld, small: boolean, random: Random): Point[] {
  const { postgres, redis } = world;
  const away = (): number => Math.round(AWAY_MS * random());
  const gateway = (index: number): Point => ({ name: 'kill a gateway', happen: async () => [await world.killGateway(index, away())] });
  const role = (name: string): Point => ({ name: `kill ${name}`, happen: async () => [await world.kill(name, away())] });
  const killPostgres: Point = {
    name: 'kill PostgreSQL',
    happen: async () => {
      const pid = await postgres.kill();
      await sleep(POSTGRES_AWAY_MS);
      await postgres.restart();
      return [pid];
    },
  };
  const killRedis = redis && {
    name: 'kill Redis, start it empty',
    happen: async () => {
      const { pid } = redis;
      await redis.kill();
      await sleep(REDIS_AWAY_MS);
      await redis.start();
      return [pid];
    },
  };
  const always = [role('workers'), role('subgraph:conversations'), killPostgres, ...(killRedis ? [killRedis] : [])];
  if (small) return shuffled([gateway(random() < 0.5 ? 0 : 1), ...always], random);
  return Array.from({ length: ROUNDS }, () => shuffled([gateway(0), gateway(1), role('subgraph:identity'), ...always], random)).flat();
}
