// A person's own notifications: reading them, and marking them read.
import { ErrorCode, invalidInput, Refusal } from '../../kernel/base/errors.js';
import { isUuid } from '../../kernel/base/ids.js';
import { decodeCursor, encodeCursor, pageOf, pageSize, type Page } from '../../kernel/graphql/connections.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { enterHome, homeOf, readHome, tenantOf } from '../platform.js';
import { auditOf } from '../session/session.audit.js';
import { db } from '../tables.js';
import type { NotificationRow } from './notification.loaders.js';

/** Nobody counts beyond this: the answer 100 means "100 or more". */
const COUNTED = 100;
const MOST_IDS = 100;

export interface ListInput {
  first?: number | null;
  after?: string | null;
  unreadOnly?: boolean | null;
}

const isUuidText = (value: unknown): boolean => typeof value === 'string' && isUuid(value);

export class NotificationInbox {
  /** Newest first. Empty for an API key, which has no inbox. */
  async list(context: OperationContext, { first, after, unreadOnly }: ListInput): Promise<Page<NotificationRow>> {
    const size = pageSize(first);
    const cursor = decodeCursor(after, [isUuidText]);
    const { actor } = context;
    if (actor.sub === null) return pageOf<NotificationRow>([], size, after, ({ id }) => encodeCursor([id]));
    const rows = await db(await readHome(context)).selectFrom('Notification').select(['id', 'kind', 'subjectId', 'params', 'createdAt', 'readAt'])
      .where('tenantId', '=', homeOf(actor)).where('userId', '=', actor.sub).where('inApp', '=', true)
      .$if(unreadOnly === true, (query) => query.where('readAt', 'is', null))
      .$if(cursor !== null, (query) => query.where('id', '<', String(cursor?.[0])))
      .orderBy('id', 'desc').limit(size + 1).execute();
    return pageOf(rows, size, after, ({ id }) => encodeCursor([id]));
  }

  /** @returns how many wait to be read, 100 at most */
  async unread(context: OperationContext): Promise<number> {
    const { actor } = context;
    if (actor.sub === null) return 0;
    const counted = db(await readHome(context)).selectFrom('Notification').select('id')
      .where('tenantId', '=', homeOf(actor)).where('userId', '=', actor.sub).where('inApp', '=', true).where('readAt', 'is', null).limit(COUNTED);
    return (await counted.execute()).length;
  }

  /** All of these, or none. @returns their ids @throws Refusal InputInvalid, NotificationNotFound */
  async markRead(context: OperationContext, ids: readonly string[]): Promise<string[]> {
    if (ids.length < 1 || ids.length > MOST_IDS) throw invalidInput(`Name 1 to ${MOST_IDS} notifications; these are ${ids.length}.`, ['input', 'ids']);
    return this.#change(context, async (unit, home, userId) => {
      const [only, ...others] = ids;
      if (only !== undefined && others.length === 0) about(context, only);
      const marked = await db(unit.tx).updateTable('Notification').set(({ fn, ref, val }) => ({ readAt: fn.coalesce(ref('readAt'), val(unit.now)) }))
        .where('tenantId', '=', home).where('userId', '=', userId).where('inApp', '=', true).where('id', 'in', [...new Set(ids)]).returning('id').execute();
      const found = new Set(marked.map(({ id }) => id));
      const missing = ids.findIndex((id) => !found.has(id));
      if (missing >= 0) throw notificationNotFound(['input', 'ids', String(missing)]);
      told(context, found.size);
      return [...found];
    });
  }

  /** Those up to this one, which is what the person has seen: what came later stays unread. @returns how many @throws Refusal NotificationNotFound */
  async markAllRead(context: OperationContext, upTo: string): Promise<number> {
    return this.#change(context, async (unit, home, userId) => {
      about(context, upTo);
      const own = await db(unit.tx).selectFrom('Notification').select('id')
        .where('tenantId', '=', home).where('userId', '=', userId).where('inApp', '=', true).where('id', '=', upTo).executeTakeFirst();
      if (!own) throw notificationNotFound(['input', 'upTo']);
      const marked = await db(unit.tx).updateTable('Notification').set({ readAt: unit.now })
        .where('tenantId', '=', home).where('userId', '=', userId).where('inApp', '=', true).where('readAt', 'is', null).where('id', '<=', upTo)
        .executeTakeFirst();
      told(context, Number(marked.numUpdatedRows));
      return Number(marked.numUpdatedRows);
    });
  }

  #change<T>(context: OperationContext, work: (unit: UnitOfWork, home: string, userId: string) => Promise<T>): Promise<T> {
    const { actor, userId } = context;
    const home = homeOf(actor);
    return context.mutate(async (unit) => {
      if (tenantOf(home) === null) await enterHome(unit.tx, home, userId);
      return work(unit, home, userId);
    });
  }
}

function about(context: OperationContext, id: string): void {
  const audit = auditOf(context);
  audit.draft = { ...audit.draft, resource: { type: 'Notification', id } };
}

function told(context: OperationContext, read: number): void {
  const audit = auditOf(context);
  audit.draft = { ...audit.draft, after: { read } };
}

const notificationNotFound = (field: readonly string[]): Refusal =>
  new Refusal('NotificationNotFound', ErrorCode.NOT_FOUND, 'The notification was not found.', field);
