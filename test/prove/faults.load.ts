// The outside world while things break: a provider that delivers until it is answered, agents that repeat with the same key, readers.
import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEMO_INBOX } from '../../ops/demo/demo.facts.js';
import { signMetaBody, whatsappTextDelivery } from '../../ops/standins/sign-webhook.js';
import { operation } from '../kit/client.js';
import { askGraph, asked, judgeWebhook, type Verdict } from './faults.answers.js';

const PAUSE_MS = 150;
const REPEAT_MS = 200;
/** Once everything is mended, whoever still repeats is answered within this time. */
const LAST_WORD_MS = 45_000;
/** Providers repeat now and then what was acknowledged: each so many-th delivery. */
const REPEATED = 5;

export interface Customer {
  whatsappId: string;
  name: string;
  /** Of the conversation that the customer began. */
  conversationId: string;
}

export interface LoadOptions {
  url: string;
  accessToken: () => string;
}

export interface Counts {
  requests: number;
  /** Not answered whole while something was broken. */
  failed: number;
  /** Of those, what was refused in words, by what was asked. */
  refused: Record<Asked, number>;
  /** Answers that nothing excuses. */
  wrong: string[];
}

export type Asked = 'delivery' | 'send' | 'read';

const nothing = (): Counts => ({ requests: 0, failed: 0, refused: { delivery: 0, send: 0, read: 0 }, wrong: [] });

/** One signed delivery of the demo inbox. */
export const deliverTo = (url: string, body: string): Promise<Verdict> => asked(`${url}/webhooks/whatsapp/${DEMO_INBOX.key}`, {
  method: 'POST', body, headers: { 'content-type': 'application/json', 'x-hub-signature-256': signMetaBody(body, DEMO_INBOX.appSecret) },
}, judgeWebhook);

export class Load {
  /** The provider's ids of messages whose delivery was acknowledged. */
  readonly delivered: string[] = [];
  /** What agents were told they had sent. */
  readonly answered: { id: string; text: string }[] = [];
  /** Nothing is broken now: what is asked and answered meanwhile must be whole. */
  calm = false;
  /** Characters that every text carries beyond its own words. */
  padding = 0;
  counts = nothing();
  #clients: Promise<void>[] = [];
  #over: AbortController = new AbortController();
  #deadline = Number.POSITIVE_INFINITY;
  #texts = 0;

  constructor(private readonly options: LoadOptions) {}

  /** @param recipients to whom staff write, so many that none is written to faster than a channel lets */
  begin(customers: readonly Customer[], recipients: readonly Customer[]): void {
    this.#over = new AbortController();
    this.#deadline = Number.POSITIVE_INFINITY;
    const read = (): Promise<unknown> => this.#ask('read', () => askGraph(this.options.url, operation('conversation-list'), { first: 10 }, this.options.accessToken()));
    this.#clients = [
      ...customers.map((customer) => this.#client(() => this.write(customer))),
      ...[0, 1].map((agent) => {
        const own = recipients.filter((_recipient, index) => index % 2 === agent);
        let turn = 0;
        return this.#client(async () => {
          const recipient = own[turn++ % own.length];
          if (recipient) await this.#reply(recipient);
        });
      }),
      this.#client(read), this.#client(read),
    ];
  }

  /** Everybody has the answer to the last thing they asked. */
  async end(): Promise<void> {
    this.#deadline = Date.now() + LAST_WORD_MS;
    this.#over.abort();
    await Promise.all(this.#clients);
  }

  /** What was counted since it was asked the last time. */
  counted(): Counts {
    const { counts } = this;
    this.counts = nothing();
    return counts;
  }

  /** A message of a customer, delivered with the same bytes until it is acknowledged. @returns its text */
  async write({ whatsappId: from, name }: Pick<Customer, 'whatsappId' | 'name'>): Promise<string> {
    const text = this.#text(`${from} writes`);
    const id = `wamid.${randomBytes(12).toString('hex')}`;
    const body = whatsappTextDelivery({ phoneNumberId: DEMO_INBOX.phoneNumberId, from, name, id, text });
    if (!await this.#until('delivery', () => deliverTo(this.options.url, body), `the delivery of "${text.slice(0, 60)}"`)) return text;
    this.delivered.push(id);
    if (this.delivered.length % REPEATED === 0) await this.#ask('delivery', () => deliverTo(this.options.url, body));
    return text;
  }

  async #reply({ whatsappId, conversationId }: Customer): Promise<void> {
    const text = this.#text(`to ${whatsappId}`);
    const variables = { input: { conversationId, text, idempotencyKey: randomUUID() } };
    const answer = await this.#until('send', () => askGraph(this.options.url, operation('message-send'), variables, this.options.accessToken()), `the sending of "${text.slice(0, 60)}"`);
    if (!answer) return;
    const { message, userErrors } = answer.data['messageSend'] as { message: { id: string } | null; userErrors: unknown[] };
    if (message) this.answered.push({ id: message.id, text });
    else this.counts.wrong.push(`messageSend: ${JSON.stringify(userErrors)}`);
  }

  #text(words: string): string {
    this.#texts += 1;
    return `${words} ${this.#texts}${this.padding > 0 ? ` ${randomBytes(this.padding / 2).toString('hex')}` : ''}`;
  }

  /** Asks the same again until the answer is whole; null when that never came. */
  async #until(kind: Asked, request: () => Promise<Verdict>, what: string): Promise<(Verdict & { kind: 'whole' }) | null> {
    for (;;) {
      const answer = await this.#ask(kind, request);
      if (answer.kind === 'whole') return answer;
      if (Date.now() > this.#deadline) {
        this.counts.wrong.push(`never answered: ${what}`);
        return null;
      }
      await sleep(REPEAT_MS);
    }
  }

  async #ask(what: Asked, request: () => Promise<Verdict>): Promise<Verdict> {
    const calm = this.calm;
    this.counts.requests += 1;
    const answer = await request();
    if (answer.kind === 'wrong') this.counts.wrong.push(answer.why);
    else if (answer.kind !== 'whole') {
      if (calm && this.calm) this.counts.wrong.push(`not whole though nothing was broken: ${JSON.stringify(answer).slice(0, 300)}`);
      else this.counts.failed += 1;
      if (answer.kind === 'refused') this.counts.refused[what] += 1;
    }
    return answer;
  }

  async #client(turn: () => Promise<unknown>): Promise<void> {
    while (!this.#over.signal.aborted) {
      await turn();
      await sleep(PAUSE_MS, undefined, { signal: this.#over.signal }).catch(() => undefined);
    }
  }
}
