// For tests of the gateway: a gateway over subgraphs behind real ports, real access tokens, and a client's view of it.
import { composeServices } from '@apollo/composition';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { GraphQLError, graphql, parse, subscribe, type ExecutionResult, type GraphQLSchema } from 'graphql';
import { createClient, type Client } from 'graphql-ws';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import { randomUUID } from 'node:crypto';
import type { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { WebSocket } from 'ws';
import { ACTOR_HEADER, ActorVerifier, generateActorKeys, type Actor } from '../subgraphs/kernel/base/actor.js';
import { apiKeyHash, newApiKey } from '../subgraphs/kernel/base/api-key.js';
import type { ApiUsage } from '../subgraphs/kernel/base/api-usage.js';
import type { Clock } from '../subgraphs/kernel/base/clock.js';
import { unsigned } from '../subgraphs/kernel/base/errors.js';
import { createLogger } from '../subgraphs/kernel/base/logger.js';
import { Metrics } from '../subgraphs/kernel/base/metrics.js';
import type { AnnouncedWindow, SettingsChange, SettingsInForce, SettingsPort } from '../subgraphs/kernel/base/settings-port.js';
import type {
  AccessChange, AuthenticatePort, Authentication, DelegateAuthentication, KeyAuthentication, RouteDeclaration, RoutePort, RouteRequest, RouteResponse, SubgraphPort, SubgraphRequest, SubgraphResult,
  SubgraphStream,
} from '../subgraphs/kernel/base/subgraph-port.js';
import { startGateway, type Gateway, type GatewayOptions } from './server.js';

export const TENANT = '018f0000-0000-7000-8000-000000000001';
/** Of a tenant that has set nothing. */
export const FREE: SettingsInForce = { ipAllow: [], ipDeny: [], origins: [], perMinute: { person: null, apiKey: null }, apiKeys: true, live: true, maintenance: null, windows: [] };

type Resolvers = Parameters<typeof buildSubgraphSchema>[0] extends infer M ? M extends { resolvers?: infer R } ? R : never : never;
type Definition = { sdl: string; resolvers: unknown };

export class World {
  readonly supergraphSdl: string;
  readonly actorKeys = generateActorKeys();
  readonly metrics = new Metrics();
  readonly logged: string[] = [];
  readonly logger = createLogger({
    level: 'info', destination: new PassThrough().setEncoding('utf8').on('data', (line: string) => this.logged.push(line)),
  });
  readonly clock: Clock = { now: () => new Date(Date.now() + this.ahead) };
  readonly fetches: SubgraphRequest[] = [];
  readonly routes: RouteDeclaration[] = [];
  readonly handled: RouteRequest[] = [];
  /** Streams that nobody has left. */
  readonly live = new Set<SubgraphStream>();
  readonly sessions = new Map<string, Authentication>();
  /** By the key itself. */
  readonly apiKeys = new Map<string, KeyAuthentication>();
  /** What gateways follow. */
  readonly changes: AccessChange[] = [];
  /** What tenants have set, by tenant. */
  readonly tenantSettings = new Map<string, SettingsInForce>();
  readonly settingsChanges: SettingsChange[] = [];
  /** What is announced to everybody. */
  announced: AnnouncedWindow[] = [];
  settingsChecks = 0;
  settingsFail = false;
  /** Counts that gateways handed over. */
  readonly usage: ApiUsage[] = [];
  sessionChecks = 0;
  keyChecks: (string | null)[] = [];
  authenticationFails = false;
  changesFail = false;
  ready = true;
  /** Milliseconds the gateway's clock is ahead. */
  ahead = 0;
  respond: (name: string, request: RouteRequest) => Promise<RouteResponse> = async () => ({ status: 200, body: 'ok' });
  readonly routePort: RoutePort = {
    handle: (name, request) => {
      this.handled.push(request);
      return this.respond(name, request);
    },
  };
  /** What workers show that act for somebody. */
  readonly delegations = new Map<string, DelegateAuthentication>();
  readonly authenticate: AuthenticatePort = {
    session: async (id) => {
      this.sessionChecks += 1;
      if (this.authenticationFails) throw new Error('no database');
      return this.sessions.get(id) ?? { ok: false, reason: 'invalid' };
    },
    apiKey: async (hash, ip) => {
      this.keyChecks.push(ip);
      if (this.authenticationFails) throw new Error('no database');
      const [, answer] = [...this.apiKeys].find(([key]) => apiKeyHash(key) === hash) ?? [];
      return answer ?? { ok: false, reason: 'invalid' };
    },
    delegation: async (token) => this.delegations.get(token) ?? { ok: false, reason: 'invalid' },
    changes: async (cursor) => {
      if (this.authenticationFails || this.changesFail) throw new Error('no changes');
      return { cursor: String(this.changes.length), changes: cursor === null ? null : this.changes.slice(Number(cursor)) };
    },
    jwks: async () => ({ keys: [{ ...(await exportJWK((await this.signingKeys).publicKey)), kid: 'one', alg: 'EdDSA', use: 'sig' }] }),
  };
  readonly settings: SettingsPort = {
    settings: async (tenant) => {
      this.settingsChecks += 1;
      if (this.settingsFail) throw new Error('no settings');
      return this.tenantSettings.get(tenant) ?? FREE;
    },
    knowsOrigin: async (origin) => {
      if (this.settingsFail) throw new Error('no settings');
      return [...this.tenantSettings.values()].some(({ origins }) => origins.includes(origin));
    },
    announced: async () => {
      if (this.settingsFail) throw new Error('no settings');
      return this.announced;
    },
    changes: async (cursor) => {
      if (this.settingsFail) throw new Error('no settings');
      return { cursor: String(this.settingsChanges.length), changes: cursor === null ? null : this.settingsChanges.slice(Number(cursor)) };
    },
  };
  readonly #schemas: Record<string, GraphQLSchema>;
  /** What access tokens are signed with; the public half is published as `one`. */
  readonly signingKeys = generateKeyPair('EdDSA', { extractable: true });
  readonly ports: Record<string, SubgraphPort>;
  readonly #gateways: Gateway[] = [];
  readonly #clients: Client[] = [];

  constructor(definitions: Record<string, Definition>, readonly emitter: EventEmitter) {
    const services = Object.entries(definitions).map(([name, { sdl }]) => ({ name, typeDefs: parse(sdl), url: `local://${name}` }));
    const { supergraphSdl, errors } = composeServices(services);
    if (!supergraphSdl) throw new Error(`The fixture does not compose: ${String(errors)}`);
    this.supergraphSdl = supergraphSdl;
    this.#schemas = Object.fromEntries(Object.entries(definitions).map(([name, { sdl, resolvers }]) =>
      [name, buildSubgraphSchema([{ typeDefs: parse(sdl), resolvers: resolvers as Resolvers }])]));
    this.ports = Object.fromEntries(Object.keys(definitions).map((name) => [name, this.#port(name)]));
  }

  async gateway(more: Partial<GatewayOptions> = {}): Promise<Gateway> {
    const gateway = await startGateway({
      host: '127.0.0.1', port: 0, supergraphSdl: this.supergraphSdl,
      subgraphs: this.ports,
      routes: { declarations: this.routes, port: () => this.routePort },
      authenticate: this.authenticate,
      settings: this.settings,
      apiUsage: { report: async (usage) => { this.usage.push(...usage); } },
      actorKey: this.actorKeys.privateKey,
      logger: this.logger, metrics: this.metrics, clock: this.clock,
      health: {
        ready: async () => [{ name: 'demo', ok: this.ready }],
        database: async () => [{ name: 'database', ok: true }],
      },
      ...more,
    });
    this.#gateways.push(gateway);
    return gateway;
  }

  /** A signed-in session and its access token. */
  async signIn(options: { tenant?: string; permissions?: string[]; expiresIn?: number; audience?: string; kid?: string; validUntil?: Date } = {}):
  Promise<{ token: string; session: string; sub: string; authorization: string }> {
    const [session, sub] = [randomUUID(), randomUUID()];
    this.sessions.set(session, {
      ok: true, sub, tenant: options.tenant ?? TENANT, session, permissions: options.permissions ?? ['person:read'], epoch: 1,
      expiresAt: new Date(Date.now() + 3_600_000).toISOString(), validUntil: options.validUntil?.toISOString() ?? null,
    });
    const token = await new SignJWT({ sid: session })
      .setProtectedHeader({ alg: 'EdDSA', kid: options.kid ?? 'one', typ: 'JWT' })
      .setIssuer('switchboard').setAudience(options.audience ?? 'switchboard').setIssuedAt()
      .setExpirationTime(Math.floor(Date.now() / 1000) + (options.expiresIn ?? 600))
      .sign((await this.signingKeys).privateKey);
    return { token, session, sub, authorization: `Bearer ${token}` };
  }

  /** What identity does when a session is ended, or its rights change: the answer, and the word that it is another now. */
  change(session: string, answer: Authentication): void {
    const before = this.sessions.get(session);
    this.sessions.set(session, answer);
    const [tenant, userId] = before?.ok ? [before.tenant, before.sub] : [null, null];
    this.changes.push({ tenant, userId, sessionId: session, apiKeyId: null });
  }

  /** What tenancy does when a tenant changes its settings. */
  set(tenant: string, settings: Partial<SettingsInForce>): void {
    this.tenantSettings.set(tenant, { ...FREE, ...settings });
    this.settingsChanges.push({ tenant });
  }

  /** An API key of the tenant. */
  issueKey(more: { permissions?: string[]; ips?: string[]; expiresAt?: string } = {}): { key: string; id: string } {
    const [key, id] = [newApiKey('test'), randomUUID()];
    this.apiKeys.set(key, {
      ok: true, apiKey: id, tenant: TENANT, permissions: more.permissions ?? ['person:read'], ips: more.ips ?? [], expiresAt: more.expiresAt ?? null,
    });
    return { key, id };
  }

  revokeKey(key: string): void {
    const before = this.apiKeys.get(key);
    this.apiKeys.set(key, { ok: false, reason: 'revoked' });
    if (before?.ok) this.changes.push({ tenant: before.tenant, userId: null, sessionId: null, apiKeyId: before.apiKey });
  }

  socket(gateway: Gateway, init: Record<string, unknown> = {}, more: Partial<Parameters<typeof createClient>[0]> = {}): Client {
    const client = createClient({
      url: gateway.wsUrl, webSocketImpl: WebSocket, connectionParams: init, retryAttempts: 0, onNonLazyError: () => undefined, ...more,
    });
    this.#clients.push(client);
    return client;
  }

  /** The lines logged at error level. */
  get failures(): Record<string, unknown>[] {
    return this.logged.flatMap((chunk) => chunk.split('\n')).filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ level }) => level === 50);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.dispose()));
    await Promise.all(this.#gateways.map((gateway) => gateway.drain()));
  }

  #port(name: string): SubgraphPort {
    const verifier = new ActorVerifier(this.actorKeys.publicKey);
    const schema = this.#schemas[name];
    if (!schema) throw new Error(`No subgraph ${name}`);
    const argsOf = (request: SubgraphRequest, actor: Actor) => ({
      schema, operationName: request.operationName, variableValues: request.variables, contextValue: { actor },
    });
    const admit = (request: SubgraphRequest): Actor | SubgraphResult => {
      this.fetches.push(request);
      return verifier.verify(request.headers[ACTOR_HEADER], new Date()) ?? { errors: [asJson(unsigned())] };
    };
    return {
      execute: async (request) => {
        const actor = admit(request);
        if (!('kind' in actor)) return actor;
        return asJson(await graphql({ ...argsOf(request, actor), source: request.query }));
      },
      subscribe: async (request) => {
        const actor = admit(request);
        if (!('kind' in actor)) return actor;
        const opened = await subscribe({ ...argsOf(request, actor), document: parse(request.query) });
        if (!(Symbol.asyncIterator in opened)) return asJson(opened);
        const upstream = new Upstream(opened, () => {
          this.live.delete(upstream);
          this.emitter.emit('upstream closed', request.query);
        });
        this.live.add(upstream);
        return upstream;
      },
    };
  }
}

