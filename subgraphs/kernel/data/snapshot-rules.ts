// What a subgraph says of backups of one tenant. Every table with a `tenant_id` that is not named here is in them, and its rows come back as they were.

/** Names of tables, or of `table.column`s, and why. */
export type Reasons = Readonly<Record<string, string>>;

/** Table -> column -> SQL of its value, of the row `r`. */
export type Rewritten = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface SnapshotRules {
  /** Tables that are in no snapshot: their rows stay as they are, whatever is restored. */
  stays: Reasons;
  /** Tables that are in no snapshot: their rows go when one takes the place of what is there. */
  ends: Reasons;
  /** Tables whose rows are only added to: what is missing comes back, and what is there stays. */
  grows: Reasons;
  /** Columns that stay as they are, of a row that is there and is therefore not deleted first. */
  keeps: Reasons;
  /** Tables that triggers write to, as rows of others are written: they come last, in place of what the triggers wrote. */
  written: readonly string[];
  /** Conditions on a row `r` without which it, and all that refers to it, is left out: what it is of does not exist any more. */
  wanted: Readonly<Record<string, string>>;
  /** What would lead out of the installation a second time, or let somebody in who was let go since. */
  settled: Rewritten;
  /** Statements that end the restore of the schema, with the tenant as `$1`. */
  after: readonly string[];
  /** What else becomes of it under another tenant's id: two tenants never have the same channel, and nothing happens twice. */
  anew: {
    leaves: Reasons;
    /** `given.name`: what the new tenant is called. */
    rewritten: Rewritten;
    /** Statements with the new tenant as `$1`. */
    after: readonly string[];
  };
}

const PASSED = 'on its way within the installation: where it arrives it is in the snapshot';
const COUNTED = 'counts what was used, which nothing gives back';

/** Of every subgraph. The data keys are in a snapshot in a form of their own. */
export const KERNEL_STAYS: Reasons = {
  data_key: 'no key is taken away: those of the snapshot are added', outbox: PASSED, audit_staging: PASSED, feed: 'was told already; positions only go forward',
  key_rotation: 'how far a rotation is', quota: COUNTED, usage_tally: COUNTED, tenant_limit: 'what is granted now',
};

/** What a subgraph has that says nothing more. */
export const NO_SNAPSHOT_RULES: SnapshotRules = { stays: {}, ends: {}, grows: {}, keeps: {}, written: [], wanted: {}, settled: {}, after: [], anew: { leaves: {}, rewritten: {}, after: [] } };

/** Counters that last are counted anew from the rows by the workers, who do so with those that were not counted for a day. */
export const recountSoon = (schema: string): string => `update ${schema}.quota set recounted_at = '2000-01-01' where tenant_id = $1`;

/** Statements of the migration after which a tenant can be restored: a row in the transaction that restores its rows. No tenant's row: it outlives them. */
export const restoredTable = (schema: string): string[] => [
  `create table ${schema}.tenant_restored (
    restore uuid primary key,
    restored uuid not null,
    snapshot uuid not null,
    mode text not null check (mode in ('REPLACE', 'MERGE', 'NEW')),
    at timestamptz(3) not null default now(),
    -- Rows by table; and files that nothing refers to any more, until they have gone.
    report jsonb not null,
    files text[] not null
  )`,
  `grant select, insert, update, delete on ${schema}.tenant_restored to switchboard_system`,
];
