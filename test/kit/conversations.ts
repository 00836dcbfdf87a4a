// Conversations alone with one inbox, a clock that tests turn and, where they send, the stand-in of Meta's Graph API.
import { Pool } from 'pg';
import { startMetaGraphStandIn, type MetaGraphStandIn, type ScriptedAnswer, type SentMessage } from '../../ops/standins/meta-graph.js';
import { signMetaBody, whatsappStatusDelivery, whatsappTextDelivery, type WhatsappStatus, type WhatsappText } from '../../ops/standins/sign-webhook.js';
import { encodeId, newId } from '../../subgraphs/kernel/base/ids.js';
import type { Actor } from '../../subgraphs/kernel/base/actor.js';
import type { Clock } from '../../subgraphs/kernel/base/clock.js';
import type { Config } from '../../subgraphs/kernel/base/config.js';
import type { RouteRequest, RouteResponse, SubgraphResult } from '../../subgraphs/kernel/base/subgraph-port.js';
import type { ChannelName } from '../../subgraphs/conversations/channel/channel.port.js';
import type { ConversationsServices } from '../../subgraphs/conversations/services.js';
import { conversations } from '../../subgraphs/conversations/subgraph.js';
import { unreadInboxes } from '../../subgraphs/conversations/webhook-delivery/webhook-delivery.read.js';
import { bootSubgraph, person, type TestSubgraph } from './subgraph.js';

export const APP_SECRET = 'test-secret';
export const VERIFY_TOKEN = 'test-verify';
export const NUMBER = '106540352242922';
export const INBOX_KEY = 'test-inbox';

const SEND = `mutation ($input: MessageSendInput!) { messageSend(input: $input) { message { id seq status text } userErrors { __typename code field } } }`;

/** The time of day, as far ahead as a test turned it. */
export class TestClock implements Clock {
  #ahead = 0;
  now = (): Date => new Date(Date.now() + this.#ahead);

  advance(milliseconds: number): void {
    this.#ahead += milliseconds;
  }
}

export class TestConversations {
  readonly agent: Actor;

  private constructor(
    readonly subject: TestSubgraph<ConversationsServices>, readonly admin: Pool, readonly clock: TestClock, readonly standIn: MetaGraphStandIn | null,
    readonly tenantId: string, readonly inboxId: string,
  ) {
    this.agent = person(tenantId, ['conversation:read', 'conversation:create']);
  }

  static async boot({ sending = false, config = {} }: { sending?: boolean; config?: Partial<Config> } = {}): Promise<TestConversations> {
    const clock = new TestClock();
    const standIn = sending ? await startMetaGraphStandIn() : null;
    const subject = await bootSubgraph(conversations, { clock, config: { metaGraphUrl: standIn?.url, metaApp: standIn ? { id: '1234567890', secret: 'test-app-secret' } : undefined, metaVerifyToken: 'test-app-verify-token', ...config } });
    const admin = new Pool({ connectionString: subject.database.adminUrl, max: 2 });
    const tenantId = newId();
    const inboxId = await createInbox(subject, tenantId, INBOX_KEY);
    return new TestConversations(subject, admin, clock, standIn, tenantId, inboxId);
  }

  get services(): ConversationsServices {
    return this.subject.running.services;
  }

  createInbox(tenantId: string, key: string, externalId = NUMBER, channel: ChannelName = 'WHATSAPP'): Promise<string> {
    return createInbox(this.subject, tenantId, key, externalId, channel);
  }

  /** Rows behind the walls. */
  async rows<Row extends object = Record<string, unknown>>(query: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.admin.query<Row>(query, values)).rows;
  }

  async count(table: string): Promise<number> {
    return Number((await this.rows(`select count(*) as n from conversations.${table}`))[0]?.['n']);
  }

  receive(body: string | Buffer, changed: Partial<RouteRequest> = {}): Promise<RouteResponse> {
    return this.subject.running.routes.port.handle('webhookReceive', {
      params: { channel: 'whatsapp', inboxKey: INBOX_KEY }, query: new URLSearchParams(), headers: { 'x-hub-signature-256': signMetaBody(body, APP_SECRET) }, body: Buffer.from(body),
      oversize: false, ip: '127.0.0.1', correlationId: 'test-delivery', url: `http://127.0.0.1/webhooks/whatsapp/${INBOX_KEY}`, ...changed,
    });
  }

  /** Stores a delivery and reads it, as the job would. */
  async deliver(body: string, changed: Partial<RouteRequest> = {}): Promise<void> {
    const { status } = await this.receive(body, changed);
    if (status !== 200) throw new Error(`The delivery was answered ${status}.`);
    await this.ingestAll();
  }

  /** Runs what the workers would: inboxes in which something is unread, then what has failed. */
  async ingestAll(): Promise<void> {
    for (const inbox of await unreadInboxes()(this.admin)) while (await this.services.reader.read(inbox) > 0);
    for (const { tenant_id, id } of await this.waiting()) await this.services.ingest.ingest(tenant_id, id);
  }

  waiting(): Promise<{ tenant_id: string; id: string }[]> {
    return this.rows(`select tenant_id, id from conversations.webhook_delivery where status = 'RECEIVED' order by received_at, id`);
  }

  /** How many wait for somebody's lock in this database; of others on the same server nothing is counted. */
  async blocked(): Promise<number> {
    return (await this.rows(`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`)).length;
  }

  async text(id: string, text: string, from = '15550001111', name = 'Ana'): Promise<void> {
    await this.deliver(textBody({ id, text, from, name, timestamp: Math.floor(this.clock.now().getTime() / 1000) }));
  }

