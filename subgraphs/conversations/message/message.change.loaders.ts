// Batched reads of changes that staff asked for.
import { sql } from 'kysely';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { defineLoader } from '../../kernel/graphql/loaders.js';
import type { ChangeKind, OutboundState } from '../outbound/outbound.entity.js';

export interface PendingChange {
  kind: ChangeKind;
  state: 'WAITING' | 'REFUSED' | 'UNCONFIRMED';
  requestedAt: Date;
  reason: string | null;
}

/** The last change asked for of each message, unless it was done. */
export const pendingChangeOf = defineLoader<OperationContext, string, PendingChange>({
  name: 'message.pendingChange', keyOf: (key) => key,
  batch: async (context, ids) => {
    const { rows } = await sql<{ id: string; kind: ChangeKind; state: OutboundState; refusal: string | null; requestedAt: Date }>`select distinct on (o.amends) o.amends as id, o.change as kind, o.state,
        o.refusal, o.created_at as "requestedAt"
      from conversations.outbound o where o.amends = any(${[...ids]}::uuid[]) order by o.amends, o.message_id desc`.execute((await context.read()).getKysely());
    return new Map(rows.flatMap(({ id, kind, state, refusal, requestedAt }) => (state === 'ACCEPTED' ? [] : [[id, {
      kind, state: state === 'REFUSED' || state === 'UNCONFIRMED' ? state : 'WAITING', requestedAt, reason: refusal === null ? null : refusal.slice(refusal.indexOf(': ') + 2),
    } satisfies PendingChange] as const])));
  },
});
