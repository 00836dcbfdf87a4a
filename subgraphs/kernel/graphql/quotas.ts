// What a tenant may use here and uses: one counter each, taken by one conditional update in the transaction that consumes.
import { sql } from 'kysely';
import { monthlyPeriod, type Period } from '../base/monthly-period.js';
import type { Tx } from '../data/database.js';
import type { CountedQuota } from '../data/quota-recount.js';
import type { UnitOfWork } from '../messaging/unit-of-work.js';
import { Tallies } from './quota.tallies.js';
import { featureNotInTier, quotaExceeded } from './quota.errors.js';

/** What a tenant is granted, as the subgraph that decides it says it. */
export interface Limits {
  /** Rises with each change: of two that arrive in any order the higher one holds. */
  version: number;
  tier: string;
  features: readonly string[];
  /** From where months are counted. */
  anchor: Date;
  /** By quota; null or absent: without limit. */
  ceilings: Readonly<Record<string, number | null>>;
  /** By quota or feature: who allows more of it, smallest first. */
  offers: Readonly<Record<string, readonly string[]>>;
}


export interface QuotaMeasure {
  name: string;
  startsAt: string;
  endsAt: string | null;
  used: number;
  over: number;
  /** Rises with each change of the counter. */
  revision: number;
}

/** A period of what lasts. */
const ALWAYS = new Date(0);

interface Counter extends Period {
  granted: string | null;
  used: string;
  over: string;
}

type Change = Pick<UnitOfWork, 'tx' | 'now'>;

/** The tenant of the transaction, as SQL. */
const TENANT = `(select nullif(current_setting('app.tenant_id', true), '')::uuid)`;

export class Quotas {
  readonly #counter;
  readonly #limit;
  readonly #tallies;

  /** @param initial what a tenant is granted until the first word of it arrives */
  constructor(schema: string, readonly definitions: readonly CountedQuota[], private readonly initial: Omit<Limits, 'anchor' | 'version'>) {
    this.#counter = sql.table(`${schema}.quota`);
    this.#limit = sql.table(`${schema}.tenant_limit`);
    this.#tallies = new Tallies(schema, definitions);
  }

  /** Counts what there is of a tenant that was never counted: before something is added to it by any other way than `take` first. */
  async ready(unit: Change, tenantId: string, name: string): Promise<void> {
    await this.#ready(unit, tenantId, name);
  }

  /** Takes one, in the transaction of what is made and before it is. @throws Refusal QuotaExceeded */
  async take(unit: Change, tenantId: string, name: string, field: readonly string[] | null): Promise<Period> {
    const { limits, period } = await this.#ready(unit, tenantId, name);
    const { rows: [taken] } = await sql`update ${this.#counter} set used = used + 1, revision = revision + 1
      where tenant_id = ${tenantId}::uuid and name = ${name} and starts_at = ${period.startsAt} and (ceiling is null or used < ceiling)
      returning 1`.execute(unit.tx.getKysely());
    if (!taken) throw this.#exceeded(limits, name, await this.#read(unit, tenantId, name, period), field);
    return period;
  }

  /** Refuses early what `take` would refuse now; takes nothing. @throws Refusal QuotaExceeded */
  async assertRoom(unit: Change, tenantId: string, name: string, field: readonly string[] | null): Promise<void> {
    const { limits, period } = await this.#ready(unit, tenantId, name);
    const counter = await this.#read(unit, tenantId, name, period);
    const used = BigInt(counter.used) + BigInt(counter.over) + await this.#tallies.waiting(unit.tx, tenantId, name);
    if (counter.granted !== null && used >= BigInt(counter.granted)) throw this.#exceeded(limits, name, { ...counter, used: String(used), over: '0' }, field);
  }

