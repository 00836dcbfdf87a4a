// Bots of a tenant: made within what its tier allows, changed, switched, assigned, removed.
import { ErrorCode, Refusal } from '../../kernel/base/errors.js';
import { encodeId, isUuid, newId } from '../../kernel/base/ids.js';
import { decodeCursor, encodeCursor, pageOf, pageSize, type Page, type PageArgs } from '../../kernel/graphql/connections.js';
import type { MutationAudit, OperationContext } from '../../kernel/graphql/context.js';
import type { Quotas } from '../../kernel/graphql/quotas.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { BOTS } from '../plan/tenant-quota.js';
import { db } from '../tables.js';
import { announceInboxBots } from './bot.announcement.js';
import type { UsageService } from '../usage/usage.service.js';
import type { BotCreateInput, BotUpdateInput } from './bot.inputs.js';
import type { BotRow } from './bot.loaders.js';

const notFound = (): Refusal => new Refusal('BotNotFound', ErrorCode.NOT_FOUND, 'There is no such bot in your tenant.', ['input', 'botId']);
const taken = (inboxIds: readonly string[]): Refusal =>
  new Refusal('InboxHasBot', ErrorCode.WRONG_STATE, 'An inbox has one bot at most: take the other one off first.', ['input', 'inboxIds'], { inboxIds: inboxIds.map((id) => encodeId('inb', id)) });

export class BotService {
  constructor(private readonly quotas: Quotas, private readonly usage: UsageService) {}

  /** Newest first. @throws BAD_USER_INPUT */
  async page(context: OperationContext, { first, after }: PageArgs): Promise<Page<BotRow>> {
    const size = pageSize(first);
    const beyond = decodeCursor(after, [(value) => typeof value === 'string' && isUuid(value)])?.[0];
    const found = await db(await context.read()).selectFrom('Bot').select(['id', 'name', 'description', 'enabled', 'createdAt']).where('tenantId', '=', context.tenantId)
      .$if(beyond !== undefined, (query) => query.where('id', '<', String(beyond))).orderBy('id', 'desc').limit(size + 1).execute();
    return pageOf(found, size, after, ({ id }) => encodeCursor([id]));
  }

  /** @throws Refusal QuotaExceeded */
  async create(context: OperationContext, { name, description }: BotCreateInput): Promise<string> {
    const { tenantId } = context;
    return context.mutate(async (unit, audit) => {
      const id = newId();
      audit.draft = { ...audit.draft, resource: { type: 'Bot', id } };
      await this.quotas.take(unit, tenantId, BOTS, null);
      const bot = { name, description: description ?? '', enabled: false };
      await db(unit.tx).insertInto('Bot').values({ tenantId, id, ...bot, createdAt: unit.now }).execute();
      await this.usage.counted(unit, tenantId);
      audit.draft = { ...audit.draft, after: bot };
      return id;
    });
  }

  /** @throws Refusal BotNotFound */
  update(context: OperationContext, id: string, { name, description }: BotUpdateInput): Promise<void> {
    return this.#change(context, id, async ({ tx }, before, audit) => {
      const after = { name: name ?? before.name, description: description === undefined ? before.description : description ?? '' };
      await db(tx).updateTable('Bot').set(after).where('tenantId', '=', context.tenantId).where('id', '=', id).execute();
      audit.draft = { ...audit.draft, before: { name: before.name, description: before.description }, after };
    });
  }

  /** Repeating it changes nothing. @throws Refusal BotNotFound */
  switch(context: OperationContext, id: string, enabled: boolean): Promise<void> {
    return this.#change(context, id, async (unit, before, audit) => {
      await db(unit.tx).updateTable('Bot').set({ enabled }).where('tenantId', '=', context.tenantId).where('id', '=', id).execute();
      if (before.enabled !== enabled) await announceInboxBots(unit, context.tenantId, await served(unit, id));
      audit.draft = { ...audit.draft, before: { enabled: before.enabled }, after: { enabled } };
    });
  }

  /** It serves these inboxes and no others. @throws Refusal BotNotFound, InboxHasBot */
  assign(context: OperationContext, id: string, inboxIds: readonly string[]): Promise<void> {
    const { tenantId } = context;
    return this.#change(context, id, async (unit, { enabled }, audit) => {
      const { tx } = unit;
      const gone = await db(tx).deleteFrom('BotInbox').where('tenantId', '=', tenantId).where('botId', '=', id).returning('inboxId').execute();
      if (inboxIds.length > 0) {
        // Sorted, so that two who assign the same inboxes wait for each other in one order.
        const made = await db(tx).insertInto('BotInbox').values(inboxIds.toSorted().map((inboxId) => ({ tenantId, inboxId, botId: id })))
          .onConflict((conflict) => conflict.columns(['tenantId', 'inboxId']).doNothing()).returning('inboxId').execute();
        const refused = inboxIds.filter((inboxId) => !made.some((one) => one.inboxId === inboxId));
        if (refused.length > 0) throw taken(refused);
      }
      if (enabled) await announceInboxBots(unit, tenantId, [...gone.map(({ inboxId }) => inboxId), ...inboxIds]);
      const told = (ids: readonly string[]): string[] => ids.map((inboxId) => encodeId('inb', inboxId)).sort();
      audit.draft = { ...audit.draft, before: { inboxes: told(gone.map(({ inboxId }) => inboxId)) }, after: { inboxes: told(inboxIds) } };
    });
  }

  /** @throws Refusal BotNotFound */
  remove(context: OperationContext, id: string): Promise<void> {
    const { tenantId } = context;
    return this.#change(context, id, async (unit, { name, description, enabled }, audit) => {
      const inboxIds = await served(unit, id);
      await db(unit.tx).deleteFrom('Bot').where('tenantId', '=', tenantId).where('id', '=', id).execute();
      if (enabled) await announceInboxBots(unit, tenantId, inboxIds);
      await this.quotas.giveBack(unit, tenantId, BOTS);
      await this.usage.counted(unit, tenantId);
      audit.draft = { ...audit.draft, before: { name, description, enabled } };
    });
  }

  /** One change of a bot under its lock. */
  #change(context: OperationContext, id: string, work: (unit: UnitOfWork, before: BotRow, audit: MutationAudit) => Promise<void>): Promise<void> {
    return context.mutate(async (unit, audit) => {
      audit.draft = { ...audit.draft, resource: { type: 'Bot', id } };
      const before = await db(unit.tx).selectFrom('Bot').select(['id', 'name', 'description', 'enabled', 'createdAt'])
        .where('tenantId', '=', context.tenantId).where('id', '=', id).forUpdate().executeTakeFirst();
      if (!before) throw notFound();
      await work(unit, before, audit);
    });
  }
}

/** The inboxes a bot serves. Its row is held. */
async function served({ tx }: UnitOfWork, botId: string): Promise<string[]> {
  return (await db(tx).selectFrom('BotInbox').select('inboxId').where('botId', '=', botId).execute()).map(({ inboxId }) => inboxId);
}
