// Every role is replaced while people work: no request fails, no message is lost, doubled or out of order, no job is left.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { definitions } from '../../ops/composition.js';
import { DEMO_CONTACT } from '../../ops/demo/demo.facts.js';
import { demoInboxId, operation } from '../kit/client.js';
import { LastingFollower } from '../kit/lasting.follower.js';
import { bootProcesses, type Processes } from '../kit/processes.js';
import { compileProduct, discardProduct, type Exit } from '../kit/product.js';
import { until } from '../kit/until.js';

const PAUSE_MS = 80;
const RECIPIENTS = 20;
const CUSTOMERS = [DEMO_CONTACT.whatsappId, '15550001111', '15550002222'];

let code: string;
let processes: Processes;
let agent: string;
let inboxId: string;
let load: Load | undefined;
beforeAll(async () => {
  code = compileProduct();
  // Longer than a client of the load lets a connection rest.
  processes = await bootProcesses({ code, env: { PORT_SHARED: 'true', DRAIN_DELAY_MS: '500' } });
  agent = await processes.signIn('agent@demo.test');
  inboxId = await demoInboxId(processes.url, agent);
});
afterAll(async () => {
  await load?.end();
  await processes?.stop();
  discardProduct(code);
});

/** Clients that ask one thing after another, and note everything that is not a whole answer. */
class Load {
  readonly failures: unknown[] = [];
  /** Texts that were taken, in the order of each client. */
  readonly received: string[] = [];
  readonly sent: string[] = [];
  requests = 0;
  /** What happens meanwhile, for the note. */
  during = 'before';
  #over = false;
  readonly #clients: Promise<void>[];

  /** @param conversations so many that nobody in them is written to faster than the channel lets */
  constructor(private readonly conversations: readonly string[]) {
    const reads = operation('conversation-list');
    this.#clients = [
      ...CUSTOMERS.map((from) => this.#client(async (count) => {
        const text = `${from} says ${count}`;
        const { status } = await processes.deliver(text, { from });
        if (status === 200) this.received.push(text);
        return status;
      })),
      this.#client((count) => this.#send(`reply ${count}`, this.conversations[count % this.conversations.length] ?? '')),
      ...[1, 2].map(() => this.#client(async () => whole(await processes.ask(reads, { first: 10 }, agent)))),
    ];
  }

  async #send(text: string, conversationId: string): Promise<unknown> {
    const input = { conversationId, text, idempotencyKey: randomUUID() };
    const answer = await processes.ask(operation('message-send'), { input }, agent);
    const payload = answer.data?.['messageSend'] as { message: unknown; userErrors: unknown[] } | null;
    if (payload?.message) this.sent.push(text);
    return payload?.userErrors.length === 0 ? whole(answer) : answer;
  }

  /** @param ask resolves to 200, or to what is wrong */
  async #client(ask: (count: number) => Promise<unknown>): Promise<void> {
    for (let count = 1; !this.#over; count += 1) {
      this.requests += 1;
      const outcome = await ask(count).catch((error: Error) => `${error.message}: ${String(error.cause)}`);
      if (outcome !== 200) this.failures.push({ during: this.during, outcome });
      await sleep(PAUSE_MS);
    }
  }

  async end(): Promise<void> {
    this.#over = true;
    await Promise.all(this.#clients);
  }
}

const whole = (answer: { errors?: unknown }): unknown => (answer.errors === undefined ? 200 : answer);

/** Rows that a worker still has to do something about. */
async function remaining(): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  const count = async (subgraph: string, what: string, condition = 'true'): Promise<void> => {
    const client = new Client({ connectionString: processes.databaseUrl(subgraph) });
    await client.connect();
    try {
      counts[what] = Number((await client.query<{ count: string }>(`select count(*) from ${what} where ${condition}`)).rows[0]?.count);
    } finally {
      await client.end();
    }
  };
  for (const { name } of definitions) await count(name, `${name}.outbox`);
  await count('conversations', 'bullmq.job');
  await count('conversations', 'conversations.webhook_delivery', "status = 'RECEIVED'");
  await count('conversations', 'conversations.outbound', "state in ('INTENT', 'RETRY', 'ATTEMPTED')");
  return counts;
}

describe('a rolling restart under load', () => {
  it('loses no request, message, order, event or job', async () => {
    const followers = [1, 2].map(() => new LastingFollower({ wsUrl: processes.wsUrl, inboxId, accessToken: () => agent }));
    await until(async () => followers.every(({ news }) => news[0]?.__typename === 'FeedGap'), 'both follow the inbox');
    const firsts = Array.from({ length: RECIPIENTS }, (_none, index) => `Is anybody there for ${index}?`);
    for (const [index, text] of firsts.entries()) expect((await processes.deliver(text, { from: `1555000${6000 + index}` })).status).toBe(200);
    await until(async () => followers.every(({ added }) => added.length === firsts.length), 'both have the first messages');
    load = new Load(followers[0]?.added.map(({ conversation }) => conversation.id) ?? []);
    const pids = new Set([...processes.roles.values()].map(({ pid }) => pid));

    const exits: (Promise<Exit> | undefined)[] = [];
    for (const role of [...processes.roles.keys()]) {
      load.during = role;
      const old = processes.roles.get(role);
      await processes.start(role);
      old?.child.kill('SIGTERM');
      exits.push(old?.exited);
    }
    expect(await Promise.all(exits)).toEqual(exits.map(() => ({ code: 0, signal: null })));
    load.during = 'after';
    await sleep(500); // the new ones work, too
    await load.end();

    expect(load.failures).toEqual([]);
    expect([...processes.roles.values()].filter(({ pid }) => pids.has(pid))).toEqual([]);
    const taken = [...firsts, ...load.received, ...load.sent].sort();
    await until(async () => followers.every(({ added }) => added.length >= taken.length), 'both followers have everything', 15_000);
    for (const { added, gaps, failure, closes } of followers) {
      expect(failure).toBeNull();
      expect(added.map(({ text }) => text).sort()).toEqual(taken);
      expect(gaps).toBe(1);
      for (const ours of Map.groupBy(added, (message) => message.conversation.id).values()) {
        expect(ours.map(({ seq }) => seq)).toEqual(ours.map((_, index) => index + 1));
      }
      // Told to come again by the gateway that left, and for the subgraph that streams. Never cut.
      expect([...new Set(closes)].sort()).toEqual([1001, 1012]);
    }
    await until(async () => Object.values(await remaining()).every((count) => count === 0), 'nothing is left to do');
    const sent = await (await fetch(`${processes.standIn.url}/_sent`)).json() as { body: { text: { body: string } } }[];
    expect(sent.map(({ body }) => body.text.body).sort()).toEqual([...load.sent].sort());
    for (const follower of followers) await follower.leave();
  }, 300_000);
});
