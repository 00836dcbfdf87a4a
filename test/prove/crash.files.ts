// Files and tokens in the crash proof: one life of each, whose process is killed at every point on its way. Each start goes on with what the kill before left.
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEMO_INBOX } from '../../ops/demo/demo.facts.js';
import { whatsappTextDelivery } from '../../ops/standins/sign-webhook.js';
import type { SentMessage } from '../../ops/standins/meta-graph.js';
import type { AttachmentCrashPoint } from '../../subgraphs/conversations/attachment/attachment.crash.js';
import type { ConnectionCrashPoint } from '../../subgraphs/conversations/connection/connection.crash.js';
import { operation } from '../kit/client.js';
import { PNG, base64Of, hexOf, mediaBody } from '../kit/media.js';
import type { CrashWorld } from './crash.world.js';

const FROM = '15552999999';
/** What the stand-in lets be connected. */
const CONNECTED = '106540352242999';
const SETTLED_MS = 30_000;
const { phoneNumberId } = DEMO_INBOX;

export type LifePoint = AttachmentCrashPoint | ConnectionCrashPoint | 'send:answered';

/** Of the product that is asked for them. */
export const LIFE_SETTINGS = { SWITCHBOARD_META_APP_ID: '1234567890', SWITCHBOARD_META_APP_SECRET: 'crash-app-secret' };

/** What leads to each point, in the order of a life. Repeated after a kill, each goes on. */
const DEMANDS: Record<LifePoint, (life: Life) => Promise<unknown>> = {
  'media:claimed': (life) => life.receive(),
  'media:fetched': (life) => life.receive(),
  'media:written': (life) => life.receive(),
  'media:recorded': (life) => life.receive(),
  'upload:received': (life) => life.upload(),
  'upload:written': (life) => life.upload(),
  'upload:recorded': (life) => life.upload(),
  'send:answered': (life) => life.send(),
  'token:exchanged': (life) => life.tokenEnds(),
  'token:kept': (life) => life.tokenEnds(),
  'connect:redeemed': (life) => life.agree(),
  'connect:granted': (life) => life.agree(),
  'connect:made': (life) => life.connect(),
  'media:removed': (life) => life.takeBack(),
};

/** One point of each kind of damage: each takes seconds. */
const SMALL: readonly LifePoint[] = ['media:fetched', 'media:written', 'upload:written', 'send:answered', 'token:exchanged', 'connect:made'];

export const lifePoints = (small: boolean): LifePoint[] => (Object.keys(DEMANDS) as LifePoint[]).filter((point) => !small || SMALL.includes(point));

interface Finished { inbox: { id: string; state: string; externalId: string } | null; subscription: { passed: boolean } | null; userErrors: unknown[] }

/** A customer's file, one of staff's that is sent, the token of the inbox, and one more inbox that is connected. */
export class Life {
  readonly faults: string[] = [];
  #conversationId = '';
  #received = false;
  #upload: { id: string; path: string } | null = null;
  #sentId: string | null = null;
  #agreed: { connectionId: string; token: string } | null = null;
  readonly #killed = new Set<LifePoint>();

  private constructor(private readonly world: CrashWorld) {}

  static async begin(world: CrashWorld): Promise<Life> {
    const life = new Life(world);
    for (const id of ['7001', '7002']) await fetch(`${world.provider.url}/_media/${id}`, { method: 'PUT', body: Uint8Array.from(PNG), headers: { 'content-type': 'image/png' } });
    await world.deliver(whatsappTextDelivery({ phoneNumberId, from: FROM, name: FROM, id: `wamid.${FROM}`, text: `hello ${FROM}` }));
    await world.quiet();
    const { conversations } = await world.ask<{ conversations: { nodes: { id: string; lastMessage: { text: string } | null }[] } }>(operation('conversation-list'), { first: 100 });
    life.#conversationId = conversations.nodes.find(({ lastMessage }) => lastMessage?.text === `hello ${FROM}`)?.id ?? '';
    return life;
  }

  demand(point: LifePoint): Promise<unknown> {
    this.#killed.add(point);
    return DEMANDS[point](this);
  }

