// What breaks, one thing after the other, and what must hold while it is broken. What must hold afterwards is the same for all.
import { setTimeout as sleep } from 'node:timers/promises';
import { definitions } from '../../ops/composition.js';
import { operation } from '../kit/client.js';
import { until } from '../kit/until.js';
import { askGraph, type Verdict } from './faults.answers.js';
import type { FaultWorld } from './faults.world.js';

/** Asks every subgraph for something. */
export const EVERYTHING = `query Everything {
  viewer { user { id displayName } }
  tenant { id name }
  conversations(first: 10) { nodes { id lastMessage { id text } contact { id name customer { id orders(first: 1) { nodes { number } } } } } }
  auditEvents(first: 1) { nodes { id } }
}`;

/** By subgraph: the fields that an answer lacks without it. Without identity nobody is who they say. */
const LOST: Readonly<Record<string, string>> = {
  identity: 'viewer', tenancy: 'tenant', conversations: 'conversations', commerce: 'conversations.nodes', compliance: 'auditEvents',
};
const ROOTS = ['viewer', 'tenant', 'conversations', 'auditEvents'];

const BROKEN_MS = 600;
/** Less than the ten seconds that the gateway waits for a subgraph: whoever is answered sooner did not wait. */
const AT_ONCE_MS = 5_000;
const SLOW_MS = 45_000;
const FULL_MS = 30_000;
/** More than run at a time, so that some only wait. */
const UNREAD = 30;
const UNREAD_MS = 30_000;
/** Texts that no page has room for. */
const LONG_TEXT = 3_000;

/** One fault as it happens: what was killed, what was wrong meanwhile, and since when everything may be whole again. */
export class Happening {
  readonly pids: number[] = [];
  readonly violations: string[] = [];
  since = performance.now();

  constructor(readonly world: FaultWorld, readonly random: () => number) {}

  mended(): void {
    this.since = performance.now();
  }

  ask(query = EVERYTHING): Promise<Verdict> {
    return askGraph(this.world.processes.url, query, {}, this.world.token);
  }

  expect(holds: boolean, sentence: string): void {
    if (!holds) this.violations.push(sentence);
  }

  /** Waits for something that must come. @returns whether it did */
  async comes(check: () => Promise<boolean>, what: string, ms: number): Promise<boolean> {
    return until(check, what, ms).then(() => true, (error: Error) => {
      this.violations.push(error.message);
      return false;
    });
  }
}

export interface Phase {
  name: string;
  happen(happening: Happening): Promise<void>;
}

export const kill = (role: string): Phase => ({
  name: `kill ${role}`,
  happen: async (happening) => {
    const { world, random } = happening;
    happening.mended();
    happening.pids.push(await world.kill(role));
    await sleep(300 * random());
    await world.restart(role);
  },
});

export const killPostgres: Phase = {
  name: 'kill PostgreSQL',
  happen: async (happening) => {
    const { postgres } = happening.world;
    happening.pids.push(await postgres.kill());
    await sleep(BROKEN_MS);
    happening.mended();
    await postgres.restart();
  },
};

export const killRedis: Phase = {
  name: 'kill Redis, start it empty',
  happen: async (happening) => {
    const { world } = happening;
    const { redis } = world;
    if (!redis) throw new Error('There is no Redis.');
    // Reading stands still, so that deliveries wait while the memory of queues and of the word that wakes readers is lost: from then on only the tables know of them.
    const letGo = await world.hold('conversations', 'conversations.contact_identity');
    try {
      await happening.comes(async () => await world.unread() >= UNREAD, `${UNREAD} deliveries wait`, UNREAD_MS);
      happening.pids.push(redis.pid);
      await redis.kill();
    } finally {
      await letGo();
    }
    await sleep(BROKEN_MS);
    happening.mended();
    await redis.start();
  },
};

