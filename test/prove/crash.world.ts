// The world around the crash proof: one data folder, the provider's stand-in, a subscriber that outlives every kill, and who talks to it.
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { DEMO_INBOX } from '../../ops/demo/demo.facts.js';
import { startMetaGraphStandIn, type MetaGraphStandIn, type SentMessage } from '../../ops/standins/meta-graph.js';
import { whatsappStatusDelivery, whatsappTextDelivery } from '../../ops/standins/sign-webhook.js';
import { decodeId } from '../../subgraphs/kernel/base/ids.js';
import { InboxFollower, ask, deliver, demoInboxId, operation, signIn } from '../kit/client.js';
import { killDatabase, openBackdoor, startProduct, type Product } from '../kit/product.js';
import type { Trial } from './crash.expectations.js';

const { phoneNumberId } = DEMO_INBOX;
const UNCONFIRMED_AFTER_SECONDS = '2';
const TOKEN_AGE_MS = 5 * 60_000;
/** The lease of a writer, and what it takes to write anew. */
const EXPORT_MS = 90_000;
const QUIET_MS = 30_000;

/** Nothing waits: every outbox, delivery, send, report and audit row has been dealt with. */
const WAITING = `select (select count(*) from conversations.outbox) + (select count(*) from identity.outbox) + (select count(*) from tenancy.outbox)
    + (select count(*) from commerce.outbox) + (select count(*) from compliance.outbox) as outbox,
  (select count(*) from conversations.webhook_delivery where status = 'RECEIVED') as deliveries,
  (select count(*) from conversations.outbound where state in ('INTENT', 'RETRY', 'ATTEMPTED')) as sends,
  (select count(*) from conversations.audit_staging) + (select count(*) from identity.audit_staging) + (select count(*) from identity.platform_audit_staging)
    + (select count(*) from conversations.platform_audit_staging) + (select count(*) from compliance.audit_staging)
    + (select count(*) from compliance.platform_audit_staging) as audit`;

export interface Person {
  from: string;
  conversationId: string;
  /** The provider's id of the welcome that was sent to this person beforehand. */
  welcomeId: string;
}

/** One delivery of Meta's with two messages of a person and a report about the welcome. */
export function batch({ from, welcomeId }: Person, label: string): string {
  const text = (number: number): string => whatsappTextDelivery({ phoneNumberId, from, name: label, id: `wamid.${from}.${number}`, text: `${label} ${number}` });
  const [whole, second] = [text(1), text(2)].map((body) => JSON.parse(body) as Envelope);
  const report = JSON.parse(whatsappStatusDelivery({ phoneNumberId, id: welcomeId, status: 'delivered', recipient: from })) as Envelope;
  if (!whole || !second) throw new Error('A delivery has an entry.');
  Object.assign(valueOf(whole), { messages: [valueOf(whole).messages, valueOf(second).messages].flat(), statuses: valueOf(report).statuses });
  return JSON.stringify(whole);
}

interface Envelope { entry: [{ changes: [{ value: { messages?: unknown[]; statuses?: unknown[] } }] }] }
const valueOf = (body: Envelope) => body.entry[0].changes[0].value;

export class CrashWorld {
  readonly people = new Map<Trial, Person>();
  readonly #dataDir: string;
  #product: Product | null = null;
  #token: { text: string; at: number } | null = null;
  #backdoor: Client | null = null;

