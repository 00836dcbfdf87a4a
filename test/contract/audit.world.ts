// The product with its demo, whose every staged audit event is copied as it was staged: what the contract of the trail is judged by.
import { setTimeout as sleep } from 'node:timers/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { Client } from 'pg';
import { DEMO_PASSWORD } from '../../ops/demo/demo.facts.js';
import { encodeId, newId } from '../../subgraphs/kernel/base/ids.js';
import { createLogger } from '../../subgraphs/kernel/base/logger.js';
import type { StagedAudit } from '../../subgraphs/kernel/messaging/audit.js';
import { definitions } from '../../ops/composition.js';
import { tokenIn } from '../kit/identity.js';
import { startStripeStandIn } from '../../ops/standins/stripe.js';
import type { StandIn } from '../../ops/standins/standin.server.js';
import { bootPlatform, type TestPlatform } from '../kit/platform.js';
import { until } from '../kit/until.js';

export type Payload = Record<string, unknown> & { userErrors: { code: string }[] };

/** One mutation as a case performs it, and what its event must tell. */
export interface Act {
  /** Access token; absent: nobody is signed in. */
  by?: string;
  input: Record<string, unknown>;
  /** What of the payload `told` needs. */
  select?: string;
  told: (payload: Payload) => Told | Promise<Told>;
}

export interface Told {
  /** Of what was touched; null: no single one. */
  id: string | null;
  /** API id of who acts; null: nobody, who is anonymous. */
  actor: string | null;
  before?: Record<string, unknown>;
  after?: Record<string, unknown>;
  /** How many events of the same action other trails got: those of further tenants it concerns. */
  elsewhere?: number;
}

/** Prepares what the mutation needs. */
export type AuditCase = (world: AuditWorld) => Promise<Act>;
export type AuditCases = Readonly<Record<string, AuditCase>>;

export interface Captured {
  source: string;
  tenant: string | null;
  event: StagedAudit;
}

const SECRET = /password|token|code|secret/i;

const CAPTURE = ['create schema contract', 'create table contract.staged (n bigint generated always as identity, source text, tenant uuid, event jsonb)',
  `create function contract.capture() returns trigger language plpgsql security definer as $$ begin
    insert into contract.staged (source, tenant, event) values (tg_table_schema, (to_jsonb(new)->>'tenant_id')::uuid, to_jsonb(new)->'event'); return null; end $$`,
  // A subgraph that starts beside it refuses a way round that it could call.
  'revoke all on function contract.capture() from public',
  ...definitions.flatMap(({ name }) => ['audit_staging', 'platform_audit_staging'].map((table) =>
    `create trigger contract_capture after insert on ${name}.${table} for each row execute function contract.capture()`))];

export class AuditWorld {
  /** Every secret that was given to the product or came from it. */
  readonly secrets = new Set<string>();
  readonly #tokens = new Map<string, string>();
  #calls = 0;

  private constructor(readonly platform: TestPlatform, readonly admin: Client, private readonly lines: string[], private readonly stripe: StandIn) {}

  static async boot(): Promise<AuditWorld> {
    const lines: string[] = [];
    const destination = new Writable({ write: (chunk, _encoding, done) => { lines.push(String(chunk)); done(); } });
    const stripe = await startStripeStandIn();
    const platform = await bootPlatform({ config: { backups: { first: { folder: join(tmpdir(), `switchboard-contract-backups-${newId()}`) }, second: undefined, keepCount: 1, keepDays: 1, tenants: { keepCount: 1, keepDays: 1 } }, stripeUrl: stripe.url, publicUrl: 'https://app.contract.test', metaApp: { id: '1234567890', secret: 'contract-app-secret' } }, logger: createLogger({ level: 'debug', destination }) });
    const admin = new Client({ connectionString: platform.database.adminUrl });
    await admin.connect();
    for (const statement of CAPTURE) await admin.query(statement);
    return new AuditWorld(platform, admin, lines, stripe);
  }

  get log(): string {
    return this.lines.join('');
  }

