// Invitations of a tenant: one by id, and the list, newest first.
import { isUuid } from '../../kernel/base/ids.js';
import { decodeCursor, encodeCursor, pageOf, pageSize, type Page } from '../../kernel/graphql/connections.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { defineLoader } from '../../kernel/graphql/loaders.js';
import { homeOf, readHome } from '../platform.js';
import { db } from '../tables.js';
import type { InvitationEnd } from './invitation.entity.js';
import type { InvitationsArgs } from './invitation.inputs.js';
import { InvitationStatus } from './invitation.type.js';

export interface InvitationRow {
  id: string;
  email: string | null;
  roleIds: string[];
  inviterId: string;
  guestId: string | null;
  createdAt: Date;
  expiresAt: Date;
  endedAt: Date | null;
  endedAs: InvitationEnd | null;
}

const COLUMNS = ['id', 'email', 'roleIds', 'invitedBy as inviterId', 'acceptedBy as guestId', 'createdAt', 'expiresAt', 'endedAt', 'endedAs'] as const;

export const invitationById = defineLoader<OperationContext, string, InvitationRow>({
  name: 'invitation by id',
  keyOf: (id) => id,
  batch: async (context, ids) => {
    const found = await db(await readHome(context)).selectFrom('Invitation').select(COLUMNS)
      .where('tenantId', '=', homeOf(context.actor)).where('id', 'in', [...ids]).execute();
    return new Map(found.map((row) => [row.id, row]));
  },
});

export function statusOf({ endedAs, expiresAt }: InvitationRow, now: Date): InvitationStatus {
  if (endedAs !== null) return InvitationStatus[endedAs];
  return expiresAt <= now ? InvitationStatus.EXPIRED : InvitationStatus.PENDING;
}

/** @throws BAD_USER_INPUT */
export async function listInvitations(context: OperationContext, { first, after, filter }: InvitationsArgs): Promise<Page<InvitationRow>> {
  const size = pageSize(first);
  const beyond = decodeCursor(after, [(value) => typeof value === 'string' && isUuid(value)])?.[0];
  const now = context.deps.clock.now();
  const wanted = filter?.status ?? null;
  let query = db(await readHome(context)).selectFrom('Invitation').select(COLUMNS)
    .where('tenantId', '=', homeOf(context.actor)).orderBy('id', 'desc').limit(size + 1);
  if (beyond !== undefined) query = query.where('id', '<', String(beyond));
  if (wanted === InvitationStatus.PENDING) query = query.where('endedAt', 'is', null).where('expiresAt', '>', now);
  else if (wanted === InvitationStatus.EXPIRED) {
    query = query.where(({ eb, or, and }) => or([eb('endedAs', '=', 'EXPIRED'), and([eb('endedAt', 'is', null), eb('expiresAt', '<=', now)])]));
  } else if (wanted !== null) query = query.where('endedAs', '=', wanted);
  return pageOf(await query.execute(), size, after, ({ id }) => encodeCursor([id]));
}