  /** A conversation with one incoming message. @returns its UUID */
  async conversation(from: string): Promise<string> {
    await this.text(`wamid.first.${from}`, 'Hello', from, `Contact ${from}`);
    const [row] = await this.rows<{ id: string }>(`select c.id from conversations.conversation c
      join conversations.contact_identity i on i.contact_id = c.contact_id where i.external_id = $1`, [from]);
    return row?.id ?? '';
  }

  /** A conversation of Messenger, in an inbox of its own, with one incoming message. @returns its UUID */
  async messengerConversation(from: string, channel: 'MESSENGER' | 'INSTAGRAM' = 'MESSENGER'): Promise<string> {
    const [slug, object] = channel === 'MESSENGER' ? ['messenger', 'page'] : ['instagram', 'instagram'];
    const key = `${slug}-of-${from}`;
    const inboxId = await this.createInbox(this.tenantId, key, '1900', channel);
    const timestamp = this.clock.now().getTime();
    await this.deliver(JSON.stringify({ object, entry: [{ id: '1900', time: timestamp, messaging: [
      { sender: { id: from }, recipient: { id: '1900' }, timestamp, message: { mid: `m_first.${from}`, text: 'Hello' } }] }] }), { params: { channel: slug, inboxKey: key } });
    return (await this.rows<{ id: string }>('select id from conversations.conversation where inbox_id = $1', [inboxId]))[0]?.id ?? '';
  }

  /** An approved template without places, as if it had been fetched. */
  async addTemplate(name: string, text: string, { tenantId = this.tenantId, inboxId = this.inboxId } = {}): Promise<void> {
    const form = { header: null, body: text, footer: null, buttons: [], slots: [] };
    await this.admin.query(`insert into conversations.message_template (tenant_id, inbox_id, name, language, external_id, category, status, form, synced_at)
      values ($1, $2, $3, 'en', $3, 'UTILITY', 'APPROVED', $4, now())`, [tenantId, inboxId, name, JSON.stringify(form)]);
    if (this.standIn) await fetch(`${this.standIn.url}/_templates`, { method: 'PUT', body: JSON.stringify({ any: [{ id: name, name, language: 'en', category: 'UTILITY', status: 'APPROVED', components: [{ type: 'BODY', text }] }] }) });
  }

  /** Queues a message. @returns its UUID */
  async queue(conversationId: string, text: string): Promise<string> {
    const input = { conversationId: encodeId('conv', conversationId), text, idempotencyKey: newId() };
    const { data, errors } = await this.subject.ask(SEND, { input }, this.agent);
    if (errors || !(data?.['messageSend'] as { message: unknown }).message) throw new Error(`Not queued: ${JSON.stringify({ data, errors })}`);
    return (await this.rows<{ id: string }>('select id from conversations.message where conversation_id = $1 order by seq desc limit 1', [conversationId]))[0]?.id ?? '';
  }

  drain(conversationId: string): Promise<number> {
    return this.services.outbound.drain(this.tenantId, conversationId);
  }

  /** Where a message stands: its own row and the ledger's. */
  async standing(messageId: string): Promise<Record<string, unknown>> {
    const [row] = await this.rows(`select m.status, m.external_id, m.error_code, m.error_title, o.state, o.attempts, o.refusal
      from conversations.message m join conversations.outbound o on o.message_id = m.id where m.id = $1`, [messageId]);
    return row ?? {};
  }

  async script(answers: ScriptedAnswer[]): Promise<void> {
    const answer = await fetch(`${this.standIn?.url}/_next`, { method: 'PUT', body: JSON.stringify(answers) });
    if (!answer.ok) throw new Error(await answer.text());
  }

  /** What the provider took, oldest first. */
  async taken(): Promise<SentMessage[]> {
    return await (await fetch(`${this.standIn?.url}/_sent`)).json() as SentMessage[];
  }

  /** Texts the provider took, oldest first. */
  async sent(): Promise<string[]> {
    return (await this.taken()).map(({ body }) => (body as { text: { body: string } }).text.body);
  }

  ask(query: string, variables: Record<string, unknown> = {}, actor = this.agent): Promise<SubgraphResult> {
    return this.subject.ask(query, variables, actor);
  }

  async close(): Promise<void> {
    await this.admin.end();
    await this.subject.close();
    await this.standIn?.close();
  }
}

function createInbox(subject: TestSubgraph<ConversationsServices>, tenantId: string, key: string, externalId = NUMBER, channel: ChannelName = 'WHATSAPP'): Promise<string> {
  return subject.running.services.inboxes.create(tenantId, {
    key, name: key, channel, credentials: { appSecret: APP_SECRET, verifyToken: VERIFY_TOKEN, accessToken: 'test-token', externalId },
  });
}

export const textBody = (text: Omit<WhatsappText, 'phoneNumberId'>): string => whatsappTextDelivery({ ...text, phoneNumberId: NUMBER });
export const statusBody = (status: Omit<WhatsappStatus, 'phoneNumberId' | 'recipient'>): string =>
  whatsappStatusDelivery({ ...status, phoneNumberId: NUMBER, recipient: '15550001111' });

/** One delivery of several messages and statuses, as Meta batches them. */
export function batchBody(texts: Omit<WhatsappText, 'phoneNumberId'>[], statuses: Omit<WhatsappStatus, 'phoneNumberId' | 'recipient'>[] = []): string {
  type Delivery = { entry: { id: string; changes: unknown[] }[] };
  const parts = [...texts.map(textBody), ...statuses.map(statusBody)].map((body) => JSON.parse(body) as Delivery);
  return JSON.stringify({ object: 'whatsapp_business_account', entry: [{ id: '1', changes: parts.flatMap(({ entry }) => entry.flatMap(({ changes }) => changes)) }] });
}
