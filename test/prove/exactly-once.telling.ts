// Who tells the product the corpus, once: a provider that delivers in any order and twice now and then, staff that write, and reports of what they sent.
import { setTimeout as sleep } from 'node:timers/promises';
import { whatsappDelivery } from '../../ops/standins/sign-webhook.js';
import type { SentMessage } from '../../ops/standins/meta-graph.js';
import { bodyOf, messagingBody, type Corpus, type Delivery, type Send } from './exactly-once.corpus.js';
import { CHANNELS, type CorpusChannel } from './exactly-once.shapes.js';
import { referenceOf, textOf } from './exactly-once.evidence.js';
import { messagingDelivered, messagingEcho } from './exactly-once.messaging.js';
import { report } from './exactly-once.whatsapp.js';
import type { OnceWorld, Run } from './exactly-once.world.js';
import { shuffled, type Random } from './seeded.js';

/** Requests of one telling that are under way at a time. */
const AT_ONCE = 4;
/** Of ten deliveries, so many come twice at the same moment. */
const TWICE = 0.25;

type Task = () => Promise<void>;

export class Telling {
  readonly #bodies = new Set<string>();
  readonly #reported = new Set<string>();
  readonly #waiting: Task[] = [];
  /** Released, and not begun. */
  readonly #later: Task[] = [];
  readonly #running = new Set<Promise<void>>();
  readonly #conversations = new Map<string, string>();
  #failure: unknown = null;

  constructor(private readonly world: OnceWorld, readonly run: Run, private readonly corpus: Corpus, private readonly random: Random, private readonly longAgo: number) {}

  /** Different deliveries made: equal bytes are one. */
  get deliveries(): number {
    return this.#bodies.size;
  }

  /** What everything else needs: staff's customers have written. */
  async begin(): Promise<void> {
    await Promise.all(this.corpus.first.map((delivery) => this.#deliver(delivery)));
    await this.world.quiet([this.run]);
    for (const channel of CHANNELS) {
      const known = await this.world.rows<{ customer: string; id: string }>(`select n.external_id as customer, c.id from conversations.conversation c
        join conversations.contact_identity n on n.tenant_id = c.tenant_id and n.contact_id = c.contact_id where c.inbox_id = $1`, [this.run.inboxes[channel].id]);
      for (const { customer, id } of known) this.#conversations.set(`${channel} ${customer}`, id);
    }
    const tasks = shuffled(this.corpus.any, this.random).map((delivery): Task => async () => {
      await Promise.all(Array.from({ length: this.random() < TWICE ? 2 : 1 }, () => this.#deliver(delivery)));
    });
    // So that whoever is to die at a send finds one in every part.
    const { sends } = this.corpus;
    for (const [index, send] of sends.entries()) tasks.splice(Math.round((index + 0.5) * (tasks.length / sends.length)), 0, () => this.#send(send));
    this.#waiting.push(...tasks);
  }

  /** The whole corpus as it happened: each delivery is read before the next one comes. */
  async inOrder(): Promise<void> {
    await this.begin();
    this.#waiting.length = 0;
    await Promise.all(CHANNELS.map(async (channel) => {
      for (const delivery of this.corpus.any.filter((one) => one.channel === channel)) {
        await this.#deliver(delivery);
        await this.world.read(this.run, channel);
      }
    }));
    for (const send of this.corpus.sends) await this.#send(send);
    await this.settle();
    for (const delivery of this.corpus.last) {
      await this.#deliver(delivery);
      await this.world.read(this.run, delivery.channel);
    }
    await this.world.quiet([this.run]);
  }

  /** Lets one of `parts` equal parts of what is left begin. */
  release(parts: number): void {
    for (const task of this.#waiting.splice(0, Math.ceil(this.#waiting.length / parts))) this.#later.push(task);
    this.#fill();
  }

  #fill(): void {
    while (this.#running.size < AT_ONCE) {
      const task = this.#later.shift();
      if (!task) return;
      const running = task().catch((error: unknown) => { this.#failure ??= error; }).finally(() => {
        this.#running.delete(running);
        this.#fill();
      });
      this.#running.add(running);
    }
  }

  /** All that was released is answered. */
  get idle(): boolean {
    return this.#running.size === 0 && this.#later.length === 0;
  }

  /** @throws what went wrong meanwhile */
  async answered(): Promise<void> {
    while (!this.idle) await Promise.all(this.#running);
    if (this.#failure !== null) throw this.#failure;
  }

  /** What the provider says of the messages it took since it was asked the last time, in any order. */
  async reportTaken(): Promise<void> {
    const taken = (await this.taken()).filter(({ id }) => !this.#reported.has(id));
    const told = taken.flatMap((message) => {
      this.#reported.add(message.id);
      return this.#reportsOf(message);
    });
    await Promise.all(shuffled(told, this.random).map(({ channel, body }) => this.#post(channel, body)));
  }

  /** Nothing waits any more, and the provider has said all it has to say. */
  async settle(): Promise<void> {
    await this.world.quiet([this.run]);
    await this.reportTaken();
    await this.world.quiet([this.run]);
  }

  /** What can only come now. */
  async end(): Promise<void> {
    await Promise.all(shuffled(this.corpus.last, this.random).map((delivery) => this.#deliver(delivery)));
    await this.world.quiet([this.run]);
  }

  /** The same, but of each message that comes under two names the second one only when whoever reads the first is at it. */
  async endApart(pauseMs: number): Promise<void> {
    for (const half of [0, 1]) {
      await Promise.all(this.corpus.last.filter((_delivery, index) => index % 2 === half).map((delivery) => this.#deliver(delivery)));
      if (half === 0) await sleep(pauseMs);
    }
    await this.world.quiet([this.run]);
  }

  async taken(): Promise<SentMessage[]> {
    const accounts = new Set(CHANNELS.map((channel) => this.run.inboxes[channel].account));
    return (await this.world.taken()).filter(({ phoneNumberId }) => accounts.has(phoneNumberId));
  }

  #reportsOf(message: SentMessage): { channel: CorpusChannel; body: string }[] {
    const send = this.corpus.sends.find(({ text }) => text === textOf(message));
    if (!send) return [];
    const { channel, customer, reports } = send;
    const { account } = this.run.inboxes[channel];
    const reference = referenceOf(message);
    if (channel === 'WHATSAPP') {
      return reports.map((state) => ({ channel, body: whatsappDelivery(account, { statuses: [report(message.id, state, this.longAgo, { biz_opaque_callback_data: reference })] }) }));
    }
    const events = [messagingEcho(customer, message.id, send.text, reference, this.longAgo), ...(reports.includes('delivered') ? [messagingDelivered(customer, message.id, this.longAgo)] : [])];
    return events.map((event) => ({ channel, body: messagingBody(channel, [event], account) }));
  }

  #deliver(delivery: Delivery): Promise<void> {
    return this.#post(delivery.channel, bodyOf(delivery, this.run.inboxes[delivery.channel].account));
  }

  #post(channel: CorpusChannel, body: string): Promise<void> {
    this.#bodies.add(`${channel} ${body}`);
    return this.world.deliver(this.run, channel, body);
  }

  #send({ channel, customer, text }: Send): Promise<void> {
    const conversation = this.#conversations.get(`${channel} ${customer}`);
    if (conversation === undefined) throw new Error(`${customer} has no conversation.`);
    return this.world.send(conversation, text, `${this.run.name}/${text}`.replaceAll(' ', '-'));
  }
}