  /** Adds to the counters what triggers have told of since. @returns how many changes that were */
  async fold(unit: Change, tenantId: string): Promise<number> {
    // What is granted first, as everybody takes it before the counters.
    const { anchor } = await this.#limits(unit, tenantId);
    await this.#lockCounters(unit, tenantId);
    const told = await this.#tallies.take(unit.tx, tenantId);
    if (told.length === 0) return 0;
    const sums = new Map<string, { name: string; at: Date; amount: bigint }>();
    for (const { name, at, amount } of told) {
      const { monthly } = this.#definition(name);
      const key = `${name} ${monthly ? monthlyPeriod(anchor, at).startsAt.toISOString() : ''}`;
      const sum = sums.get(key);
      sums.set(key, { name, at, amount: (sum?.amount ?? 0n) + BigInt(amount) });
    }
    for (const { name, at, amount } of [...sums.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      // Of the month it happened in, which may be over.
      const { period, made } = await this.#ready({ ...unit, now: at }, tenantId, name);
      // A count of rows that was made just now knows of them.
      if (made && !this.#definition(name).monthly) continue;
      const total = sql`(used + over + ${String(amount)}::bigint)`;
      await sql`update ${this.#counter} set used = least(${total}, coalesce(granted, ${total})), over = ${total} - least(${total}, coalesce(granted, ${total})),
          ceiling = granted, revision = revision + 1
        where tenant_id = ${tenantId}::uuid and name = ${name} and starts_at = ${period.startsAt}`.execute(unit.tx.getKysely());
    }
    return told.length;
  }

  /** Counts what is not to be refused. @returns whether some of it was beyond what is granted */
  async count(unit: Change, tenantId: string, name: string, amount = 1): Promise<Period & { over: boolean }> {
    const { period } = await this.#ready(unit, tenantId, name);
    // Whatever raises the ceiling takes in what is over, so that what is over is so because nothing was left.
    const { rows: [counted] } = await sql<{ over: boolean }>`update ${this.#counter} set revision = revision + 1,
        used = used + least(${amount}::bigint, coalesce(ceiling - used, ${amount}::bigint)), over = over + ${amount}::bigint - least(${amount}::bigint, coalesce(ceiling - used, ${amount}::bigint))
      where tenant_id = ${tenantId}::uuid and name = ${name} and starts_at = ${period.startsAt} returning over > 0 as over`.execute(unit.tx.getKysely());
    return { ...period, over: counted?.over ?? false };
  }

  /** Gives one back, in the transaction that ends it and after it has ended. */
  async giveBack(unit: Change, tenantId: string, name: string): Promise<void> {
    const { period, made } = await this.#ready(unit, tenantId, name);
    // Who is counted here for the first time is counted without it.
    if (made) return;
    await sql`update ${this.#counter} set used = used - 1, ceiling = case when granted is null then null else greatest(granted, used - 1) end, revision = revision + 1
      where tenant_id = ${tenantId}::uuid and name = ${name} and starts_at = ${period.startsAt}`.execute(unit.tx.getKysely());
  }

  /** @throws Refusal FeatureNotInTier */
  async assertFeature(unit: Change, tenantId: string, feature: string, field: readonly string[] | null = null): Promise<void> {
    const { features, offers } = await this.#limits(unit, tenantId);
    if (!features.includes(feature)) throw featureNotInTier(feature, offers[feature] ?? [], field);
  }

  /** Whether the tenant has a feature, for reading: without a first word, as in the smallest tier. */
  async feature(tx: Tx, tenantId: string, feature: string): Promise<{ granted: boolean; offers: readonly string[] }> {
    const { rows: [known] } = await sql<Pick<Limits, 'features' | 'offers'>>`select features, offers from ${this.#limit} where tenant_id = ${tenantId}::uuid`.execute(tx.getKysely());
    const { features, offers } = known ?? this.initial;
    return { granted: features.includes(feature), offers: offers[feature] ?? [] };
  }

  /** Puts in force what a tenant is granted from now on. Older words change nothing, and are answered. @returns false for those */
  async apply(unit: Change, tenantId: string, limits: Limits): Promise<boolean> {
    const db = unit.tx.getKysely();
    const { rows: [newer] } = await sql`insert into ${this.#limit} as l (tenant_id, version, tier, features, anchor, ceilings, offers)
      values (${tenantId}::uuid, ${limits.version}, ${limits.tier}, ${[...limits.features]}::text[], ${limits.anchor}, ${JSON.stringify(limits.ceilings)}::jsonb, ${JSON.stringify(limits.offers)}::jsonb)
      on conflict (tenant_id) do update set version = excluded.version, tier = excluded.tier, features = excluded.features, anchor = excluded.anchor,
        ceilings = excluded.ceilings, offers = excluded.offers where l.version < excluded.version returning 1`.execute(db);
    await this.#lockCounters(unit, tenantId);
    for (const { name, monthly } of this.definitions) {
      if (newer) {
        const granted = limits.ceilings[name] ?? null;
        const period = monthly ? monthlyPeriod(limits.anchor, unit.now) : { startsAt: ALWAYS, endsAt: null };
        await sql`update ${this.#counter} set granted = ${granted}::bigint, ceiling = case when ${granted}::bigint is null then null else greatest(${granted}::bigint, used) end,
            starts_at = ${period.startsAt}, ends_at = ${period.endsAt}::timestamptz
          where tenant_id = ${tenantId}::uuid and name = ${name} and (ends_at is null or ends_at > ${unit.now})`.execute(db);
        // What was beyond the old limit is within the new one as far as there is room.
        await sql`update ${this.#counter} set used = used + least(over, coalesce(ceiling - used, over)), over = over - least(over, coalesce(ceiling - used, over))
          where tenant_id = ${tenantId}::uuid and name = ${name} and starts_at = ${period.startsAt} and over > 0`.execute(db);
      }
      await this.#ready(unit, tenantId, name);
    }
    // The next report says which version is in force; one that was told already is told again.
    await sql`update ${this.#counter} set revision = revision + 1, reported_at = null
      where tenant_id = ${tenantId}::uuid and (ends_at is null or ends_at > ${unit.now})`.execute(db);
    return newer !== undefined;
  }

  /** What changed since it was last confirmed, to be announced. */
  async unreported(unit: Change, tenantId: string): Promise<{ limitsVersion: number; measures: QuotaMeasure[] }> {
    if (this.#tallies.any) await this.fold(unit, tenantId);
    await this.#lockCounters(unit, tenantId);
    const { tx, now } = unit;
    const { rows } = await sql<QuotaMeasure & { startsAt: Date; endsAt: Date | null }>`update ${this.#counter} set reported_at = ${now}
      where tenant_id = ${tenantId}::uuid and revision > reported
      returning name, starts_at as "startsAt", ends_at as "endsAt", used::float8 as used, over::float8 as over, revision::float8 as revision`.execute(tx.getKysely());
    const { rows: [limit] } = await sql<{ version: number }>`select version::float8 as version from ${this.#limit} where tenant_id = ${tenantId}::uuid`.execute(tx.getKysely());
    return {
      limitsVersion: limit?.version ?? 0,
      measures: rows.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map((row) => ({ ...row, startsAt: row.startsAt.toISOString(), endsAt: row.endsAt?.toISOString() ?? null })),
    };
  }

  /** What was announced has arrived. */
  async confirm(unit: Change, tenantId: string, measures: readonly Pick<QuotaMeasure, 'name' | 'startsAt' | 'revision'>[]): Promise<void> {
    await this.#lockCounters(unit, tenantId);
    for (const { name, startsAt, revision } of measures) {
      await sql`update ${this.#counter} set reported = greatest(reported, ${revision})
        where tenant_id = ${tenantId}::uuid and name = ${name} and starts_at = ${new Date(startsAt)}`.execute(unit.tx.getKysely());
    }
  }

  /** Whoever changes several counters of a tenant takes them in one order: two of them wait for each other, and never in a circle. */
  async #lockCounters({ tx }: Change, tenantId: string): Promise<void> {
    await sql`select 1 from ${this.#counter} where tenant_id = ${tenantId}::uuid order by name, starts_at for update`.execute(tx.getKysely());
  }

  /** The counter of now is there, and what is granted stays as it is until the transaction ends. */
  async #ready(unit: Change, tenantId: string, name: string): Promise<{ limits: Limits; period: Period; made: boolean }> {
    const definition = this.#definition(name);
    const limits = await this.#limits(unit, tenantId);
    const period = definition.monthly ? monthlyPeriod(limits.anchor, unit.now) : { startsAt: ALWAYS, endsAt: ALWAYS };
    const db = unit.tx.getKysely();
    const { rows: [known] } = await sql`select 1 from ${this.#counter} where tenant_id = ${tenantId}::uuid and name = ${name} and starts_at = ${period.startsAt}`.execute(db);
    let made = false;
    if (!known) {
      const granted = limits.ceilings[name] ?? null;
      const used = await this.#seed(unit.tx, definition);
      const { rows } = await sql`insert into ${this.#counter} (tenant_id, name, starts_at, ends_at, granted, ceiling, used)
        values (${tenantId}::uuid, ${name}, ${period.startsAt}, ${definition.monthly ? period.endsAt : null}::timestamptz, ${granted}::bigint,
          ${granted === null ? null : Math.max(granted, used)}::bigint, ${used}::bigint) on conflict do nothing returning 1`.execute(db);
      // Who was second waited for the first, whose count does not know of this change.
      made = rows.length > 0;
    }
    return { limits, period, made };
  }

  #definition(name: string): CountedQuota {
    const definition = this.definitions.find((one) => one.name === name);
    if (!definition) throw new Error(`Nothing counts ${name} here.`);
    return definition;
  }

