// Many subscribers in one process: each a socket of its own, without a client library, which would cost more than it receives.
import { WebSocket, type RawData } from 'ws';
import { serveParent } from './child.js';

export interface OpenSockets {
  wsUrl: string;
  /** Of several people, in turns. */
  tokens: string[];
  count: number;
  query: string;
  variables: Record<string, unknown>;
}

/** What all sockets of a process have received of messages whose text begins with a prefix. */
export interface Received {
  /** When each message reached each socket, by its text: milliseconds since the epoch, as fine as the clock of the process. */
  arrivals: Record<string, number[]>;
  twice: number;
  outOfOrder: number;
  /** Sockets that were closed or refused, with the reason of the first. */
  broken: number;
  reason: string | null;
}

/** Sockets under way at the same time while opening. */
const OPENING = 50;

interface Told {
  data?: { messageFeed: { __typename: string; message: { text: string | null; seq: number; conversation: { id: string } } | null } } | null;
  errors?: unknown;
}

const sockets: WebSocket[] = [];
const arrivals = new Map<string, number[]>();
const tally = { twice: 0, outOfOrder: 0, broken: 0, reason: null as string | null };
let closing = false;

const broke = (reason: string): void => {
  if (closing) return;
  tally.broken += 1;
  tally.reason ??= reason;
};

/** Checks what one subscriber hears: every message of a conversation once, with the number after the last. */
function listener(): (told: Told) => void {
  const last = new Map<string, number>();
  return ({ data, errors }) => {
    const event = data?.messageFeed;
    if (errors || !event) return broke(JSON.stringify(errors));
    if (event.__typename !== 'MessageAdded' || !event.message || event.message.text === null) return broke(`An unexpected ${event.__typename}`);
    const { text, seq, conversation } = event.message;
    const before = last.get(conversation.id);
    if (before !== undefined && seq <= before) tally.twice += 1;
    else if (before !== undefined && seq !== before + 1) tally.outOfOrder += 1;
    last.set(conversation.id, seq);
    const times = arrivals.get(text) ?? [];
    times.push(performance.timeOrigin + performance.now());
    arrivals.set(text, times);
  };
}

function openOne({ wsUrl, query, variables }: OpenSockets, token: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(wsUrl, 'graphql-transport-ws', { perMessageDeflate: false });
    const heard = listener();
    socket.once('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } })));
    socket.on('message', (raw: RawData) => {
      const frame = JSON.parse(String(raw)) as { type: string; payload?: unknown };
      if (frame.type === 'connection_ack') {
        socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query, variables } }));
        resolve();
      } else if (frame.type === 'next') heard(frame.payload as Told);
      else if (frame.type === 'ping') socket.send('{"type":"pong"}');
      else broke(`${frame.type} ${JSON.stringify(frame.payload)}`);
    });
    socket.once('error', reject);
    socket.once('close', (code, reason) => {
      reject(new Error(`closed with ${code}`));
      broke(`closed with ${code} ${String(reason)}`);
    });
    sockets.push(socket);
  });
}

serveParent({
  open: async (wanted: OpenSockets) => {
    let next = 0;
    await Promise.all(Array.from({ length: OPENING }, async () => {
      while (next < wanted.count) {
        const token = wanted.tokens[next % wanted.tokens.length] ?? '';
        next += 1;
        await openOne(wanted, token);
      }
    }));
  },
  /** How many arrivals there were so far, of messages whose text begins with `prefix`. */
  count: async (prefix: string) => [...arrivals].reduce((sum, [text, times]) => (text.startsWith(prefix) ? sum + times.length : sum), 0),
  received: async (prefix: string): Promise<Received> => ({ arrivals: Object.fromEntries([...arrivals].filter(([text]) => text.startsWith(prefix))), ...tally }),
  stop: async () => {
    closing = true;
    for (const socket of sockets) socket.terminate();
  },
});
