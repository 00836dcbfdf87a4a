// Identity alone with known people and a clock that tests turn; callers act as the gateway would let them.
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { Client, Pool } from 'pg';
import { ActorVerifier, type Actor } from '../../subgraphs/kernel/base/actor.js';
import type { Clock } from '../../subgraphs/kernel/base/clock.js';
import { readConfig } from '../../subgraphs/kernel/base/config.js';
import { newId } from '../../subgraphs/kernel/base/ids.js';
import { silentLogger } from '../../subgraphs/kernel/base/logger.js';
import type { AuthenticatePort, SubgraphResult } from '../../subgraphs/kernel/base/subgraph-port.js';
import { Envelope } from '../../subgraphs/kernel/crypto/envelope.js';
import { environmentMasterKey } from '../../subgraphs/kernel/crypto/master-key.js';
import { tenantScope } from '../../subgraphs/kernel/data/scope.js';
import { startSubgraph, type RunningSubgraph } from '../../subgraphs/kernel/graphql/boot.js';
import type { StagedAudit } from '../../subgraphs/kernel/messaging/audit.js';
import { demoIdentity } from '../../subgraphs/identity/demo.js';
import { contentAddress, type MailContent } from '../../subgraphs/identity/mail/mail.service.js';
import { authenticatePort } from '../../subgraphs/identity/public.js';
import type { IdentityServices } from '../../subgraphs/identity/services.js';
import { identity, identityWith } from '../../subgraphs/identity/subgraph.js';
import { bootSubgraph, TEST_MASTER_KEY, type TestSubgraph } from './subgraph.js';
import { until } from './until.js';

export const PASSWORD = 'switchboard-demo-only';
/** Identity's own, and some of other subgraphs. */
export const KNOWN_PERMISSIONS = [
  ...Object.keys(identity.definition.permissions), 'conversation:read', 'conversation:send', 'order:read', 'system:admin',
];
export const AURORA = newId();
export const RIVAL = newId();

/** What the known tenants are granted: a tier that stands in no test's way. Others have what the smallest gives. */
const LIMITS = { version: 1, tier: 'ENTERPRISE', features: ['API_KEYS'], anchor: '2026-11-01T00:00:00.000Z', ceilings: { USERS: null }, offers: {} };

const person = <const Role>(email: string, role: Role) => ({ email, displayName: email.split('@')[0] ?? email, role });

export const DEMO = {
  tenants: [
    {
      tenantId: AURORA, name: 'Trattoria Aurora', limits: LIMITS,
      people: [person('owner@demo.test', 'OWNER'), person('viewer@demo.test', 'VIEWER'), person('both@demo.test', 'AGENT')],
    },
    { tenantId: RIVAL, name: 'Bistro Rival', limits: LIMITS, people: [person('owner@rival.test', 'OWNER'), person('both@demo.test', 'VIEWER')] },
  ],
  platform: [person('root@demo.test', 'SUPER_ADMIN')],
  password: PASSWORD,
};

export interface Tokens {
  accessToken: string;
  accessTokenExpiresAt: string;
  refreshToken: string;
}
export interface StagedRow {
  tenant: string | null;
  event: StagedAudit;
}

export interface OpenedMail extends MailContent {
  home: string;
  id: string;
  kind: string;
  /** The secret of its link; empty when it has none. */
  token: string;
}

/** The secret of the link in a mail's text. */
export const tokenIn = (text: string): string => /#token=([\w-]+)/.exec(text)?.[1] ?? '';

export const LOGIN = `mutation ($input: LoginInput!) { login(input: $input) {
  session { accessToken accessTokenExpiresAt refreshToken } mfaChallenge { token }
  userErrors { __typename message code field ... on TenantChoiceRequired { tenantIds } } } }`;
export const REFRESH = `mutation ($input: SessionRefreshInput!) { sessionRefresh(input: $input) {
  session { accessToken refreshToken } userErrors { __typename message code field } } }`;

interface TurnableClock extends Clock {
  instant: Date;
}

const MODULE = identityWith(() => KNOWN_PERMISSIONS);

export class TestIdentity {
  readonly port: AuthenticatePort;
  /** Kept open: a connection costs more than what tests ask through it. */
  readonly #behind: Pool;

  private constructor(
    readonly subject: TestSubgraph<IdentityServices>,
    readonly userIds: Map<string, string>,
    private readonly clock: TurnableClock,
  ) {
    this.port = authenticatePort(subject.running.services);
    this.#behind = new Pool({ connectionString: subject.database.adminUrl, max: 2 });
  }

  static async boot(): Promise<TestIdentity> {
    const clock: TurnableClock = { instant: new Date('2026-11-21T09:00:00.000Z'), now: () => new Date(clock.instant) };
    const subject = await bootSubgraph(MODULE, { clock });
    return new TestIdentity(subject, await demoIdentity(subject.running.services, DEMO), clock);
  }

  get now(): Date {
    return this.clock.now();
  }