  private constructor(private readonly code: string, readonly provider: MetaGraphStandIn, private readonly settings: Record<string, string>, private follower: InboxFollower | null = null) {
    this.#dataDir = mkdtempSync(join(tmpdir(), 'switchboard-crash-'));
    // As root PostgreSQL runs as another user, who must be able to enter.
    chmodSync(this.#dataDir, 0o711);
  }

  /** A world in which each trial has its own conversation: the person wrote, and got a welcome that was sent. */
  static async open(code: string, trials: readonly Trial[], settings: Record<string, string> = {}): Promise<CrashWorld> {
    const world = new CrashWorld(code, await startMetaGraphStandIn(), settings);
    try {
      await world.start();
      await world.#populate(trials);
      return world;
    } catch (error) {
      await world.close();
      throw error;
    }
  }

  get product(): Product {
    if (!this.#product) throw new Error('The product does not run.');
    return this.#product;
  }

  get subscriber(): InboxFollower {
    if (!this.follower) throw new Error('The subscriber comes after the first start.');
    return this.follower;
  }

  /** Starts the product on the data as it is; the subscriber goes on after its last cursor. */
  async start(crashAt?: string): Promise<Product> {
    const product = await startProduct({
      code: this.code, dataDir: this.#dataDir,
      // Dozens of starts of the same code: compiling it once is enough.
      env: { NODE_COMPILE_CACHE: join(this.code, 'compile-cache'), META_GRAPH_URL: this.provider.url, UNCONFIRMED_AFTER_SECONDS, ...this.settings, ...(crashAt ? { SWITCHBOARD_CRASH_AT: crashAt } : {}) },
    });
    this.#product = product;
    this.#backdoor ??= await openBackdoor(this.#dataDir);
    // Signing in writes an audit event, which an armed collector would die of before the trial begins.
    if (!this.#token || (!crashAt && Date.now() - this.#token.at > TOKEN_AGE_MS)) this.#token = { text: await signIn(product.url, 'owner@demo.test'), at: Date.now() };
    this.follower ??= new InboxFollower(await demoInboxId(product.url, this.#token.text));
    await this.follower.connect(product.wsUrl, this.#token.text);
    return product;
  }

  /** SIGKILL from outside where the product did not kill itself. */
  async kill(options: { database?: boolean } = {}): Promise<void> {
    this.follower?.disconnect();
    if (this.#product) {
      try {
        process.kill(this.#product.pid, 'SIGKILL');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
      await this.#product.exited;
      this.#product = null;
    }
    if (!options.database) return;
    await this.#backdoor?.end();
    this.#backdoor = null;
    await killDatabase(this.#dataDir, 'SIGKILL');
  }

  ask<Data>(query: string, variables: Record<string, unknown>): Promise<Data> {
    return ask<Data>(this.product.url, query, variables, this.#token?.text);
  }

  /** As a client that repeats with the same key: the id of the message. */
  async send(conversationId: string, text: string, idempotencyKey: string): Promise<string> {
    const { messageSend } = await this.ask<{ messageSend: { message: { id: string } | null; userErrors: unknown[] } }>(
      operation('message-send'), { input: { conversationId, text, idempotencyKey } });
    if (!messageSend.message) throw new Error(`messageSend: ${JSON.stringify(messageSend.userErrors)}`);
    return messageSend.message.id;
  }

  /** As a client that repeats with the same key: the id of the export. */
  async requestExport(idempotencyKey: string): Promise<string> {
    const { auditExportRequest } = await this.ask<{ auditExportRequest: { auditExport: { id: string } | null; userErrors: unknown[] } }>(
      operation('audit-export-request'), { input: { format: 'JSON_LINES', idempotencyKey } });
    if (!auditExportRequest.auditExport) throw new Error(`auditExportRequest: ${JSON.stringify(auditExportRequest.userErrors)}`);
    return auditExportRequest.auditExport.id;
  }

  /** The same of an export of a list: of the customer's conversation, as a person reads it. */
  async requestListExport(idempotencyKey: string, conversationId: string): Promise<string> {
    const operation = 'query ($id: ID!) { conversation(id: $id) { messages { nodes { id seq } } } }';
    const { exportCreate } = await this.ask<{ exportCreate: { export: { id: string } | null; userErrors: unknown[] } }>(
      'mutation ($input: ExportCreateInput!) { exportCreate(input: $input) { export { id } userErrors { message } } }',
      { input: { operation, variables: { id: conversationId }, format: 'JSON_LINES', idempotencyKey } });
    if (!exportCreate.export) throw new Error(`exportCreate: ${JSON.stringify(exportCreate.userErrors)}`);
    return exportCreate.export.id;
  }

  /** What is wrong with an export whose writer was killed: another one takes it over when the lease has ended, and leaves one file. */
  async exported(id: string): Promise<string[]> {
    const [uuid, table] = id.startsWith('exp_') ? [decodeId('exp', id) ?? '', 'data_export'] : [decodeId('aexp', id) ?? '', 'audit_export'];
    for (const end = Date.now() + EXPORT_MS; ; await sleep(250)) {
      const [row] = await this.rows<{ state: string }>(`select state from compliance.${table} where id = $1`, [uuid]);
      const files = readdirSync(join(this.#dataDir, 'files'), { recursive: true, encoding: 'utf8' }).filter((name) => name.includes(uuid));
      if (row?.state === 'READY' && files.length === 1) return [];
      if (Date.now() > end) return [`the export is ${row?.state ?? 'not there'} after ${EXPORT_MS / 1_000} s, with ${files.length} files: ${files.join(', ')}`];
    }
  }

  /** By their keys, in order: whole ones, and drafts that a kill has left. */
  filesUnder(folder: string): { key: string; bytes: Buffer }[] {
    const root = join(this.#dataDir, 'files');
    return readdirSync(join(root, folder), { recursive: true, withFileTypes: true, encoding: 'utf8' }).filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name)).map((path) => ({ key: relative(root, path), bytes: readFileSync(path) })).toSorted((a, b) => (a.key < b.key ? -1 : 1));
  }

  async deliver(body: string): Promise<void> {
    const status = await deliver(this.product.url, body);
    if (status !== 200) throw new Error(`The webhook was answered with ${status}.`);
  }

  async rows<Row>(sql: string, values: unknown[] = []): Promise<Row[]> {
    if (!this.#backdoor) throw new Error('The database is not open.');
    return (await this.#backdoor.query(sql, values)).rows as Row[];
  }

  /** Where the ledger has the last message to this person; undefined when there is none but the welcome. */
  async ledger({ conversationId }: Person): Promise<string | undefined> {
    const rows = await this.rows<{ state: string }>(
      'select state from conversations.outbound where conversation_id = $1 and seq > 2', [decodeId('conv', conversationId)]);
    return rows[0]?.state;
  }

  /** What the provider took, by the id of our message. */
  async taken(messageId: string): Promise<SentMessage[]> {
    const all = await (await fetch(`${this.provider.url}/_sent`)).json() as SentMessage[];
    return all.filter(({ body }) => (body as { biz_opaque_callback_data?: string }).biz_opaque_callback_data === messageId);
  }

  /** @throws with what still waits after half a minute */
  async quiet(): Promise<void> {
    const end = Date.now() + QUIET_MS;
    for (;;) {
      const [left] = await this.rows<Record<string, string>>(WAITING);
      if (left && Object.values(left).every((count) => count === '0')) return;
      if (Date.now() > end) throw new Error(`Something is stuck: ${JSON.stringify(left)}\n${this.product.logs()}`);
      await sleep(25);
    }
  }

  async #populate(trials: readonly Trial[]): Promise<void> {
    const froms = trials.map((_trial, index) => `1555200${String(index).padStart(4, '0')}`);
    for (const from of froms) await this.deliver(whatsappTextDelivery({ phoneNumberId, from, name: from, id: `wamid.${from}.0`, text: `hello ${from}` }));
    await this.quiet();
    const { conversations } = await this.ask<{ conversations: { nodes: { id: string; lastMessage: { text: string } }[] } }>(operation('conversation-list'), { first: 100 });
    for (const [index, trial] of trials.entries()) {
      const from = froms[index] ?? '';
      const conversationId = conversations.nodes.find(({ lastMessage }) => lastMessage.text === `hello ${from}`)?.id;
      if (!conversationId) throw new Error(`The greeting of ${from} did not become a conversation.`);
      const welcome = await this.send(conversationId, 'welcome', `welcome-${from}`);
      this.people.set(trial, { from, conversationId, welcomeId: welcome });
    }
    await this.quiet();
    for (const person of this.people.values()) {
      const [taken, ...more] = await this.taken(person.welcomeId);
      if (!taken || more.length > 0) throw new Error(`The welcome of ${person.from} was sent ${taken ? 'more than once' : 'never'}.`);
      person.welcomeId = taken.id;
    }
  }

  /** Ends what runs and removes every trace. */
  async close(): Promise<void> {
    await this.kill();
    await this.#backdoor?.end();
    this.#backdoor = null;
    await killDatabase(this.#dataDir, 'SIGQUIT');
    await this.provider.close();
    rmSync(this.#dataDir, { recursive: true, force: true });
  }
}
