// What a visitor of a web chat reads: the messages of their own conversation, nothing of staff's that was not sent to them, and what changes.
import { setTimeout as wait } from 'node:timers/promises';
import { encodeId } from '../../kernel/base/ids.js';
import type { Database, Tx } from '../../kernel/data/database.js';
import { tenantScope } from '../../kernel/data/scope.js';
import type { FeedHub } from '../../kernel/messaging/feed.js';
import { clientIdOf } from '../channel/web-chat.inbound.js';
import type { InboxOf } from '../contact/contact.identity.js';
import { MessageAdded, MessageUpdated } from '../events.js';
import { selectMessages, type MessageRow } from '../message/message.loaders.js';
import { db } from '../tables.js';
import type { ShownFile, VisitorFiles } from './web-chat.files.js';

export interface Asked {
  /** A cursor of an earlier answer. */
  after?: string | undefined;
  /** A seq: what came earlier. */
  before?: number | undefined;
  /** Seconds to wait for something new. */
  wait?: number | undefined;
}

export interface Page {
  messages: object[];
  /** To be given as `after`; null while there is no conversation yet, or for what is earlier. */
  cursor: string | null;
  /** Changes since that cursor are not known any more: `messages` are the newest, and what is older is to be read anew. */
  reset: boolean;
  /** There are earlier ones. */
  more: boolean;
}

const PAGE = 50;
/** What has come is given at once, with what comes right behind it. */
const GATHER_MS = 20;
const LEAST_WAIT_MS = 250;
const LOOK_MS = 2_000;
const NOTHING: Page = { messages: [], cursor: null, reset: false, more: false };
/** Taken by the channel: what waits to be sent, or failed, was never said to them. */
const SAID = ['SENT', 'DELIVERED', 'READ'] as const;

export class VisitorMessages {
  constructor(private readonly database: Database, private readonly feed: FeedHub, private readonly files: VisitorFiles) {}

  async read(target: InboxOf, visitor: string, asked: Asked): Promise<Page> {
    const until = Date.now() + Math.max((asked.wait ?? 0) * 1000, LEAST_WAIT_MS);
    let conversation = await this.#conversation(target, visitor);
    // Nobody tells of a conversation that is not there yet.
    while (conversation === null && asked.wait !== undefined && Date.now() < until) {
      await wait(Math.min(LOOK_MS, until - Date.now()));
      conversation = await this.#conversation(target, visitor);
    }
    if (conversation === null) return NOTHING;
    return asked.after === undefined ? this.#newest(target, conversation, asked.before) : this.#changed(target, conversation, asked.after, until);
  }

  #conversation({ tenantId, inboxId }: InboxOf, visitor: string): Promise<string | null> {
    return this.#inTenant(tenantId, async (tx) => (await visitorConversation(tx, inboxId, visitor))?.id ?? null);
  }

  async #newest(target: InboxOf, conversation: string, before?: number): Promise<Page> {
    // The place in the feed first: what comes while the messages are read is told again, and never missed.
    const cursor = before === undefined ? await this.#now(target.tenantId, conversation) : null;
    const rows = await this.#inTenant(target.tenantId, (tx) => {
      const said = this.#visible(tx, conversation).orderBy('seq', 'desc').limit(PAGE + 1);
      return shown(this.files, target, tx, before === undefined ? said : said.where('seq', '<', before));
    });
    return { messages: rows.slice(0, PAGE).reverse(), cursor, reset: false, more: rows.length > PAGE };
  }

  async #now(tenantId: string, conversation: string): Promise<string> {
    const stream = await this.feed.open({ tenantId, by: 'stream', id: conversation }, null, null);
    stream.end();
    return stream.cursor;
  }

  async #changed(target: InboxOf, conversation: string, after: string, until: number): Promise<Page> {
    const stream = await this.feed.open({ tenantId: target.tenantId, by: 'stream', id: conversation }, after, null);
    const ids = new Set<string>();
    let end = setTimeout(() => stream.end(), until - Date.now());
    try {
      for (let item = await stream.next(); item !== null; item = await stream.next()) {
        if (item.kind === 'gap') return { ...await this.#newest(target, conversation), reset: true };
        const definition = [MessageAdded, MessageUpdated].find(({ name }) => name === item.event.type);
        // What staff do with the conversation is not for its visitor.
        if (!definition) continue;
        ids.add(definition.payload.parse(item.event.payload).messageId);
        clearTimeout(end);
        if (ids.size >= PAGE) break;
        end = setTimeout(() => stream.end(), GATHER_MS);
      }
    } finally {
      clearTimeout(end);
      stream.end();
    }
    const messages = ids.size === 0 ? [] : await this.#inTenant(target.tenantId, (tx) =>
      shown(this.files, target, tx, this.#visible(tx, conversation).where((eb) => eb('id', '=', eb.fn.any(eb.val([...ids])))).orderBy('seq')));
    return { messages, cursor: stream.cursor, reset: false, more: false };
  }

  #visible(tx: Tx, conversation: string) {
    return selectMessages(tx).where('conversationId', '=', conversation)
      .where((eb) => eb.or([eb('direction', '=', 'INBOUND'), eb.and([eb('direction', '=', 'OUTBOUND'), eb('status', '=', eb.fn.any(eb.val([...SAID])))])]));
  }

  #inTenant<T>(tenantId: string, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.database.inScope(tenantScope(tenantId), work, { readOnly: true });
  }
}

