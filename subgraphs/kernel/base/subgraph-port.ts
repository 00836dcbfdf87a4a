// What the gateway knows of a subgraph: these ports, the same in process and over HTTP. Everything that crosses is JSON.
import type { Readable } from 'node:stream';
import type { Closed } from './actor.js';

export interface SubgraphRequest {
  query: string;
  operationName?: string | undefined;
  variables?: Record<string, unknown> | undefined;
  /** Lower-case names; carries the signed actor and the correlation id. */
  headers: Record<string, string>;
}

export interface SubgraphError {
  message: string;
  path?: (string | number)[];
  extensions?: Record<string, unknown>;
}

export interface SubgraphResult {
  data?: Record<string, unknown> | null;
  errors?: SubgraphError[];
  extensions?: {
    /** For the gateway's counts: a mutation was refused with RATE_LIMITED, whether or not its client asked for the code. */
    rateLimited?: boolean;
    /** Of what a feed streams: where in it this is, a whole number in decimal digits that grows. Alone, without data: all up to here has been told. */
    position?: string;
  };
}

/** One live stream of a subgraph. `return()` ends it at once, also while a `next()` is pending. */
export type SubgraphStream = AsyncIterableIterator<SubgraphResult>;

/**
 * Thrown by a stream that broke on its way, while its owner may have had more to say: whoever listens opens it again
 * after the last event seen.
 */
export class StreamInterrupted extends Error {
  override readonly name = 'StreamInterrupted';
}

/** Thrown instead of an answer: the subgraph cannot be reached, does not answer in time, or is not asked at the moment. */
export class SubgraphUnavailable extends Error {
  override readonly name = 'SubgraphUnavailable';

  constructor(readonly subgraph: string, readonly reason: 'unreachable' | 'timeout' | 'resting', options?: ErrorOptions) {
    super(`The subgraph ${subgraph} is unavailable (${reason})`, options);
  }
}

export interface SubgraphPort {
  execute(request: SubgraphRequest): Promise<SubgraphResult>;
  /** A stream, or a result with `errors` when the subscription is refused. */
  subscribe(request: SubgraphRequest): Promise<SubgraphStream | SubgraphResult>;
}

/** A plain HTTP route owned by a subgraph, e.g. a provider's webhook. Path parameters are written `:name`. */
export interface RouteDeclaration {
  name: string;
  subgraph: string;
  /** OPTIONS: what browsers ask before they call from a page of elsewhere. */
  method: 'GET' | 'POST' | 'PUT' | 'OPTIONS';
  path: string;
  /** Who proves the caller: the route's own signature check, or nobody (public documents such as a JWKS). */
  auth: 'signature' | 'public';
  /** Largest accepted body in bytes. */
  maxBytes: number;
  timeoutMs: number;
  /** The body is handed over as it comes, and may take so long; absent: it is read first, within half a minute. */
  streamMs?: number;
  /** Web pages of other origins may call it: those that the settings of a tenant name. */
  pages?: true;
  /** How long the answer may take from its first byte to its last, where that is more than a minute. */
  answerMs?: number;
}

export interface RouteRequest {
  params: Record<string, string>;
  query: URLSearchParams;
  headers: Record<string, string | undefined>;
  /** The raw bytes as received; empty when `oversize`. */
  body: Buffer;
  /** The body was larger than `maxBytes` and was not read to its end. The owner answers 413 and may record it. */
  oversize: boolean;
  /** Of a route with `streamMs`: the body, to be read once. Fails when the client goes away, or sends more than `maxBytes`. */
  stream?: AsyncIterable<Uint8Array>;
  ip: string | null;
  correlationId: string;
  /** The URL as the client called it, for providers that sign it. */
  url: string;
}

export interface RouteResponse {
  status: number;
  headers?: Record<string, string>;
  body?: string | Buffer | RouteStream;
}

/** A body too large to hold: sent as it is read. */
export interface RouteStream {
  stream: Readable;
  bytes: number;
}

/** Of a subgraph in this process. */
export interface RoutePort {
  handle(name: string, request: RouteRequest): Promise<RouteResponse>;
}

/** Why a credential does not hold. */
export type Refused = { ok: false; reason: 'invalid' | 'expired' | 'revoked' };

/** What identity says of a session. */
export type Authentication =
  | {
    ok: true; sub: string; tenant: string | null; session: string; permissions: string[]; epoch: number;
    /** When the session ends unless it is used. */
    expiresAt: string;
    /** When the first of these permissions ends by itself; null: none does. */
    validUntil: string | null;
    /** Why the tenant is shut to them; absent: it is not. */
    closed?: Closed;
  }
  | Refused;

/** What identity says of an API key. */
export type KeyAuthentication =
  | {
    ok: true; apiKey: string; tenant: string; permissions: string[];
    /** Addresses and networks it may be used from (CIDR); empty: from anywhere. */
    ips: string[];
    /** Null: it does not end by itself. */
    expiresAt: string | null;
    /** Why the tenant is shut to it; absent: it is not. */
    closed?: Closed;
  }
  | Refused;

/** What identity says of somebody whom a worker acts for (graph-client.ts). */
export type DelegateAuthentication =
  | {
    ok: true; sub: string | null; apiKey: string | null; tenant: string; permissions: string[]; ip: string | null; userAgent: string | null;
    /** When what was shown ends. */
    expiresAt: string;
    /** Why the tenant is shut to them; absent: it is not. */
    closed?: Closed;
  }
  | Refused;

/** Whose access changed: one session, one API key, a person in a tenant, or (nothing else given) everybody in it. */
export interface AccessChange {
  /** Null: the platform. */
  tenant: string | null;
  userId: string | null;
  sessionId: string | null;
  apiKeyId: string | null;
}

export interface AccessChanges {
  /** To be given back for what comes next. */
  cursor: string;
  /** Each change once. Null: more, or others, may have happened than can be told; whatever is remembered is to be forgotten. */
  changes: AccessChange[] | null;
}

export interface AuthenticatePort {
  /** Checks a session whose access token was already verified against the JWKS. */
  session(sessionId: string): Promise<Authentication>;
  /** Checks an API key by its SHA-256 (hex); `ip` is where it was used. */
  apiKey(hash: string, ip: string | null): Promise<KeyAuthentication>;
  /** Checks what a worker shows that acts for somebody, and what they may do now. */
  delegation(token: string): Promise<DelegateAuthentication>;
  /** What has changed since `cursor`, none of it missed, however late it was committed. Null begins. */
  changes(cursor: string | null): Promise<AccessChanges>;
  /** The public keys access tokens are verified with (RFC 7517 document). */
  jwks(): Promise<{ keys: Record<string, unknown>[] }>;
}
