// A subscriber of the live proof: follows one feed, is cut off again and again, and goes on after its last cursor at the next gateway.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Heard, HeardEvent, Scope } from './live.evidence.js';
import { LINES, type LineName, type Told } from './live.lines.js';

/** An unknown cursor is answered with where the feed stands: from then on nothing may be missing. */
const UNKNOWN_CURSOR = 'bm9uc2Vuc2U';

const SAID = 'message { id seq text conversation { id } author { __typename ... on User { id displayName } } }';
const QUERIES = {
  messageFeed: `subscription Live($conversationId: ID, $inboxId: ID, $after: String) { messageFeed(conversationId: $conversationId, inboxId: $inboxId, after: $after) {
    __typename cursor ... on MessageAdded { ${SAID} } ... on MessageUpdated { ${SAID} } ... on ConversationUpdated { conversation { id } } } }`,
  conversationFeed: `subscription Lists($after: String) { conversationFeed(after: $after) {
    __typename cursor ... on ConversationTouched { conversation { id } } } }`,
};

interface News {
  __typename: string;
  cursor: string;
  message?: { id: string; seq: number; text: string | null; conversation: { id: string } } | null;
  conversation?: { id: string } | null;
}

export interface FollowerPlan {
  who: string;
  scope: Scope;
  line: LineName;
  accessToken: () => string;
  /** Of the gateways; each connection is to the next one. */
  urls: readonly string[];
  /** With which of them it begins. */
  first: number;
  /** The cursor with which it begins; an unknown one when absent. */
  begin?: string;
  /** Whether it is cut off when it has heard so many events; asked at 0, too. */
  cut?: (heard: number) => boolean;
  /** How long it is away. */
  pauseMs: () => number;
  /** It forgets its cursor: cut off, it comes back when this has come true, and begins from now. */
  forgets?: () => Promise<void>;
}

const CUT = 'cut';
const LEFT = 'left';

export class LiveFollower {
  readonly events: HeardEvent[] = [];
  /** How many connections ended in which way. */
  readonly ends = new Map<string, number>();
  cuts = 0;
  connections = 0;
  failure: unknown = null;
  #gaps = 0;
  #from = -1;
  #after: string;
  #hangUp: () => void = () => undefined;
  #left = false;
  readonly #following: Promise<void>;

  constructor(readonly plan: FollowerPlan) {
    this.#after = plan.begin ?? UNKNOWN_CURSOR;
    this.#following = this.#follow();
  }

  /** It has been told where it begins. */
  get stands(): boolean {
    return this.#from >= 0;
  }

  /** The newest one. */
  get cursor(): string {
    return this.#after;
  }

  get heard(): Heard {
    const { plan: { who, scope }, events, failure } = this;
    return { who, scope, from: this.#from, events, gaps: this.#gaps, failure };
  }

  async leave(): Promise<void> {
    this.#left = true;
    this.#hangUp();
    await this.#following;
  }

  async #follow(): Promise<void> {
    const { urls, first, pauseMs, forgets } = this.plan;
    for (let turn = first; !this.#left; turn += 1) {
      this.connections += 1;
      const why = await this.#listen(urls[turn % urls.length] ?? '');
      this.ends.set(why, (this.ends.get(why) ?? 0) + 1);
      if (why === 'completed') this.failure ??= 'the end of the feed';
      if (why === CUT) await forgets?.();
      if (!this.#left) await sleep(pauseMs());
    }
  }

  /** One connection, to its end. */
  #listen(url: string): Promise<string> {
    const { line, scope: { inboxId, conversationId }, forgets, accessToken } = this.plan;
    const after = forgets && this.stands ? null : this.#after;
    const target = { ...(conversationId === undefined ? {} : { conversationId }), ...(inboxId === undefined || conversationId !== undefined ? {} : { inboxId }) };
    return new Promise((resolve) => {
      let on = true;
      const over = (why: string): void => {
        on = false;
        resolve(why);
      };
      const hangUp = LINES[line]({ url, accessToken: accessToken(), query: QUERIES[this.#field], variables: { ...target, after } }, {
        told: (result) => {
          // What was on its way when the wire was cut has not arrived.
          if (!on || !this.#told(result)) return;
          this.cuts += 1;
          over(CUT);
          hangUp();
        },
        over,
      });
      this.#hangUp = () => {
        over(LEFT);
        hangUp();
      };
    });
  }

  get #field(): 'messageFeed' | 'conversationFeed' {
    const { inboxId, conversationId } = this.plan.scope;
    return inboxId === undefined && conversationId === undefined ? 'conversationFeed' : 'messageFeed';
  }

  /** @returns whether it is cut off now */
  #told({ data, errors }: Told): boolean {
    const news = data?.[this.#field] as News | null | undefined;
    if (!news) {
      // That its credential has ended is a reason to come back, with a new one.
      if (errors?.[0]?.extensions?.['code'] !== 'UNAUTHENTICATED') this.failure ??= errors ?? 'a result without an event';
      return false;
    }
    const position = positionOf(news.cursor);
    this.#after = news.cursor;
    if (news.__typename.endsWith('Gap')) {
      this.#gaps += 1;
      if (this.stands) return false;
      this.#from = position;
      return this.plan.cut?.(0) ?? false;
    }
    const conversationId = news.message?.conversation.id ?? news.conversation?.id;
    if (conversationId === undefined) this.failure ??= `${news.__typename} without what it is about`;
    this.events.push({
      position, type: news.__typename, conversationId: conversationId ?? '', messageId: news.message?.id ?? null, seq: news.message?.seq ?? null, text: news.message?.text ?? null,
    });
    return this.plan.cut?.(this.events.length) ?? false;
  }
}

/** Clients take a cursor as it is; a proof may look into it. */
const positionOf = (cursor: string): number => Number(/^\d+/.exec(Buffer.from(cursor, 'base64url').toString('latin1'))?.[0] ?? Number.NaN);