/** A subgraph's stream as the port promises it: `return()` settles a pending `next()`. */
class Upstream implements SubgraphStream {
  readonly #ended = Promise.withResolvers<IteratorResult<SubgraphResult, undefined>>();

  constructor(private readonly source: AsyncIterator<ExecutionResult>, private readonly closed: () => void) {}

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<SubgraphResult, undefined>> {
    const pulled = this.source.next().then((result): IteratorResult<SubgraphResult, undefined> =>
      result.done ? { done: true, value: undefined } : { done: false, value: asJson(result.value) });
    return Promise.race([pulled, this.#ended.promise]);
  }

  async return(): Promise<IteratorResult<SubgraphResult, undefined>> {
    this.#ended.resolve({ done: true, value: undefined });
    this.closed();
    return { done: true, value: undefined };
  }
}

const asJson = (value: ExecutionResult | GraphQLError): SubgraphResult & { message: string } =>
  JSON.parse(JSON.stringify(value)) as SubgraphResult & { message: string };

export interface Response<T = Record<string, unknown>> {
  data?: T | null;
  errors?: { message: string; path?: (string | number)[]; locations?: unknown; extensions: Record<string, unknown> }[];
  extensions?: unknown;
}

/** One operation over HTTP, as a client sends it. */
export async function ask(
  gateway: Gateway, query: string, options: { authorization?: string; variables?: unknown; headers?: Record<string, string> } = {},
): Promise<{ status: number; headers: Headers; body: Response }> {
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(options.authorization ? { authorization: options.authorization } : {}),
      ...options.headers,
    },
    body: JSON.stringify({ query, variables: options.variables }),
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Response };
}

export const firstError = (body: unknown) => (body as Response).errors?.[0];
