// Telling conversations which bot serves which inbox, until it has noted it.
import { sql } from 'kysely';
import { z } from 'zod';
import { systemActor } from '../../kernel/base/actor.js';
import { tenantScope } from '../../kernel/data/scope.js';
import { defineEvent } from '../../kernel/messaging/events.js';
import { runUnit, type UnitOfWork, type UnitOfWorkDeps } from '../../kernel/messaging/unit-of-work.js';

export const InboxBotChanged = defineEvent({
  name: 'InboxBotChanged', version: 1,
  description: 'Which bot that is switched on serves an inbox; null: none. Of two, the one with the higher revision holds. Said again until conversations has noted it.',
  payload: z.object({ inboxId: z.uuid(), botId: z.uuid().nullable(), revision: z.number().int() }),
  example: { inboxId: '01930000-0000-7000-8000-000000000003', botId: '01930000-0000-7000-8000-000000000031', revision: 1 }, feed: false,
});

interface State { inboxId: string; botId: string | null; revision: number }

/** Inside the change of a bot: how these inboxes stand after it, with a new number each. In one order, so that two changes wait for each other. */
export async function announceInboxBots(unit: UnitOfWork, tenantId: string, inboxIds: readonly string[]): Promise<void> {
  const { rows } = await sql<State>`
    insert into tenancy.inbox_bot as s (tenant_id, inbox_id, bot_id, revision, announced_at)
    select ${tenantId}::uuid, w.id, (select b.id from tenancy.bot_inbox i join tenancy.bot b on b.tenant_id = i.tenant_id and b.id = i.bot_id
      where i.tenant_id = ${tenantId}::uuid and i.inbox_id = w.id and b.enabled), 1, ${unit.now}::timestamptz
    from unnest(${[...new Set(inboxIds)].toSorted()}::uuid[]) w(id) order by w.id
    on conflict (tenant_id, inbox_id) do update set bot_id = excluded.bot_id, revision = s.revision + 1, announced_at = excluded.announced_at
    returning inbox_id as "inboxId", bot_id as "botId", revision`.execute(unit.tx.getKysely());
  for (const state of rows) unit.emit(InboxBotChanged, state);
}

export interface InboxOf { tenantId: string; inboxId: string }

export class BotAnnouncement {
  constructor(private readonly unit: UnitOfWorkDeps) {}

  /** Says it again. @returns false when it was noted meanwhile */
  announce({ tenantId, inboxId }: InboxOf): Promise<boolean> {
    return this.#unit(tenantId, inboxId, async (unit) => {
      const { rows: [state] } = await sql<State>`update tenancy.inbox_bot set announced_at = ${unit.now} where tenant_id = ${tenantId}::uuid and inbox_id = ${inboxId}::uuid and announced_at is not null
        returning inbox_id as "inboxId", bot_id as "botId", revision`.execute(unit.tx.getKysely());
      if (state) unit.emit(InboxBotChanged, state);
      return state !== undefined;
    });
  }

  /** @returns false when that was known, or it has changed since */
  confirm({ tenantId, inboxId, revision }: InboxOf & { revision: number }): Promise<boolean> {
    return this.#unit(tenantId, inboxId, async (unit) => {
      const { numAffectedRows } = await sql`update tenancy.inbox_bot set announced_at = null
        where tenant_id = ${tenantId}::uuid and inbox_id = ${inboxId}::uuid and revision = ${revision} and announced_at is not null`.execute(unit.tx.getKysely());
      return Number(numAffectedRows ?? 0) > 0;
    });
  }

  #unit<T>(tenantId: string, inboxId: string, work: (unit: UnitOfWork) => Promise<T>): Promise<T> {
    return runUnit(this.unit, tenantScope(tenantId), { actor: systemActor(tenantId), correlationId: `bot-${inboxId}` }, work);
  }
}