/** Null when the answer is what the loss of one subgraph leaves of it. */
function unlike(subgraph: string, answer: Verdict): string | null {
  const lost = LOST[subgraph] ?? '';
  if (answer.kind !== 'partial') return `${subgraph} is away, and the answer is not partial: ${JSON.stringify(answer).slice(0, 300)}`;
  const stray = answer.missing.filter((path) => path !== lost && !path.startsWith(`${lost}.`));
  if (stray.length > 0) return `${subgraph} is away, and the errors name ${stray.join(', ')}`;
  const gone = ROOTS.filter((root) => root !== lost && answer.data[root] === null);
  return gone.length > 0 ? `${subgraph} is away, and ${gone.join(', ')} went with it` : null;
}

export const cut = (subgraph: string): Phase => ({
  name: `cut the line to ${subgraph}`,
  happen: async (happening) => {
    await happening.world.wire(subgraph).cut();
    if (subgraph === 'identity') {
      // A session check may be a second old; from then on nobody is believed, and everybody is told to come again.
      await happening.comes(async () => {
        const answer = await happening.ask();
        const fault = answer.kind === 'refused' && answer.status === 503 ? null : unlike(subgraph, answer);
        if (fault) happening.violations.push(fault);
        return answer.kind === 'refused';
      }, 'an answer without identity is a typed refusal', AT_ONCE_MS);
    } else {
      const end = performance.now() + BROKEN_MS;
      do {
        const fault = unlike(subgraph, await happening.ask());
        if (fault) happening.violations.push(fault);
        await sleep(50);
      } while (performance.now() < end);
    }
    happening.mended();
    await happening.world.wire(subgraph).mend();
  },
});

/** Its line takes everything and lets nothing through. */
export const slow = (subgraph: string): Phase => ({
  name: `${subgraph} answers nothing`,
  happen: async (happening) => {
    happening.world.wire(subgraph).silence();
    const [late] = await Promise.all(Array.from({ length: 5 }, () => happening.ask()));
    const fault = late && unlike(subgraph, late);
    if (fault) happening.violations.push(fault);
    await happening.comes(async () => {
      const asked = performance.now();
      const answer = await happening.ask();
      return answer.kind === 'partial' && performance.now() - asked < AT_ONCE_MS;
    }, `${subgraph} rests and is answered for at once`, SLOW_MS);
    happening.mended();
    await happening.world.wire(subgraph).mend();
  },
});

/** @param log the log of changes, too, until the server cannot go on */
export const fullDisk = (log: boolean): Phase => ({
  name: log ? 'disk full, log of changes too' : 'disk full',
  happen: async (happening) => {
    const { postgres, load } = happening.world;
    load.padding = LONG_TEXT;
    postgres.fillDisk();
    const filling = setInterval(() => postgres.fillDisk(), 250);
    try {
      if (log) {
        await postgres.exhaustLog().catch(() => undefined);
        await happening.comes(async () => load.counts.refused.delivery > 0, 'a delivery is not acknowledged while the database is down', FULL_MS);
      } else {
        const refused = await happening.comes(async () => load.counts.refused.delivery > 0 && load.counts.refused.send > 0, 'deliveries and sends are refused while the disk is full', FULL_MS);
        if (refused) {
          const read = await askGraph(happening.world.processes.url, operation('conversation-list'), { first: 10 }, happening.world.token);
          happening.expect(read.kind === 'whole', `the disk is full, and a read is not whole: ${JSON.stringify(read).slice(0, 300)}`);
          happening.expect(postgres.running, 'PostgreSQL ended though its log had room');
        }
      }
    } finally {
      clearInterval(filling);
      load.padding = 0;
      happening.mended();
      postgres.makeRoom();
    }
    if (!postgres.running) await postgres.restart();
  },
});

export const roles = (): string[] => ['gateway', ...definitions.map(({ name }) => `subgraph:${name}`), 'workers'];
export const subgraphs = (): string[] => definitions.map(({ name }) => name);
