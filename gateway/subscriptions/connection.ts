// One WebSocket as the gateway keeps it: who is behind it, what it runs, and what happens when it cannot keep up.
import { setTimeout as sleep } from 'node:timers/promises';
import { MessageType, stringifyMessage } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { Origin } from '../../subgraphs/kernel/base/http.exchange.js';
import type { Given } from '../access/credential.js';
import type { Caller } from '../actor.js';
import type { SocketNotice } from '../settings/windows.js';
import { CLOSE, type Peer } from './peer.js';

/** Bytes waiting for a consumer before it is given up. */
const MAX_BUFFERED = 4 * 1024 * 1024;
const TERMINATE_AFTER_MS = 1_000;
/** Queries and mutations may take this long to end before their socket closes all the same. */
const PATIENCE_MS = 10_000;

/** Told of nothing, and with nothing to tell. */
const NO_NOTICE = JSON.stringify({ maintenance: [] });

export class Connection implements Peer {
  /** Set by `connection_init`. */
  caller: Caller | null = null;
  verifiedAt = 0;
  /** Answered the last ping, or spoke since. */
  alive = true;
  /** Queries and mutations under way. */
  running = 0;
  /** Gives back what it holds of the cap; set when it is known whose it is. */
  giveBack: () => void = () => undefined;
  /** Of maintenance to come, what it was told last. */
  #notice = NO_NOTICE;
  #closing = false;

  constructor(
    readonly socket: WebSocket,
    readonly origin: Origin,
    /** The headers of the upgrade request, for clients that can set some. */
    readonly given: Given,
    readonly page: string | null,
    readonly language: string | null,
    private readonly dropped: (reason: string) => void,
  ) {}

  get open(): boolean {
    return !this.#closing && this.socket.readyState === WebSocket.OPEN;
  }

  /** Never waits for the peer: what it does not take in time waits here, bounded. */
  send(data: string): void {
    if (!this.open) return;
    if (this.socket.bufferedAmount > MAX_BUFFERED) {
      this.dropped('slow consumer');
      this.close(CLOSE.tryAgainLater, 'Too slow: reconnect and resume');
      return;
    }
    this.socket.send(data);
  }

  notify(notice: SocketNotice): void {
    if (this.noted(notice)) this.send(stringifyMessage({ type: MessageType.Ping, payload: { ...notice } }));
  }

  /** Whether it is news. */
  noted(notice: SocketNotice): boolean {
    const text = JSON.stringify(notice);
    if (text === this.#notice) return false;
    this.#notice = text;
    return true;
  }

  async leave(code: number, reason: string): Promise<void> {
    const until = performance.now() + PATIENCE_MS;
    while (this.running > 0 && this.open && performance.now() < until) await sleep(20);
    this.close(code, reason);
  }

  /** Closes with a reason and, when the peer does not answer, without it. */
  close(code: number, reason: string): void {
    if (this.#closing) return;
    this.#closing = true;
    this.socket.close(code, reason);
    const timer = setTimeout(() => this.socket.terminate(), TERMINATE_AFTER_MS);
    this.socket.once('close', () => clearTimeout(timer));
  }
}
