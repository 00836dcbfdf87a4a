// All live streams of one subgraph over one graphql-transport-ws connection, which is never silently replaced: a stream
// that goes on behind the gateway's back would have lost what happened in between.
import { createClient, type Client } from 'graphql-ws';
import { WebSocket } from 'ws';
import { ACTOR_HEADER, systemActor } from '../../subgraphs/kernel/base/actor.js';
import type { Logger } from '../../subgraphs/kernel/base/logger.js';
import {
  StreamInterrupted, SubgraphUnavailable, type SubgraphError, type SubgraphRequest, type SubgraphResult, type SubgraphStream,
} from '../../subgraphs/kernel/base/subgraph-port.js';
import type { ActorSigner } from '../actor.js';
import { RemoteStream } from './live.stream.js';

const MAX_PAYLOAD = 32 * 1024 * 1024;
const CONNECT_MS = 5_000;
/** A connection that carried its last stream is kept this long for the next. */
const LINGER_MS = 1_000;
const PING_MS = 3_000;
const PONG_MS = 3_000;

export interface LiveParts {
  name: string;
  /** Base of the listener, `http:` or `https:`. */
  url: string;
  signer: ActorSigner;
  logger: Logger;
  /** How long a subgraph may take to open a stream, milliseconds. */
  openMs: number;
}

export class LiveClient {
  #current: Client;
  /** The current one, and those of subgraphs that restart, until they have closed. */
  readonly #clients = new Set<Client>();

  constructor(private readonly parts: LiveParts) {
    this.#current = this.#connect();
  }

  #connect(): Client {
    const { name, url, signer, logger } = this.parts;
    class Socket extends WebSocket {
      constructor(address: string | URL, protocols?: string | string[]) {
        super(address, protocols, {
          handshakeTimeout: CONNECT_MS, maxPayload: MAX_PAYLOAD, perMessageDeflate: false,
          headers: { [ACTOR_HEADER]: signer.sign(systemActor(null)) },
        });
      }
    }
    let deaf: NodeJS.Timeout | undefined;
    const client = createClient({
      url: `${url.replace(/^http/, 'ws').replace(/\/$/, '')}/graphql`, webSocketImpl: Socket,
      retryAttempts: 0, connectionAckWaitTimeout: CONNECT_MS, lazyCloseTimeout: LINGER_MS, keepAlive: PING_MS,
      on: {
        connected: () => logger.debug({ subgraph: name }, 'connected for live streams'),
        ping: (received) => {
          if (received) return;
          clearTimeout(deaf);
          deaf = setTimeout(() => {
            logger.warn({ subgraph: name }, 'the connection for live streams went silent');
            client.terminate();
          }, PONG_MS);
        },
        pong: (received) => { if (received) clearTimeout(deaf); },
        closed: () => {
          clearTimeout(deaf);
          if (client !== this.#current) this.#clients.delete(client);
        },
      },
    });
    this.#clients.add(client);
    return client;
  }

  /** The stream once its owner has opened it, or the owner's refusal. @throws SubgraphUnavailable when neither comes */
  open({ query, operationName, variables, headers }: SubgraphRequest): Promise<SubgraphStream | SubgraphResult> {
    const { name, openMs } = this.parts;
    const client = this.#current;
    return new Promise((resolve, reject) => {
      let opened: RemoteStream | null = null;
      const late = setTimeout(() => {
        leave();
        reject(new SubgraphUnavailable(name, 'timeout'));
      }, openMs);
      const settle = (how: () => void): void => {
        clearTimeout(late);
        how();
      };
      const lost = (cause: unknown): void => {
        const why = reasonOf(cause);
        if (opened) opened.finish(new StreamInterrupted(`The connection to ${name} broke (${why})`));
        else settle(() => reject(new SubgraphUnavailable(name, 'unreachable', { cause: new Error(why) })));
      };
      const leave = client.subscribe({ query, operationName, variables, extensions: headers }, {
        // The first message of a stream only says that it is open; a second such would be another stream.
        next: (message) => {
          if (says(message, 'interrupted')) {
            // The subgraph restarts: it ends its streams one by one, and what is opened from now on is opened elsewhere.
            if (client === this.#current) this.#current = this.#connect();
            opened?.finish(new StreamInterrupted(`The subgraph ${name} restarts`));
          } else if (!opened) settle(() => resolve(opened = new RemoteStream(() => leave())));
          else if (says(message, 'opened')) opened.finish(new StreamInterrupted(`A stream of ${name} was opened twice`));
          else opened.push(message as SubgraphResult);
        },
        error: (cause) => {
          if (!Array.isArray(cause)) lost(cause);
          else if (opened) opened.finish(new Error(`A stream of ${name} failed: ${messagesOf(cause)}`));
          else settle(() => resolve({ errors: cause as unknown as SubgraphError[] }));
        },
        complete: () => {
          if (opened) opened.finish(null);
          else lost(new Error('ended before it was open'));
        },
      });
    });
  }

  async close(): Promise<void> {
    for (const client of this.#clients) await client.dispose();
  }
}

/** What a subgraph says of a stream, not in it. */
const says = ({ extensions }: { extensions?: unknown }, what: 'opened' | 'interrupted'): boolean =>
  typeof extensions === 'object' && extensions !== null && what in extensions;

const messagesOf = (errors: readonly unknown[]): string => errors.map((error) => (error as SubgraphError).message).join('; ');

/** Of a close event, an error event or an error; the library hands out either. */
function reasonOf(cause: unknown): string {
  const { code, reason, message } = (cause ?? {}) as { code?: unknown; reason?: unknown; message?: unknown };
  if (typeof message === 'string' && message !== '') return message;
  return `closed with ${String(code ?? 'no code')}${typeof reason === 'string' && reason !== '' ? `, ${reason}` : ''}`;
}
