// Who is there, as identity last said. It is over by time alone: nothing has to run for somebody to be gone.
import { sql } from 'kysely';
import { systemActor } from '../../kernel/base/actor.js';
import { tenantScope } from '../../kernel/data/scope.js';
import { runUnit, type UnitOfWorkDeps } from '../../kernel/messaging/unit-of-work.js';
import { wantAssignment } from '../assignment/assignment.want.js';

export interface NotedPresence {
  userId: string;
  status: 'ONLINE' | 'AWAY' | 'BUSY' | 'OFFLINE';
  saidAt: string;
  endsAt: string;
}

export class ColleaguePresenceService {
  constructor(private readonly unit: UnitOfWorkDeps) {}

  /** Of two words the later holds. Somebody who comes is given what waits. @returns false when something later was known */
  note(tenantId: string, { userId, status, saidAt, endsAt }: NotedPresence): Promise<boolean> {
    return runUnit(this.unit, tenantScope(tenantId), { actor: systemActor(tenantId), correlationId: `presence-${userId}` }, async (unit) => {
      const kysely = unit.tx.getKysely();
      const { rows: [noted] } = await sql<{ wasThere: boolean | null }>`
        with last as (select status = 'ONLINE' and ends_at > ${unit.now}::timestamptz as there from conversations.colleague_presence where tenant_id = ${tenantId}::uuid and user_id = ${userId}::uuid)
        insert into conversations.colleague_presence as p (tenant_id, user_id, status, said_at, ends_at) values (${tenantId}::uuid, ${userId}::uuid, ${status}, ${saidAt}::timestamptz, ${endsAt}::timestamptz)
        on conflict (tenant_id, user_id) do update set status = excluded.status, said_at = excluded.said_at, ends_at = excluded.ends_at where p.said_at < excluded.said_at
        returning (select there from last) as "wasThere"`.execute(kysely);
      if (!noted) return false;
      if (status === 'ONLINE' && noted.wasThere !== true) {
        const { rows } = await sql<{ inboxId: string }>`select inbox_id as "inboxId" from conversations.inbox_agent where tenant_id = ${tenantId}::uuid and user_id = ${userId}::uuid`.execute(kysely);
        await wantAssignment(unit, rows.map(({ inboxId }) => inboxId));
      }
      return true;
    });
  }
}
