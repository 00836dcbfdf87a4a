// Whether what others run answers, as real traffic tells it; without any lately, whether it accepts a connection. Asks nobody anything.
import diagnostics from 'node:diagnostics_channel';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Clock } from './clock.js';
import { shared, tried, type Check } from './health.js';

/** Traffic older than this tells nothing about now. */
const TRAFFIC_MS = 60_000;
const REACH_MS = 2_000;
const REACHED_FOR_MS = 10_000;

/** Of node's own fetch: every call is announced there with its outcome, whoever makes it. */
const ANSWERED = 'undici:request:headers';
const FAILED = 'undici:request:error';

interface Call {
  request: { origin?: string | URL | null };
  response?: { statusCode: number };
}

interface Dependency {
  name: string;
  origin: string;
  last: { ok: boolean; status: number | null; at: number } | null;
  reach: () => Promise<Check>;
}

export class ExternalDependencies {
  readonly #all: Dependency[];
  readonly #onAnswer = (message: unknown): void => this.#note(message as Call);

  /** @param urls by the name that is shown; the URLs never are */
  constructor(urls: Readonly<Record<string, string>>, private readonly clock: Clock) {
    this.#all = Object.entries(urls).map(([name, url]) => {
      const place = new URL(url);
      return { name, origin: place.origin, last: null, reach: shared(REACHED_FOR_MS, () => tried(name, () => reached(place), REACH_MS)) };
    });
    for (const channel of [ANSWERED, FAILED]) diagnostics.subscribe(channel, this.#onAnswer);
  }

  checks(): Promise<Check[]> {
    return Promise.all(this.#all.map(async ({ name, last, reach }) => {
      const age = last ? this.clock.now().getTime() - last.at : Infinity;
      if (!last || age > TRAFFIC_MS) {
        const check = await reach();
        return { ...check, detail: check.ok ? 'accepts connections; no call lately' : `accepts no connection: ${check.detail ?? 'failed'}` };
      }
      const what = last.status === null ? 'the last call failed' : `the last call was answered ${last.status}`;
      return { name, ok: last.ok, detail: `${what}, ${Math.round(age / 1e3)} s ago` };
    }));
  }

  close(): void {
    for (const channel of [ANSWERED, FAILED]) diagnostics.unsubscribe(channel, this.#onAnswer);
  }

  #note({ request, response }: Call): void {
    const origin = String(request.origin ?? '');
    for (const dependency of this.#all) {
      if (dependency.origin !== origin) continue;
      const status = response?.statusCode ?? null;
      dependency.last = { ok: status !== null && status < 500, status, at: this.clock.now().getTime() };
    }
  }
}

async function reached({ hostname, port, protocol }: URL): Promise<void> {
  const socket = connect({ host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port) || (protocol === 'https:' ? 443 : 80), timeout: REACH_MS });
  socket.once('timeout', () => socket.destroy(Object.assign(new Error('no connection in time'), { code: 'ETIMEDOUT' })));
  try {
    await once(socket, 'connect');
  } finally {
    socket.destroy();
  }
}
