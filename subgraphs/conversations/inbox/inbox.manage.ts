// What becomes of an inbox that is there: renamed, switched off and on, deleted.
import { ErrorCode, Refusal } from '../../kernel/base/errors.js';
import type { MutationAudit, OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { ChannelName } from '../channel/channel.port.js';
import { db } from '../tables.js';
import { checkName } from './inbox.create.js';
import type { DisabledReason, InboxReopen, InboxState } from './inbox.entity.js';

export interface HeldInbox {
  id: string;
  name: string;
  reopen: InboxReopen;
  channel: ChannelName;
  state: InboxState;
  disabledReason: DisabledReason | null;
}

export const noInbox = (): Refusal => new Refusal('InboxNotFound', ErrorCode.NOT_FOUND, 'The inbox was not found.', ['input', 'inboxId']);

/** Locks an inbox that was not deleted. @throws Refusal InboxNotFound */
export async function holdInbox(unit: UnitOfWork, audit: MutationAudit, id: string): Promise<HeldInbox> {
  audit.draft = { ...audit.draft, resource: { type: 'Inbox', id } };
  const held = await db(unit.tx).selectFrom('Inbox').select(['id', 'name', 'reopen', 'channel', 'state', 'disabledReason']).where('id', '=', id).where('state', '<>', 'DELETED').forNoKeyUpdate().executeTakeFirst();
  if (!held) throw noInbox();
  return held;
}

export function updateInbox(context: OperationContext, id: string, { name, reopen }: { name?: string | null; reopen?: InboxReopen | null }): Promise<void> {
  const wanted = { ...(given(name) ? { name: checkName(name) } : {}), ...(given(reopen) ? { reopen } : {}) };
  return context.mutate(async (unit, audit) => {
    const held = await holdInbox(unit, audit, id);
    const known = { name: held.name, reopen: held.reopen };
    if (given(name) || given(reopen)) await db(unit.tx).updateTable('Inbox').set(wanted).where('id', '=', id).execute();
    audit.draft = { ...audit.draft, before: known, after: { ...known, ...wanted } };
  });
}

const given = <Value>(value: Value | null | undefined): value is Value => value !== null && value !== undefined;

/** Repeating it changes nothing; one that its provider switched off stays so, for that reason. */
export function disableInbox(context: OperationContext, id: string): Promise<void> {
  return context.mutate(async (unit, audit) => {
    const { state, disabledReason } = await holdInbox(unit, audit, id);
    if (state === 'ACTIVE') {
      await db(unit.tx).updateTable('Inbox').set({ state: 'DISABLED', disabledReason: 'MANUAL', disabledDetail: null, disabledAt: unit.now }).where('id', '=', id).execute();
    }
    audit.draft = { ...audit.draft, before: { state, disabledReason }, after: { state: 'DISABLED', disabledReason: disabledReason ?? 'MANUAL' } };
  });
}

/** What waits is found by the sweeper within a second or so. What was refused before now says nothing of it any more. */
export function enableInbox(context: OperationContext, id: string): Promise<void> {
  return context.mutate(async (unit, audit) => {
    const { state, disabledReason } = await holdInbox(unit, audit, id);
    if (state === 'DISABLED') {
      await db(unit.tx).updateTable('Inbox').set({ state: 'ACTIVE', disabledReason: null, disabledDetail: null, disabledAt: null, authorisedAt: unit.now }).where('id', '=', id).execute();
    }
    audit.draft = { ...audit.draft, before: { state, disabledReason }, after: { state: 'ACTIVE', disabledReason: null } };
  });
}

/** Its credentials are destroyed and its address is anybody's again; the row stays for the conversations that name it. */
export function deleteInbox(context: OperationContext, id: string): Promise<void> {
  return context.mutate(async (unit, audit) => {
    const { state, name, channel } = await holdInbox(unit, audit, id);
    await db(unit.tx).updateTable('Inbox').set({
      state: 'DELETED', credentials: null, externalId: null, disabledReason: null, disabledDetail: null, disabledAt: null, secretOverlapUntil: null, tokenExpiresAt: null, tokenWarnedAt: null,
    }).where('id', '=', id).execute();
    audit.draft = { ...audit.draft, before: { state, name, channel }, after: { state: 'DELETED' } };
  });
}
