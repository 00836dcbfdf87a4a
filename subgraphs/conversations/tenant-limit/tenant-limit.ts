// How many conversations a tenant may have a month. Tenancy decides it; until its first word arrives, a tenant has what the smallest tier gives.
import { sql } from 'kysely';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { STORAGE_BYTES } from '../../kernel/data/meter-tables.js';
import { Quotas, type Limits } from '../../kernel/graphql/quotas.js';

/** Conversations in which somebody wrote, each once a month. */
export const CONVERSATIONS = 'CONVERSATIONS';

/** A contract test holds it to tenancy's smallest tier. */
export const INITIAL: Omit<Limits, 'anchor' | 'version'> =
  { tier: 'FREE', features: [], ceilings: { [CONVERSATIONS]: 100, [STORAGE_BYTES]: 10_000_000_000 },
    offers: { [CONVERSATIONS]: ['STARTUP', 'PROFESSIONAL', 'ENTERPRISE', 'CUSTOM'], [STORAGE_BYTES]: ['STANDARD', 'PROFESSIONAL', 'ENTERPRISE'] } };

/** Messages of a month, those of customers and those of staff and bots; and pieces of work done in the background: deliveries read, messages handed over. */
const METERED = ['MESSAGES_IN', 'MESSAGES_OUT', 'JOBS'] as const;

const quotas = new Quotas('conversations', [
  // By what is counted for a month that is not over: also when that began before tenancy said where months begin.
  { name: CONVERSATIONS, monthly: true, rows: (tenant) => `select count(*) from conversations.conversation where tenant_id = ${tenant} and counted_until > now()` },
  { name: STORAGE_BYTES, monthly: false, tallied: true, rows: (tenant) => `select coalesce(sum(bytes), 0) from conversations.stored_file where tenant_id = ${tenant}` },
  ...METERED.map((name) => ({ name, monthly: true, tallied: true })),
], INITIAL);

export const conversationQuotas = (): Quotas => quotas;

/** A conversation under its row lock, and the end of the month it was last counted in. */
export interface CountedConversation {
  id: string;
  tenantId: string;
  countedUntil: Date | null;
}

const isCounted = ({ countedUntil }: CountedConversation, { now }: UnitOfWork): boolean => countedUntil !== null && countedUntil > now;

/** A customer wrote: never refused, marked where it is beyond the plan. */
export async function countInbound(unit: UnitOfWork, conversation: CountedConversation): Promise<void> {
  if (isCounted(conversation, unit)) return;
  const { endsAt, over } = await quotas.count(unit, conversation.tenantId, CONVERSATIONS);
  await mark(unit, conversation, endsAt, over);
}

/** Staff write first in this month. @throws Refusal QuotaExceeded, with the path of what names the conversation */
export async function takeOutbound(unit: UnitOfWork, conversation: CountedConversation, field: readonly string[]): Promise<void> {
  if (isCounted(conversation, unit)) return;
  const { endsAt } = await quotas.take(unit, conversation.tenantId, CONVERSATIONS, field);
  await mark(unit, conversation, endsAt, false);
}

const mark = ({ tx }: UnitOfWork, { tenantId, id }: CountedConversation, endsAt: Date, over: boolean): Promise<unknown> =>
  sql`update conversations.conversation set counted_until = ${endsAt}, over_quota = ${over} where tenant_id = ${tenantId}::uuid and id = ${id}::uuid`.execute(tx.getKysely());
