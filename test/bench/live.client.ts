// Many subscribers in one process: each a socket of its own, without a client library, which would cost more than it receives.
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket, type RawData } from 'ws';
import { serveParent } from './child.js';

export interface OpenSockets {
  wsUrl: string;
  /** Of several people, in turns. */
  tokens: string[];
  count: number;
  query: string;
  variables: Record<string, unknown>;
  /** What each of them asks for on top, in turns; absent: all the same. */
  each?: Record<string, unknown>[];
  /** Each of them asks in words of its own, which no other process uses; absent: all ask the same. */
  alone?: number;
}

/** What all sockets of a process have received of messages whose text begins with a prefix. */
export interface Received {
  /** When each message reached each socket, by its text: milliseconds since the epoch, as fine as the clock of the process. */
  arrivals: Record<string, number[]>;
  /** From when the product stored a message to when a socket had it, in milliseconds. */
  storedToHeard: number[];
  twice: number;
  outOfOrder: number;
  /** Sockets that were closed or refused, with the reason of the first. */
  broken: number;
  reason: string | null;
}

/** Sockets under way at the same time while opening. */
const OPENING = 50;
/** Between two attempts to be let in again, and how many of them fail before it is given up. */
const AGAIN_MS = 100;
const MOST_REFUSALS = 100;

interface Told {
  data?: { messageFeed: { __typename: string; cursor: string; message: { text: string | null; seq: number; createdAt: string; conversation: { id: string } } | null } } | null;
  errors?: unknown;
}

let subscribers: Subscriber[] = [];
const arrivals = new Map<string, number[]>();
const storedToHeard = new Map<string, number[]>();
const tally = { twice: 0, outOfOrder: 0, broken: 0, reason: null as string | null };
let closing = false;

const broke = (reason: string): void => {
  if (closing) return;
  tally.broken += 1;
  tally.reason ??= reason;
};

const note = (known: Map<string, number[]>, text: string, value: number): void => {
  const values = known.get(text);
  if (values) values.push(value);
  else known.set(text, [value]);
};

/** Of messages whose text begins with a prefix. */
const of = (known: Map<string, number[]>, prefix: string): [text: string, values: number[]][] => [...known].filter(([text]) => text.startsWith(prefix));

/** One subscriber: hears every message of a conversation once, with the number after the last, over as many connections as it takes. */
class Subscriber {
  readonly #last = new Map<string, number>();
  #cursor: string | null = null;
  #socket: WebSocket | null = null;

  constructor(
    private readonly wanted: OpenSockets, private readonly token: string, private readonly query: string, private readonly own: Record<string, unknown>,
  ) {}

  /** Resolves when it has asked: after its last cursor, where it has one. */
  open(): Promise<void> {
    const { wanted: { wsUrl, variables }, token, query, own } = this;
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(wsUrl, 'graphql-transport-ws', { perMessageDeflate: false });
      this.#socket = socket;
      let letIn = false;
      socket.once('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } })));
      socket.on('message', (raw: RawData) => {
        const frame = JSON.parse(String(raw)) as { type: string; payload?: unknown };
        if (frame.type === 'connection_ack') {
          socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query, variables: { ...variables, ...own, after: this.#cursor } } }));
          letIn = true;
          resolve();
        } else if (frame.type === 'next') this.#hear(frame.payload as Told);
        else if (frame.type === 'ping') socket.send('{"type":"pong"}');
        else broke(`${frame.type} ${JSON.stringify(frame.payload)}`);
      });
      socket.once('error', reject);
      socket.once('close', (code, reason) => {
        reject(new Error(`closed with ${code}`));
        if (letIn && this.#socket === socket) broke(`closed with ${code} ${String(reason)}`);
      });
    });
  }

  /** Comes back until it is let in. @returns how often it was not */
  async reopen(): Promise<number> {
    for (let refused = 0; ; refused += 1) {
      const asked = await this.open().then(() => true, () => false);
      if (asked) return refused;
      if (refused === MOST_REFUSALS) throw new Error(`Not let in again after ${refused} times.`);
      await sleep(AGAIN_MS);
    }
  }

  /** Without a word, as when a network is gone. */
  cut(): void {
    const socket = this.#socket;
    this.#socket = null;
    socket?.terminate();
  }

  #hear({ data, errors }: Told): void {
    const event = data?.messageFeed;
    if (errors || !event) return broke(JSON.stringify(errors));
    this.#cursor = event.cursor;
    if (event.__typename !== 'MessageAdded' || !event.message || event.message.text === null) return broke(`An unexpected ${event.__typename}`);
    const { text, seq, createdAt, conversation } = event.message;
    const before = this.#last.get(conversation.id);
    if (before !== undefined && seq <= before) tally.twice += 1;
    else if (before !== undefined && seq !== before + 1) tally.outOfOrder += 1;
    this.#last.set(conversation.id, seq);
    const now = performance.timeOrigin + performance.now();
    note(arrivals, text, now);
    note(storedToHeard, text, now - Date.parse(createdAt));
  }
}

/** Does something with all, some at a time. */
async function each<T>(all: readonly T[], act: (one: T) => Promise<void>): Promise<void> {
  let next = 0;
  await Promise.all(Array.from({ length: OPENING }, async () => {
    for (let one = all[next++]; one !== undefined; one = all[next++]) await act(one);
  }));
}

serveParent({
  open: async (wanted: OpenSockets) => {
    subscribers = Array.from({ length: wanted.count }, (_none, index) => new Subscriber(
      wanted, wanted.tokens[index % wanted.tokens.length] ?? '',
      // Under another name it is another document: nothing of it is shared.
      wanted.alone === undefined ? wanted.query : wanted.query.replace(/(?<=^subscription )\w+/, `Alone${wanted.alone}x${index}`),
      wanted.each?.[index % wanted.each.length] ?? {}));
    await each(subscribers, (one) => one.open());
  },
  cut: async () => { for (const one of subscribers) one.cut(); },
  /** @returns how often somebody was not let in at once */
  reopen: async (): Promise<number> => {
    let refused = 0;
    await each(subscribers, async (one) => { refused += await one.reopen(); });
    return refused;
  },
  /** How many arrivals there were so far, of messages whose text begins with `prefix`. */
  count: async (prefix: string) => of(arrivals, prefix).reduce((sum, [, times]) => sum + times.length, 0),
  received: async (prefix: string): Promise<Received> => ({
    arrivals: Object.fromEntries(of(arrivals, prefix)), storedToHeard: of(storedToHeard, prefix).flatMap(([, values]) => values), ...tally,
  }),
  stop: async () => {
    closing = true;
    for (const one of subscribers) one.cut();
  },
});
