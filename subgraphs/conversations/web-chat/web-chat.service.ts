// The chat in a tenant's own pages, over HTTP: a token for a visitor, what they post, what they read. Only pages that the inbox names may call.
import { z } from 'zod';
import type { Clock } from '../../kernel/base/clock.js';
import { newId } from '../../kernel/base/ids.js';
import type { RouteRequest, RouteResponse } from '../../kernel/base/subgraph-port.js';
import { TokenBuckets } from '../../kernel/base/token.buckets.js';
import type { Database } from '../../kernel/data/database.js';
import type { FeedHub } from '../../kernel/messaging/feed.js';
import { MalformedPayload, clean } from '../channel/payload.js';
import type { WebChatCredentials } from '../channel/web-chat.channel.js';
import { isProved, issueToken, visitorOf, type Visitor } from '../channel/web-chat.token.js';
import type { InboxService, OpenInbox } from '../inbox/inbox.service.js';
import type { RefusalReason, WebhookDeliveryService } from '../webhook-delivery/webhook-delivery.service.js';
import type { VisitorFiles } from './web-chat.files.js';
import { VisitorMessages } from './web-chat.messages.js';
import type { VisitorTyping } from './web-chat.typing.js';
import { WaitingReads } from './web-chat.waiting.js';

export interface WebChatDeps {
  database: Database;
  feed: FeedHub;
  clock: Clock;
  inboxes: InboxService;
  webhooks: WebhookDeliveryService;
  files: VisitorFiles;
  typing: VisitorTyping;
}

/** How often a minute, in each process: a visitor posts, brings files, says that they write and reads, an address begins sessions, and all of them together in an inbox. */
const A_MINUTE = { post: 30, file: 20, typing: 30, read: 120, session: 30, inbox: 3_000 };
const PREFLIGHT_SECONDS = 600;
/** Until a read that waits may have ended. */
const FULL_MS = 5_000;

const short = z.string().trim().min(1).max(200).transform(clean);
const sessionInput = z.strictObject({
  name: short.optional(),
  user: z.strictObject({ userId: z.string().min(1).max(200).refine((text) => text === clean(text)), name: short.optional(), hash: z.string() }).optional(),
});

type Chat = { inbox: OpenInbox; credentials: WebChatCredentials };

export class WebChatService {
  readonly #buckets = new TokenBuckets();
  readonly #waiting = new WaitingReads();
  readonly #messages: VisitorMessages;

  constructor(private readonly deps: WebChatDeps) {
    this.#messages = new VisitorMessages(deps.database, deps.feed, deps.files);
  }