  advance(milliseconds: number): void {
    this.clock.instant = new Date(this.clock.instant.getTime() + milliseconds);
  }

  /** Runs `work` while the clock goes on by so much with each look at it. */
  async ticking<T>(milliseconds: number, work: () => Promise<T>): Promise<T> {
    const { now } = this.clock;
    this.clock.now = () => {
      this.advance(milliseconds);
      return new Date(this.clock.instant);
    };
    try {
      return await work();
    } finally {
      this.clock.now = now;
    }
  }

  /** Identity as another process on the same database would run it. */
  sibling(): Promise<RunningSubgraph<IdentityServices>> {
    return startSubgraph(MODULE, {
      databaseUrl: this.subject.database.urls.app['identity'] ?? '', maxConnections: 2,
      bus: this.subject.bus, clock: this.clock, logger: silentLogger,
      config: readConfig({ LOG_LEVEL: 'silent', NODE_ENV: 'test' }), verifier: new ActorVerifier(this.subject.keys.publicKey),
      masterKey: environmentMasterKey(TEST_MASTER_KEY),
    });
  }

  login(input: Record<string, unknown>): Promise<SubgraphResult> {
    return this.subject.ask(LOGIN, { input });
  }

  /** @param client who presents it; the client of `login` when absent */
  refresh(refreshToken: string, client?: Actor): Promise<SubgraphResult> {
    return this.subject.ask(REFRESH, { input: { refreshToken } }, client);
  }

  /** Tokens of a login that must succeed. */
  async signIn(email: string, tenantId?: string, password = PASSWORD): Promise<Tokens> {
    const { data, errors } = await this.login({ email, password, ...(tenantId ? { tenantId } : {}) });
    const session = (data?.['login'] as { session: Tokens | null } | undefined)?.session;
    if (!session) throw new Error(`No session: ${JSON.stringify({ data, errors })}`);
    return session;
  }

  /** The session a token names, once its signature holds. */
  async sessionOf(accessToken: string): Promise<string> {
    const keys = createLocalJWKSet(await this.port.jwks() as unknown as JSONWebKeySet);
    const { payload } = await jwtVerify(accessToken, keys, {
      algorithms: ['EdDSA'], issuer: 'switchboard', audience: 'switchboard', currentDate: this.now,
    });
    return String(payload['sid']);
  }

  /** The actor the gateway makes of a token. */
  async actorOf(accessToken: string): Promise<Actor> {
    const answer = await this.port.session(await this.sessionOf(accessToken));
    if (!answer.ok) throw new Error(`The session is ${answer.reason}.`);
    const { sub, tenant, session, permissions, epoch } = answer;
    return { kind: 'user', sub, apiKey: null, tenant, session, permissions, epoch, ip: '127.0.0.1', userAgent: 'test' };
  }

  /** Rows behind the walls. */
  async rows<Row extends object>(query: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.#behind.query<Row>(query, values)).rows;
  }

  /**
   * Holds rows from another connection while `meanwhile` is under way.
   * @param query takes the locks
   * @param meanwhile starts what is to wait for them, one call or several; they are let go once all of them do
   */
  async holding<T>(query: string, values: unknown[], meanwhile: (() => Promise<T>)[]): Promise<T[]> {
    const client = new Client({ connectionString: this.subject.database.adminUrl });
    await client.connect();
    try {
      await client.query('begin');
      await client.query(query, values);
      const running: Promise<T>[] = [];
      for (const start of meanwhile) {
        running.push(start());
        await until(async () => (await this.rows(
          `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`)).length >= running.length, 'a call waits for a row that is held');
      }
      await client.query('commit');
      return await Promise.all(running);
    } finally {
      await client.end();
    }
  }

  /** Staged audit events of `action`, oldest first. */
  audit(action: string): Promise<StagedRow[]> {
    return this.rows<StagedRow>(
      `select * from (select tenant_id as tenant, event, id from identity.audit_staging
        union all select null, event, id from identity.platform_audit_staging) as staged
        where event->>'action' = $1 order by id`, [action]);
  }

  /** Mails that wait for `to`, opened, oldest first. Nothing sends them here. */
  async mails(to: string): Promise<OpenedMail[]> {
    const queued = await this.rows<{ home: string; id: string; kind: string; sealed: Buffer }>(
      `select tenant_id as home, id, kind, sealed from identity.mail where state = 'QUEUED' order by id`);
    const envelope = new Envelope('identity', environmentMasterKey(TEST_MASTER_KEY));
    const opened = await Promise.all(queued.map(({ home, id, kind, sealed }) =>
      this.subject.running.database.inScope(tenantScope(home), async (tx) => {
        const content = JSON.parse(await envelope.open(tx, contentAddress(home, id), sealed)) as MailContent;
        return { home, id, kind, ...content, token: tokenIn(content.text) };
      }, { readOnly: true })));
    return opened.filter((mail) => mail.to === to);
  }

  async close(): Promise<void> {
    await this.#behind.end();
    await this.subject.close();
  }
}
