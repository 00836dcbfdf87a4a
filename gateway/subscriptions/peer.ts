// Whoever holds something live open at this gateway: a WebSocket, or one streamed HTTP answer.
import type { Origin } from '../../subgraphs/kernel/base/http.exchange.js';
import type { Caller } from '../actor.js';
import type { SocketNotice } from '../settings/windows.js';

/** Codes after which graphql-ws clients connect again; over HTTP the stream ends with the reason. */
export const CLOSE = { goingAway: 1001, restarted: 1012, tryAgainLater: 1013, forbidden: 4403 } as const;

export interface Peer {
  /** Null until somebody has said who they are. */
  caller: Caller | null;
  /** When the caller was last found to be who they were, milliseconds since the epoch. */
  verifiedAt: number;
  readonly origin: Origin;
  /** The page that opened it, as in `Visit`. */
  readonly page: string | null;
  /** The header `Accept-Language`. */
  readonly language: string | null;
  readonly open: boolean;
  close(code: number, reason: string): void;
  /** Closes when the queries and mutations under way have had their answers. */
  leave(code: number, reason: string): Promise<void>;
  /** Shows that somebody is still there; absent: it is looked after otherwise. */
  beat?(): void;
  /** Tells of announced maintenance, where it is something else than was told last; absent: it cannot be told here. */
  notify?(notice: SocketNotice): void;
}
