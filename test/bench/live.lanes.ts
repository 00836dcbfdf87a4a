// Beside fan-out itself: what sockets cost at rest, what happens when all of them come back at once, and what each would cost with a plan of its own.
import { setTimeout as sleep } from 'node:timers/promises';
import { operation } from '../kit/client.js';
import type { Child } from './child.js';
import type { OpenSockets } from './live.client.js';
import { familyUsage, processUsage, round } from './machine.facts.js';

/** Where the lanes are run: the product, its clients, and how to write to them. */
export interface LiveFloor {
  pid: number;
  databasePid: number;
  children: readonly Child[];
  url: string;
  wsUrl: string;
  tokens: string[];
  inboxId: string;
  /** @returns whether it was acknowledged */
  send: (text: string) => Promise<boolean>;
  /** @returns whether so many arrived of messages whose text begins with the prefix, before nothing more came for long */
  reached: (prefix: string, deliveries: number) => Promise<boolean>;
  /** How many have arrived of them. */
  heard: (prefix: string) => Promise<number>;
}

export interface RestLane {
  seconds: number;
  /** Of a core. */
  node: number | null;
  postgres: number | null;
}

/** Nothing happens: what the sockets take by being there. */
export async function restLane({ pid, databasePid }: LiveFloor, seconds: number): Promise<RestLane> {
  const cpu = (): (number | null)[] => [processUsage(pid)?.cpuSeconds ?? null, familyUsage(databasePid)?.cpuSeconds ?? null];
  const before = cpu();
  await sleep(1000 * seconds);
  const [node = null, postgres = null] = cpu().map((after, index) => {
    const from = before[index] ?? null;
    return after === null || from === null ? null : round((after - from) / seconds, 3);
  });
  return { seconds, node, postgres };
}

export interface StormLane {
  /** Until all were let in again and had asked. */
  reconnectedSeconds: number;
  reconnectsPerSecond: number;
  /** Until all had heard what was written while nobody was there. */
  recoveredSeconds: number;
  /** Connections that were not let in at once. */
  refused: number;
  lost: number;
}

const AWAY = 'away ';

/** Every line is cut at once; something is written; all come back as fast as they can, each after its cursor. */
export async function stormLane({ children, send, reached, heard }: LiveFloor, sockets: number): Promise<StormLane> {
  await Promise.all(children.map((child) => child.ask('cut')));
  await send(`${AWAY}1`);
  const begun = performance.now();
  const refused = await Promise.all(children.map((child) => child.ask<number>('reopen')));
  const reconnectedSeconds = (performance.now() - begun) / 1000;
  await reached(AWAY, sockets);
  return {
    reconnectedSeconds: round(reconnectedSeconds, 2), reconnectsPerSecond: round(sockets / reconnectedSeconds, 0), recoveredSeconds: round((performance.now() - begun) / 1000, 2),
    refused: refused.reduce((sum, count) => sum + count, 0), lost: Math.max(0, sockets - await heard(AWAY)),
  };
}

export interface AloneLane {
  sockets: number;
  messages: number;
  deliveriesPerSecond: number;
  /** Of node, in milliseconds. */
  cpuMsPerDelivery: number | null;
  lost: number;
}

const ALONE = 'alone ';

/** As many subscribers, each of whom asks in words of its own: a plan, a stream and an execution an event for each. Those who shared have left. */
export async function aloneLane(floor: LiveFloor, sockets: number, messages: number): Promise<AloneLane> {
  const { children, pid, send, reached, heard, wsUrl, tokens, inboxId } = floor;
  await Promise.all(children.map((child) => child.ask('cut')));
  const [first] = children;
  if (!first) throw new Error('There is no client.');
  await first.ask('open', { wsUrl, tokens, count: sockets, query: operation('message-feed'), variables: { inboxId }, alone: 1 } satisfies OpenSockets);
  for (let attempt = 0, stand = false; !stand; attempt += 1) {
    if (attempt === 5) throw new Error('Not every subscription of its own came to stand.');
    await sleep(1_000);
    await send(`stand ${attempt}.`);
    stand = await reached(`stand ${attempt}.`, sockets);
  }
  const before = processUsage(pid)?.cpuSeconds ?? null;
  const begun = performance.now();
  for (let index = 0; index < messages; index += 1) {
    await send(`${ALONE}${index}`);
    if (!await reached(ALONE, (index + 1) * sockets)) break;
  }
  const seconds = (performance.now() - begun) / 1000;
  const after = processUsage(pid)?.cpuSeconds ?? null;
  const deliveries = await heard(ALONE);
  return {
    sockets, messages, deliveriesPerSecond: round(deliveries / seconds, 0), lost: Math.max(0, sockets * messages - deliveries),
    cpuMsPerDelivery: before === null || after === null ? null : round(1000 * (after - before) / deliveries, 3),
  };
}
