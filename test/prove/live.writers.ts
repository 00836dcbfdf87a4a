// Who writes while the live proof cuts and kills: customers through signed webhooks, staff through messageSend, at either gateway, until they are answered.
import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { signMetaBody, whatsappTextDelivery } from '../../ops/standins/sign-webhook.js';
import { operation } from '../kit/client.js';
import { askGraph, asked, judgeWebhook, type Verdict } from './faults.answers.js';

const PAUSE_MS = 80;
/** Messages of one inbox that nobody has heard yet: more would only wait. */
const UNHEARD = 6;
const REPEAT_MS = 100;
/** Once everything is mended, whoever still repeats is answered within this time. */
const LAST_WORD_MS = 45_000;
/** Of so many messages one is staff's. */
const STAFFS = 4;

export interface ProofInbox {
  id: string;
  tenantId: string;
  key: string;
  /** The provider's id of the number. */
  account: string;
  secret: string;
  /** Who answers. */
  staff: string;
  customers: readonly string[];
}

export class LiveWriters {
  /** The provider's ids of messages whose delivery was acknowledged. */
  readonly acknowledged: string[] = [];
  /** Answers that nothing excuses. */
  readonly wrong: string[] = [];
  #over = false;
  #deadline = Number.POSITIVE_INFINITY;
  #texts = 0;
  #turn = 0;
  readonly #written = new Map<string, number>();
  #writing: Promise<void>[] = [];

  /** @param conversationOf by inbox and customer, as far as somebody has heard of it */
  constructor(private readonly urls: readonly string[], private readonly accessToken: (email: string) => string, private readonly conversationOf: (inboxId: string, customer: string) => string | undefined) {}

  /** @param heardOf how many messages of an inbox somebody has heard who hears all */
  begin(inboxes: readonly ProofInbox[], heardOf: (inboxId: string) => number): void {
    this.#writing = inboxes.map(async (inbox) => {
      for (let count = 0; !this.#over; count += 1) {
        if ((this.#written.get(inbox.id) ?? 0) - heardOf(inbox.id) >= UNHEARD) {
          await sleep(PAUSE_MS);
          continue;
        }
        const customer = inbox.customers[count % inbox.customers.length] ?? '';
        const conversationId = count % STAFFS === 0 ? this.conversationOf(inbox.id, customer) : undefined;
        if (conversationId === undefined) await this.write(inbox, customer);
        else await this.#answer(inbox, conversationId);
        await sleep(PAUSE_MS);
      }
    });
  }

  /** Everybody has the answer to the last thing they asked. */
  async end(): Promise<void> {
    this.#over = true;
    this.#deadline = Date.now() + LAST_WORD_MS;
    await Promise.all(this.#writing);
  }

  /** A customer writes: delivered with the same bytes until it is acknowledged. @returns the text */
  async write({ id: inboxId, key, account, secret }: ProofInbox, from: string): Promise<string> {
    const text = this.#text(inboxId, from);
    const id = `wamid.${randomBytes(12).toString('hex')}`;
    const body = whatsappTextDelivery({ phoneNumberId: account, from, name: `Customer ${from}`, id, text });
    const headers = { 'content-type': 'application/json', 'x-hub-signature-256': signMetaBody(body, secret) };
    if (await this.#until(text, (url) => asked(`${url}/webhooks/whatsapp/${key}`, { method: 'POST', body, headers }, judgeWebhook))) this.acknowledged.push(id);
    return text;
  }

  async #answer({ id, staff }: ProofInbox, conversationId: string): Promise<void> {
    const text = this.#text(id, staff);
    const variables = { input: { conversationId, text, idempotencyKey: randomUUID() } };
    const answer = await this.#until(text, (url) => askGraph(url, operation('message-send'), variables, this.accessToken(staff)));
    const sent = answer?.data['messageSend'] as { message: object | null; userErrors: unknown[] } | undefined;
    if (sent && !sent.message) this.wrong.push(`messageSend: ${JSON.stringify(sent.userErrors)}`);
  }

  #text(inboxId: string, who: string): string {
    this.#written.set(inboxId, (this.#written.get(inboxId) ?? 0) + 1);
    this.#texts += 1;
    return `${who} writes ${this.#texts}`;
  }

  /** Asks the same again, each time at the other gateway, until the answer is whole; null when that never came. */
  async #until(what: string, request: (url: string) => Promise<Verdict>): Promise<(Verdict & { kind: 'whole' }) | null> {
    for (;;) {
      this.#turn += 1;
      const answer = await request(this.urls[this.#turn % this.urls.length] ?? '');
      if (answer.kind === 'whole') return answer;
      if (answer.kind === 'wrong') this.wrong.push(answer.why);
      if (answer.kind === 'wrong' || Date.now() > this.#deadline) {
        this.wrong.push(`never answered: "${what}"`);
        return null;
      }
      await sleep(REPEAT_MS);
    }
  }
}