/** The one that goes on: of one that is resolved and the one begun after it, the latter, as for what comes in. */
export const visitorConversation = (tx: Tx, inboxId: string, visitor: string) =>
  db(tx).selectFrom('ContactIdentity').innerJoin('Conversation', (join) =>
    join.onRef('Conversation.contactId', '=', 'ContactIdentity.contactId').onRef('Conversation.inboxId', '=', 'ContactIdentity.inboxId'))
    .select(['Conversation.id as id', 'Conversation.contactId as contactId']).where('ContactIdentity.inboxId', '=', inboxId).where('ContactIdentity.externalId', '=', visitor)
    .orderBy((eb) => eb('Conversation.status', '=', 'RESOLVED')).orderBy('Conversation.id', 'desc').limit(1).executeTakeFirst();

async function shown(files: VisitorFiles, target: InboxOf, tx: Tx, query: { execute(): Promise<MessageRow[]> }): Promise<object[]> {
  const rows = await query.execute();
  const known = rows.flatMap(({ externalId }) => externalId ?? []);
  const inbox = rows[0]?.inboxId;
  const reactions = inbox === undefined || known.length === 0 ? [] : await db(tx).selectFrom('MessageAmendment').select(['externalId', 'emoji', 'side']).where('inboxId', '=', inbox)
    .where((eb) => eb('externalId', '=', eb.fn.any(eb.val(known)))).where('kind', '=', 'REACTION').where('emoji', 'is not', null).orderBy('occurredAt').execute();
  const attached = await files.shown(tx, target, rows.flatMap(({ id, content }) => (content?.kind === 'media' ? id : [])));
  return rows.map((row) => ({
    id: encodeId('msg', row.id), clientId: row.direction === 'INBOUND' ? clientIdOf(row.externalId ?? '') : null, seq: row.seq, from: row.direction === 'INBOUND' ? 'visitor' : 'staff',
    type: row.type, text: row.text, content: contentOf(row, attached), replyTo: row.replyTo === null ? null : referenceOf(row.replyTo), status: row.status,
    createdAt: row.createdAt.toISOString(), editedAt: row.editedAt?.toISOString() ?? null, deletedAt: row.deletedAt?.toISOString() ?? null,
    reactions: reactions.filter(({ externalId }) => externalId === row.externalId).map(({ emoji, side }) => ({ emoji, from: side === 'CONTACT' ? 'visitor' : 'staff' })),
  }));
}

/** Addresses of files at a provider are nobody's but ours. */
function contentOf({ id, content }: MessageRow, attached: ReadonlyMap<string, ShownFile>): object | null {
  if (content?.kind !== 'media') return content;
  return { ...content, media: content.media.map(({ mimeType, fileName }, position): ShownFile => attached.get(`${id}/${position}`) ?? { mimeType, fileName, size: null, url: null }) };
}

/** As its own side names it: what the client chose, or our id. */
const referenceOf = (externalId: string): string => clientIdOf(externalId) ?? externalId.slice(externalId.lastIndexOf('/') + 1);