  /** One mutation that stands alone in its document. @returns what it answered, and the name its events go by */
  async send(field: string, { input, by, select = '__typename' }: Pick<Act, 'input' | 'by' | 'select'>): Promise<{ payload: Payload | null; codes: unknown[]; correlationId: string }> {
    this.#learn(input);
    const Input = `${field[0]?.toUpperCase() ?? ''}${field.slice(1)}Input`;
    const correlationId = `contract-${this.#calls += 1}-${field}`;
    const response = await fetch(`${this.platform.url}/graphql`, {
      method: 'POST',
      body: JSON.stringify({ query: `mutation Contract($input: ${Input}!) { ${field}(input: $input) { ${select} userErrors { code field } } }`, variables: { input } }),
      headers: { 'content-type': 'application/json', 'user-agent': 'contract', 'x-correlation-id': correlationId, ...(by ? { authorization: `Bearer ${by}` } : {}) },
    });
    const { data, errors } = await response.json() as { data?: Record<string, Payload | null> | null; errors?: { extensions?: { code?: unknown } }[] };
    this.#learn(data);
    return { payload: data?.[field] ?? null, codes: (errors ?? []).map(({ extensions }) => extensions?.code), correlationId };
  }

  /** A mutation that must succeed. */
  async done(field: string, act: Pick<Act, 'input' | 'by' | 'select'>): Promise<Payload> {
    const { payload, codes } = await this.send(field, act);
    if (!payload || payload.userErrors.length > 0) throw new Error(`${field} was refused: ${JSON.stringify({ payload, codes })}`);
    return payload;
  }

  async query<Data>(query: string, by: string, variables: Record<string, unknown> = {}): Promise<Data> {
    const { data, errors } = await this.platform.ask(query, variables, by);
    if (errors || !data) throw new Error(JSON.stringify(errors));
    return data as Data;
  }

  /** A fresh session. */
  async session(email: string, password = DEMO_PASSWORD): Promise<{ accessToken: string; refreshToken: string }> {
    const { session } = await this.done('login', { input: { email, password }, select: 'session { accessToken refreshToken }' });
    return session as { accessToken: string; refreshToken: string };
  }

  /** The token of a session that no case ends. */
  async token(email: string): Promise<string> {
    const token = this.#tokens.get(email) ?? (await this.session(email)).accessToken;
    this.#tokens.set(email, token);
    return token;
  }

  /** API ids of the session and the person of an access token. */
  of(accessToken: string): { session: string; user: string } {
    const { sid, sub } = JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString('utf8')) as { sid: string; sub: string };
    return { session: encodeId('sess', sid), user: sub.startsWith('user_') ? sub : encodeId('user', sub) };
  }

  async userId(email: string): Promise<string> {
    const { rows } = await this.admin.query<{ id: string }>('select id from identity.account where email = $1', [email]);
    return encodeId('user', rows[0]?.id ?? '');
  }

  async roleId(name: string): Promise<string> {
    const { roles } = await this.query<{ roles: { nodes: { id: string; name: string }[] } }>('{ roles(first: 100) { nodes { id name } } }', await this.token('owner@demo.test'));
    return roles.nodes.find((role) => role.name === name)?.id ?? '';
  }

  /** The secret of the newest mail to somebody after the first `count`. */
  async link(to: string, count = 0): Promise<string> {
    await until(async () => (await this.platform.mails(to)).length > count, `a mail to ${to}`);
    const secret = tokenIn((await this.platform.mails(to)).at(-1)?.text ?? '');
    this.secrets.add(secret);
    return secret;
  }

  /** What was staged under a correlation id. An event of its own transaction may come a moment after the answer. */
  async captured(correlationId: string): Promise<Captured[]> {
    for (let look = 0; ; look += 1) {
      const { rows } = await this.admin.query<Captured>(`select source, tenant, event from contract.staged where event->>'correlationId' = $1 order by n`, [correlationId]);
      if (rows.length > 0 || look === 20) return rows;
      await sleep(50);
    }
  }

  async everything(): Promise<Captured[]> {
    return (await this.admin.query<Captured>('select source, tenant, event from contract.staged order by n')).rows;
  }

  /** Every row of every table of the trail, as text. */
  async auditRows(): Promise<string> {
    const { rows: tables } = await this.admin.query<{ name: string }>(`select format('%I.%I', table_schema, table_name) as name from information_schema.tables
      where table_name like '%audit%' and table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`);
    const texts: string[] = [];
    for (const { name } of tables) texts.push(...(await this.admin.query<{ row: string }>(`select t::text as row from ${name} t`)).rows.map(({ row }) => row));
    return texts.join('\n');
  }

  async stop(): Promise<void> {
    await this.admin.end();
    await this.platform.stop();
    await this.stripe.close();
  }

  #learn(value: unknown, name = ''): void {
    if (typeof value === 'string' && SECRET.test(name) && value.length > 5 && !/^[A-Z_]+$/.test(value)) this.secrets.add(value);
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) this.#learn(inner, Array.isArray(value) ? name : key);
  }
}
