// What happened with customers, newest first, by keyset: one statement for any number of them, along the primary key.
import { sql } from 'kysely';
import { isUuid } from '../../kernel/base/ids.js';
import { decodeCursor, encodeCursor, isInstantText, pageOf, type Page } from '../../kernel/graphql/connections.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { defineLoader } from '../../kernel/graphql/loaders.js';

export const TIMELINE_KINDS = ['ORDER', 'PAYMENT', 'RESERVATION'] as const;
export type TimelineKind = (typeof TIMELINE_KINDS)[number];

/** What one must be allowed to see to be told of each: who may read a customer may read their orders. */
const NEEDS: Readonly<Record<Exclude<TimelineKind, 'ORDER'>, string>> = { PAYMENT: 'payment:read', RESERVATION: 'booking:read' };

export interface TimelineRow {
  customerId: string;
  kind: TimelineKind;
  at: Date;
  subjectId: string;
  step: string;
  what: string;
  minor: string | null;
  currency: string | null;
}

export interface TimelineKey {
  customerId: string;
  size: number;
  after: string | null;
  kinds: readonly TimelineKind[];
}

const cursorOf = ({ at, subjectId, step }: TimelineRow): string => encodeCursor([at.toISOString(), subjectId, step]);

/** @throws BAD_USER_INPUT when it is no cursor of a timeline */
export const checkTimelineCursor = (after: string | null): (string | number)[] | null =>
  decodeCursor(after, [isInstantText, (value) => typeof value === 'string' && isUuid(value), (value) => typeof value === 'string' && /^[0-9a-f-]{1,36}$/.test(value)]);

/** Those that are asked for and may be seen. */
export const visibleKinds = ({ actor }: OperationContext, asked: readonly TimelineKind[] | null | undefined): TimelineKind[] =>
  TIMELINE_KINDS.filter((kind) => (asked?.includes(kind) ?? true) && (kind === 'ORDER' || actor.permissions.includes(NEEDS[kind])));

const alike = ({ size, after, kinds }: TimelineKey): string => `${size}/${after ?? ''}/${kinds.join()}`;
const keyOf = (key: TimelineKey): string => `${key.customerId}/${alike(key)}`;

export const timelineOfCustomer = defineLoader<OperationContext, TimelineKey, Page<TimelineRow>>({
  name: 'customer.timeline', keyOf,
  batch: async (context, keys) => {
    const pages = new Map<string, Page<TimelineRow>>();
    for (const group of Map.groupBy(keys, alike).values()) {
      const found = await newestOf(context, group);
      for (const key of group) pages.set(keyOf(key), pageOf(found.get(key.customerId) ?? [], key.size, key.after, cursorOf));
    }
    return pages;
  },
});

/** Of each customer and kind at most a page, and of those the newest: what is read is bounded whatever there is. */
async function newestOf(context: OperationContext, keys: readonly TimelineKey[]): Promise<Map<string, TimelineRow[]>> {
  const [shared] = keys;
  if (!shared) return new Map();
  const beyond = checkTimelineCursor(shared.after);
  const earlier = beyond === null ? sql`` : sql`and (t.at, t.subject_id, t.step) < (${beyond[0]}::timestamptz, ${beyond[1]}::uuid, ${beyond[2]}::text)`;
  const limit = shared.size + 1;
  const { rows } = await sql<TimelineRow>`select w.id as "customerId", e.kind, e.at, e.subject_id as "subjectId", e.step, e.what, e.minor, e.currency
    from unnest(${keys.map(({ customerId }) => customerId)}::uuid[]) w(id) cross join lateral (
      select own.* from unnest(${[...shared.kinds]}::text[]) k(kind) cross join lateral (
        select t.kind, t.at, t.subject_id, t.step, t.what, t.minor, t.currency from commerce.timeline_entry t
        where t.customer_id = w.id and t.kind = k.kind ${earlier} order by t.at desc, t.subject_id desc, t.step desc limit ${limit}) own
      order by own.at desc, own.subject_id desc, own.step desc limit ${limit}) e
    order by e.at desc, e.subject_id desc, e.step desc`.execute((await context.read()).getKysely());
  return Map.groupBy(rows, ({ customerId }) => customerId);
}