  /** How many there are of a tenant that was never counted. A month begins with none. */
  async #seed(tx: Tx, { monthly, rows, tallied, name }: CountedQuota): Promise<number> {
    if (monthly || !rows) return 0;
    const waiting = tallied ? this.#tallies.sum(TENANT, name) : '0';
    const { rows: [counted] } = await sql<{ n: number }>`select ${sql.raw(`((${rows(TENANT)}) - ${waiting})::float8`)} as n`.execute(tx.getKysely());
    return counted?.n ?? 0;
  }

  async #limits({ tx, now }: Change, tenantId: string): Promise<Limits> {
    const read = () => sql<Limits>`select version::float8 as version, tier, features, anchor, ceilings, offers from ${this.#limit}
      where tenant_id = ${tenantId}::uuid for share`.execute(tx.getKysely());
    const { rows: [known] } = await read();
    if (known) return known;
    const { tier, features, ceilings, offers } = this.initial;
    await sql`insert into ${this.#limit} (tenant_id, version, tier, features, anchor, ceilings, offers)
      values (${tenantId}::uuid, 0, ${tier}, ${[...features]}::text[], ${now}, ${JSON.stringify(ceilings)}::jsonb, ${JSON.stringify(offers)}::jsonb) on conflict do nothing`.execute(tx.getKysely());
    const { rows: [made] } = await read();
    if (!made) throw new Error('The limits of a tenant vanished.');
    return made;
  }

  async #read({ tx }: Change, tenantId: string, name: string, { startsAt }: Period): Promise<Counter> {
    const { rows: [counter] } = await sql<Counter>`select granted, used, over, starts_at as "startsAt", ends_at as "endsAt" from ${this.#counter}
      where tenant_id = ${tenantId}::uuid and name = ${name} and starts_at = ${startsAt}`.execute(tx.getKysely());
    if (!counter) throw new Error(`The counter ${name} of a tenant vanished.`);
    return counter;
  }

  #exceeded({ offers }: Limits, quota: string, { granted, used, over, endsAt }: Counter, field: readonly string[] | null) {
    return quotaExceeded({ quota, limit: BigInt(granted ?? 0), used: BigInt(used) + BigInt(over), resetsAt: endsAt, plansThatAllow: offers[quota] ?? [] }, field);
  }
}