  /** The customer's file comes, or comes again where its job was killed. */
  async receive(): Promise<void> {
    if (!this.#received) await this.world.deliver(mediaBody('wamid.file', 'image', { id: '7001', mime_type: 'image/png', sha256: base64Of(PNG) }, FROM));
    this.#received = true;
    await this.#lapse();
  }

  /** @returns the HTTP status; null when the process died of it */
  async upload(): Promise<number | null> {
    this.#upload ??= await this.#announce();
    await this.#lapse();
    const { path } = this.#upload;
    return this.#unlessDead(async () => (await fetch(`${this.world.product.url}${path}`, { method: 'PUT', body: Uint8Array.from(PNG), headers: { 'content-type': 'image/png' } })).status);
  }

  async #announce(): Promise<{ id: string; path: string }> {
    const input = { conversationId: this.#conversationId, fileName: 'picture.png', mimeType: 'image/png', size: PNG.length };
    const { attachmentUpload: { attachment, uploadUrl, userErrors } } = await this.world.ask<{ attachmentUpload: { attachment: { id: string } | null; uploadUrl: string; userErrors: unknown[] } }>(operation('attachment-upload'), { input });
    if (!attachment) throw new Error(`attachmentUpload: ${JSON.stringify(userErrors)}`);
    return { id: attachment.id, path: new URL(uploadUrl, this.world.product.url).pathname };
  }

  /** The file of staff is sent, whatever became of its upload. */
  async send(): Promise<void> {
    const status = await this.upload();
    if (status !== 200 && status !== 409) throw new Error(`The upload was answered with ${status}.`);
    const input = { conversationId: this.#conversationId, media: { attachmentIds: [this.#upload?.id] }, idempotencyKey: 'file' };
    const answer = await this.#unlessDead(() => this.world.ask<{ messageSend: { message: { id: string } | null; userErrors: unknown[] } }>(operation('message-send'), { input }));
    if (answer && !answer.messageSend.message) throw new Error(`messageSend: ${JSON.stringify(answer.messageSend.userErrors)}`);
    this.#sentId = answer?.messageSend.message?.id ?? this.#sentId;
  }

  /** As it would be when the token is old, and six hours after it was last tried. */
  async tokenEnds(): Promise<void> {
    await this.world.rows(`update conversations.inbox set token_expires_at = now() + interval '1 day', token_tried_at = null where key = $1`, [DEMO_INBOX.key]);
  }

  /** The dialogue, from its beginning to the browser's return. */
  async agree(): Promise<void> {
    const { inboxConnectBegin: { connectionId, url } } = await this.world.ask<{ inboxConnectBegin: { connectionId: string; url: string } }>(operation('inbox-connect-begin'), { input: { channel: 'WHATSAPP' } });
    const back = new URL((await fetch(url, { redirect: 'manual' })).headers.get('location') ?? '');
    const location = await this.#unlessDead(async () => (await fetch(`${this.world.product.url}${back.pathname}${back.search}`, { redirect: 'manual' })).headers.get('location'));
    const token = location && new URLSearchParams(new URL(location).hash.slice(1)).get('token');
    this.#agreed = token ? { connectionId, token } : null;
  }

  async connect(): Promise<Finished | null> {
    if (!this.#agreed) await this.agree();
    const input = { ...this.#agreed, externalId: CONNECTED };
    return this.#unlessDead(async () => (await this.world.ask<{ inboxConnectFinish: Finished }>(operation('inbox-connect-finish'), { input })).inboxConnectFinish);
  }

  /** Another file of the customer's, who then takes its message back. */
  async takeBack(): Promise<void> {
    await this.world.deliver(mediaBody('wamid.gone', 'image', { id: '7002', mime_type: 'image/png', sha256: base64Of(PNG) }, FROM));
    await this.#until(`select 1 from conversations.attachment a join conversations.message m on m.tenant_id = a.tenant_id and m.id = a.message_id where m.external_id = 'wamid.gone' and a.state = 'STORED'`, 1, 'the second file is stored');
    const body = JSON.parse(whatsappTextDelivery({ phoneNumberId, from: FROM, name: FROM, id: 'wamid.revoke', text: 'x' })) as { entry: { changes: { value: { messages: object[] } }[] }[] };
    Object.assign(body.entry[0]?.changes[0]?.value.messages[0] ?? {}, { type: 'revoke', revoke: { original_message_id: 'wamid.gone' } });
    await this.world.deliver(JSON.stringify(body));
  }

  /** After the last start: everything comes to its end, and is asked about. */
  async end(): Promise<void> {
    await this.receive();
    await this.send();
    if (this.#killed.has('token:exchanged') && !this.#killed.has('token:kept')) await this.tokenEnds();
    const connected = await this.connect();
    this.#equal('the connection', [connected?.inbox?.state, connected?.inbox?.externalId, connected?.subscription?.passed], ['ACTIVE', CONNECTED, true]);
    await this.#until(`select 1 from conversations.attachment where state in ('WAITING', 'FETCHING', 'GONE')`, 0, 'every file has come to its end');
    await this.#until(`select 1 from conversations.inbox where key = $1 and token_expires_at < now() + interval '30 days'`, 0, 'the token was exchanged', [DEMO_INBOX.key]);
    await this.world.quiet();
    await this.#checkFiles();
    await this.#checkSends();
    this.#equal('inboxes with the connected number', (await this.world.rows('select 1 from conversations.inbox where external_id = $1', [CONNECTED])).length, 1);
  }

  async #checkFiles(): Promise<void> {
    const rows = await this.world.rows<{ source: string; state: string; key: string; sha256: string; taken: boolean }>(
      `select source, state, storage_key as key, sha256, message_id is not null as taken from conversations.attachment order by source`);
    this.#equal('files', rows.map(({ source, state, sha256, taken }) => [source, state, sha256, taken]), [['CHANNEL', 'STORED', hexOf(PNG), true], ['UPLOAD', 'STORED', hexOf(PNG), true]]);
    const keys = rows.map(({ key }) => key).toSorted();
    this.#equal('files that are counted', (await this.world.rows<{ key: string }>('select key from conversations.stored_file order by key')).map(({ key }) => key), keys);
    const there = this.world.filesUnder('media');
    this.#equal('files on the disk', there.map(({ key }) => key), keys);
    for (const { key, bytes } of there) this.#equal(`the bytes of ${key}`, createHash('sha256').update(bytes).digest('hex'), hexOf(PNG));
  }

  /** The file was sent once, and what is sent now goes with the token there is now. */
  async #checkSends(): Promise<void> {
    const pictures = (await this.#taken()).filter(({ body }) => (body as { type?: string }).type === 'image');
    this.#equal('pictures the provider took', pictures.length, 1);
    const [{ status = '' } = {}] = await this.world.rows<{ status: string }>(`select status from conversations.message where author_kind = 'USER' and type = 'IMAGE'`);
    this.#equal('the picture', status, this.#killed.has('send:answered') ? 'UNCONFIRMED' : 'SENT');
    this.#equal('the client was told of one message', this.#sentId === null, false);
    await this.world.send(this.#conversationId, 'after all', 'after-all');
    await this.world.quiet();
    // With `--only` it may be that nobody was killed over a token, and none was exchanged.
    const exchanged = [...this.#killed].some((point) => point.startsWith('token:'));
    const after = (await this.#taken()).filter(({ body }) => (body as { text?: { body: string } }).text?.body === 'after all');
    this.#equal('the token of what is sent afterwards', after.map(({ authorization }) => authorization.replace(/\+\d+$/, '+longer')), [`Bearer ${DEMO_INBOX.accessToken}${exchanged ? '+longer' : ''}`]);
  }

  async #taken(): Promise<SentMessage[]> {
    const all = await (await fetch(`${this.world.provider.url}/_sent`)).json() as SentMessage[];
    return all.filter(({ body }) => (body as { to?: string }).to === FROM);
  }

  /** As it would be a minute later: whoever held a file is taken to be dead. */
  async #lapse(): Promise<void> {
    await this.world.rows(`update conversations.attachment set due_at = now() - interval '1 minute' where state = 'FETCHING'`);
  }

  async #until(sql: string, count: number, what: string, values: unknown[] = []): Promise<void> {
    for (const end = Date.now() + SETTLED_MS; (await this.world.rows(sql, values)).length !== count;) {
      if (Date.now() > end) throw new Error(`Not within ${SETTLED_MS / 1000} s: ${what}.\n${this.world.product.logs()}`);
      await sleep(50);
    }
  }

  /** A broken connection is what a kill looks like from outside; anything else is a fault of the product. */
  async #unlessDead<T>(request: () => Promise<T>): Promise<T | null> {
    try {
      return await request();
    } catch (error) {
      if (!(error as Error).message.match(/^(fetch failed|terminated)$/)) throw error;
      return null;
    }
  }

  #equal(what: string, found: unknown, wanted: unknown): void {
    const [left, right] = [found, wanted].map((value) => JSON.stringify(value));
    if (left !== right) this.faults.push(`${what}: ${left} instead of ${right}`);
  }
}
