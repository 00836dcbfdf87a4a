// Which bot serves an inbox, as tenancy says. What was a bot's that serves it no more is for people.
import { sql } from 'kysely';
import { systemActor } from '../../kernel/base/actor.js';
import { encodeId } from '../../kernel/base/ids.js';
import { tenantScope } from '../../kernel/data/scope.js';
import { runUnit, type UnitOfWork, type UnitOfWorkDeps } from '../../kernel/messaging/unit-of-work.js';
import { moveConversation } from '../conversation/conversation.change.js';
import { InboxBotNoted } from '../events.js';

/** Row locks of this many conversations at a time. */
const BATCH = 100;

export interface NotedInboxBot {
  inboxId: string;
  /** Null: none. */
  botId: string | null;
  revision: number;
}

export class InboxBotService {
  constructor(private readonly unit: UnitOfWorkDeps) {}

  /**
   * Notes it, and says so when nothing is with a bot that serves the inbox no more: whoever gives a conversation to a bot holds the row, so
   * that nothing new becomes its. @returns false when something newer was known
   */
  async note(tenantId: string, { inboxId, botId, revision }: NotedInboxBot): Promise<boolean> {
    const unit = <T>(work: (unit: UnitOfWork) => Promise<T>): Promise<T> => runUnit(this.unit, tenantScope(tenantId), { actor: systemActor(tenantId), correlationId: `bot-${inboxId}` }, work);
    const news = await unit(async ({ tx }) => {
      const { numAffectedRows } = await sql`
        insert into conversations.inbox_bot (tenant_id, inbox_id, bot_id, revision) values (${tenantId}::uuid, ${inboxId}::uuid, ${botId}::uuid, ${revision})
        on conflict (tenant_id, inbox_id) do update set bot_id = excluded.bot_id, revision = excluded.revision where inbox_bot.revision < excluded.revision`.execute(tx.getKysely());
      return Number(numAffectedRows ?? 0) > 0;
    });
    for (let last = BATCH; last === BATCH;) last = await unit((one) => openOthers(one, tenantId, inboxId));
    await unit(async (one) => one.emit(InboxBotNoted, { inboxId, revision }));
    return news;
  }
}

async function openOthers(unit: UnitOfWork, tenantId: string, inboxId: string): Promise<number> {
  const { rows } = await sql<{ id: string; botId: string }>`select c.id, c.bot_id as "botId" from conversations.conversation c
    where c.tenant_id = ${tenantId}::uuid and c.inbox_id = ${inboxId}::uuid and c.bot_id is not null
      and c.bot_id is distinct from (select b.bot_id from conversations.inbox_bot b where b.tenant_id = ${tenantId}::uuid and b.inbox_id = ${inboxId}::uuid)
    order by c.id limit ${BATCH} for update`.execute(unit.tx.getKysely());
  for (const { id, botId } of rows) {
    const status = await moveConversation(unit, { id, inboxId, status: 'PENDING' }, 'HANDED_OFF');
    unit.audit({
      action: 'conversation.lose_bot', type: 'DATA_WRITE', outcome: 'SUCCESS', resource: { type: 'Conversation', id },
      before: { status: 'PENDING', bot: encodeId('bot', botId) }, after: { status, bot: null },
    });
  }
  return rows.length;
}

/** The bot that serves an inbox, until the end of the change; null: none does. */
export async function holdBot({ tx }: UnitOfWork, inboxId: string): Promise<string | null> {
  const { rows: [serving] } = await sql<{ botId: string }>`select bot_id as "botId" from conversations.inbox_bot where inbox_id = ${inboxId}::uuid and bot_id is not null for share`.execute(tx.getKysely());
  return serving?.botId ?? null;
}