  preflight(request: RouteRequest): Promise<RouteResponse> {
    return this.#meet(request, async () => ({
      status: 204, headers: { 'access-control-allow-methods': 'GET, POST', 'access-control-allow-headers': 'authorization, content-type, x-correlation-id', 'access-control-max-age': String(PREFLIGHT_SECONDS) },
    }));
  }

  /** A token: of who is proved, of who comes again with the one they have, or of somebody new. Nothing is stored. */
  session(request: RouteRequest): Promise<RouteResponse> {
    return this.#meet(request, async ({ inbox, credentials }) => {
      if (request.oversize) return this.deps.webhooks.refuse(inbox, 'too-large', request);
      const wait = this.#wait(inbox, `session/${request.ip}`, A_MINUTE.session);
      if (wait) return wait;
      const given = sessionInput.safeParse(jsonOf(request.body));
      if (!given.success) return malformed(given.error.issues.map(({ path, message }) => `${path.join('.') || 'the body'}: ${message}`).slice(0, 5).join('; '));
      const visitor = await this.#visitor(inbox, credentials, request, given.data);
      if (typeof visitor === 'string') return this.deps.webhooks.refuse(inbox, visitor, request);
      const { token, expiresAt } = await issueToken(visitor, inbox.id, credentials.tokenSecret, this.deps.clock.now());
      return json(200, { token, expiresAt: expiresAt.toISOString(), visitor: { id: visitor.id, identified: visitor.id.startsWith('u_') } });
    });
  }

  /** All of what is posted is stored, or none of it, and what is wrong with it is said. */
  send(request: RouteRequest): Promise<RouteResponse> {
    return this.#meet(request, async ({ inbox, credentials }) => {
      const visitor = await this.#known(inbox, credentials, request);
      const wait = visitor && this.#wait(inbox, `post/${visitor.id}`, A_MINUTE.post);
      if (wait) return wait;
      let accepted = 0;
      const taken = await this.deps.webhooks.take(inbox, request, async (decoded, arrival) => {
        try {
          const items = inbox.channel.parse(decoded, arrival);
          accepted = items.length;
          const fault = await this.deps.files.hold({ tenantId: inbox.tenantId, inboxId: inbox.id }, arrival.notes['visitor'] ?? '', items);
          return fault === null ? null : malformed(fault);
        } catch (error) {
          if (error instanceof MalformedPayload) return malformed(error.message);
          throw error;
        }
      });
      return 'stored' in taken ? json(200, { accepted }) : taken;
    });
  }

  /** A file that a message of theirs is to name. */
  file(request: RouteRequest): Promise<RouteResponse> {
    return this.#meet(request, async ({ inbox, credentials }) => {
      const visitor = await this.#known(inbox, credentials, request);
      if (!visitor) return this.deps.webhooks.refuse(inbox, request.headers['authorization'] ? 'bad-signature' : 'missing-signature', request);
      return this.#wait(inbox, `file/${visitor.id}`, A_MINUTE.file) ?? this.deps.files.take(inbox, visitor.id, request);
    });
  }

  /** That they write, or have stopped. */
  type(request: RouteRequest): Promise<RouteResponse> {
    return this.#meet(request, async ({ inbox, credentials }) => {
      const visitor = await this.#known(inbox, credentials, request);
      if (!visitor) return this.deps.webhooks.refuse(inbox, request.headers['authorization'] ? 'bad-signature' : 'missing-signature', request);
      if (request.oversize) return this.deps.webhooks.refuse(inbox, 'too-large', request);
      const wait = this.#wait(inbox, `typing/${visitor.id}`, A_MINUTE.typing);
      if (wait) return wait;
      const given = typingInput.safeParse(jsonOf(request.body));
      if (!given.success) return malformed('the body is { typing }, true or false');
      const until = await this.deps.typing.set({ tenantId: inbox.tenantId, inboxId: inbox.id }, visitor.id, given.data.typing, this.deps.clock.now());
      return json(200, { until: until?.toISOString() ?? null });
    });
  }

  /** Their own conversation: its newest messages, or what has changed after a cursor, for which it waits a while. */
  read(request: RouteRequest): Promise<RouteResponse> {
    return this.#meet(request, async ({ inbox, credentials }) => {
      const visitor = await this.#known(inbox, credentials, request);
      if (!visitor) return this.deps.webhooks.refuse(inbox, request.headers['authorization'] ? 'bad-signature' : 'missing-signature', request);
      const wait = this.#wait(inbox, `read/${visitor.id}`, A_MINUTE.read);
      if (wait) return wait;
      const asked = readInput.safeParse(Object.fromEntries(request.query));
      if (!asked.success) return malformed('the query holds after (a cursor), before (a seq) and wait (seconds, at most 20)');
      const answered = () => this.#messages.read({ tenantId: inbox.tenantId, inboxId: inbox.id }, visitor.id, asked.data);
      const page = asked.data.wait ? await this.#waiting.hold(inbox.id, visitor.id, answered) : await answered();
      return page === null ? tooMuch(FULL_MS) : json(200, page);
    });
  }

  #known(inbox: OpenInbox, { tokenSecret }: WebChatCredentials, { headers }: RouteRequest): Promise<Visitor | null> {
    return visitorOf(headers['authorization'], inbox.id, tokenSecret, this.deps.clock.now());
  }

  async #visitor(inbox: OpenInbox, credentials: WebChatCredentials, request: RouteRequest, { user, name }: z.infer<typeof sessionInput>): Promise<Visitor | RefusalReason> {
    if (user) {
      if (!isProved(user.userId, user.hash, [credentials.identitySecret, credentials.previousIdentitySecret])) return 'bad-identity';
      return { id: `u_${user.userId}`, name: user.name ?? name ?? null };
    }
    if (credentials.identityRequired) return 'identity-required';
    const before = await this.#known(inbox, credentials, request);
    const known = before?.id.startsWith('v_') ? before : null;
    return { id: known?.id ?? `v_${newId()}`, name: name ?? known?.name ?? null };
  }

  /** What is answered instead when there was too much of it. */
  #wait(inbox: OpenInbox, who: string, perMinute: number): RouteResponse | null {
    const milliseconds = this.#buckets.take(`${inbox.id}/${who}`, perMinute) || this.#buckets.take(inbox.id, A_MINUTE.inbox);
    return milliseconds === 0 ? null : tooMuch(milliseconds);
  }

  /** Finds the inbox and judges the page; whoever is no browser names none. */
  async #meet(request: RouteRequest, serve: (chat: Chat) => Promise<RouteResponse>): Promise<RouteResponse> {
    const inbox = await this.deps.inboxes.byKey(request.params['inboxKey'] ?? '');
    if (inbox?.channel.name !== 'WEB_CHAT') return this.deps.webhooks.refuse(null, 'unknown-inbox', request);
    const credentials = inbox.channel.credentials as WebChatCredentials;
    const { origin } = request.headers;
    if (origin === undefined) return serve({ inbox, credentials });
    const known = credentials.origins.includes(origin);
    const answer = known ? await serve({ inbox, credentials }) : await this.deps.webhooks.refuse(inbox, 'unknown-origin', request);
    return { ...answer, headers: { ...answer.headers, vary: 'origin', ...(known ? { 'access-control-allow-origin': origin, 'access-control-expose-headers': 'retry-after, x-correlation-id' } : {}) } };
  }
}

const typingInput = z.strictObject({ typing: z.boolean() });

const readInput = z.strictObject({
  after: z.string().max(200).optional(), before: z.string().regex(/^\d{1,9}$/).transform(Number).optional(), wait: z.string().regex(/^(\d|1\d|20)$/).transform(Number).optional(),
}).refine(({ after, before }) => after === undefined || before === undefined);

const JSON_HEADERS = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' };
const json = (status: number, value: unknown): RouteResponse => ({ status, headers: JSON_HEADERS, body: JSON.stringify(value) });
const tooMuch = (milliseconds: number): RouteResponse => ({ ...json(429, { error: 'rate-limited' }), headers: { ...JSON_HEADERS, 'retry-after': String(Math.ceil(milliseconds / 1000)) } });
const malformed = (message: string): RouteResponse => json(400, { error: 'malformed', message });

function jsonOf(body: Buffer): unknown {
  try {
    return body.length === 0 ? {} : JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}
