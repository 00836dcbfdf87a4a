// What a product is made of besides its own row, checked and written: variants with prices, groups of options with deltas, windows of the week.
import { sql } from 'kysely';
import { invalidInput } from '../../kernel/base/errors.js';
import { newId } from '../../kernel/base/ids.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { amountOf, currencyOf, eachCurrencyOnce, lineOf, MOST_MINOR, wholeOf } from '../given.js';
import type { MoneyInput } from '../money/money.input.js';
import type { VariantOptionValue } from './product.entity.js';
import type { OptionGroupInput, ProductWindowInput, VariantInput, VariantOptionInput } from './product.inputs.js';

type Path = readonly string[];
/** As JSON holds it: 64 bits are text. */
export interface Amount { currency: string; minor: string }

export interface NewVariant { id: string; sku: string; name: string | null; options: VariantOptionValue[]; tracksInventory: boolean; prices: Amount[] }
interface NewChoice { id: string; groupId: string; name: string; place: number }
export interface NewGroups {
  groups: { id: string; name: string; least: number; most: number; place: number }[];
  choices: NewChoice[];
  deltas: (Amount & { choiceId: string })[];
}
export interface NewWindow { weekday: number; from: number; to: number }

/** @throws Refusal InputInvalid */
export function pricesOf(prices: readonly MoneyInput[], field: Path): Amount[] {
  if (prices.length === 0) throw invalidInput('Give at least one price.', field);
  return eachCurrencyOnce(prices, field).map(({ minor, currency }) => ({ currency: currencyOf(currency, field), minor: String(amountOf(minor, field)) }));
}

/** @throws Refusal InputInvalid */
export function optionsOf(options: readonly VariantOptionInput[] | null | undefined, field: Path): VariantOptionValue[] {
  const given = (options ?? []).map(({ name, value }) => ({ name: lineOf(name, field, 50), value: lineOf(value, field, 100) }));
  if (given.length > 10 || new Set(given.map(({ name }) => name)).size < given.length) throw invalidInput('Give at most 10 properties, each once.', field);
  return given;
}

export const skuOf = (sku: string, field: Path): string => lineOf(sku, field, 100);
export const variantNameOf = (name: string | null | undefined, field: Path): string | null => (typeof name === 'string' && name.trim() !== '' ? lineOf(name, field, 100) : null);

/** @throws Refusal InputInvalid */
export const variantOf = ({ sku, name, options, tracksInventory, prices }: VariantInput, field: Path): NewVariant => ({
  id: newId(), sku: skuOf(sku, [...field, 'sku']), name: variantNameOf(name, [...field, 'name']), options: optionsOf(options, [...field, 'options']),
  tracksInventory: tracksInventory ?? false, prices: pricesOf(prices, [...field, 'prices']),
});

/** @throws Refusal InputInvalid */
export function groupsOf(inputs: readonly OptionGroupInput[], field: Path): NewGroups {
  if (inputs.length > 20) throw invalidInput('Give at most 20 groups.', field);
  const made: NewGroups = { groups: [], choices: [], deltas: [] };
  for (const [place, { name, least, most, choices }] of inputs.entries()) {
    if (choices.length === 0 || choices.length > 50) throw invalidInput('A group has 1 to 50 choices.', [...field, 'choices']);
    wholeOf(most, [...field, 'most'], 1, choices.length);
    const group = { id: newId(), name: lineOf(name, [...field, 'name'], 100), least: wholeOf(least, [...field, 'least'], 0, most), most, place };
    made.groups.push(group);
    for (const [at, choice] of choices.entries()) {
      const one = { id: newId(), groupId: group.id, name: lineOf(choice.name, [...field, 'choices', 'name'], 100), place: at };
      made.choices.push(one);
      const path = [...field, 'choices', 'deltas'];
      made.deltas.push(...eachCurrencyOnce(choice.deltas ?? [], path).map(({ minor, currency }) => (
        { choiceId: one.id, currency: currencyOf(currency, path), minor: String(amountOf(minor, path, -MOST_MINOR)) })));
    }
  }
  return made;
}

/** Minutes of the day. @throws Refusal InputInvalid */
function minuteOf(text: string, field: Path): number {
  const [, hours, minutes] = /^([01]\d|2[0-4]):([0-5]\d)$/.exec(text) ?? [];
  const minute = Number(hours) * 60 + Number(minutes);
  if (!(minute <= 1_440)) throw invalidInput('A time of day is HH:MM, from 00:00 to 24:00.', field);
  return minute;
}

/** @throws Refusal InputInvalid, also when two of them overlap */
export function windowsOf(inputs: readonly ProductWindowInput[], field: Path): NewWindow[] {
  if (inputs.length > 50) throw invalidInput('Give at most 50 windows.', field);
  const windows = inputs.map(({ weekday, from, to }) => ({
    weekday: wholeOf(weekday, [...field, 'weekday'], 1, 7), from: minuteOf(from, [...field, 'from']), to: minuteOf(to, [...field, 'to']),
  })).toSorted((a, b) => a.weekday - b.weekday || a.from - b.from);
  for (const [place, { weekday, from, to }] of windows.entries()) {
    if (from >= to) throw invalidInput('A window ends after it begins: give two for one that crosses midnight.', [...field, 'to']);
    const next = windows[place + 1];
    if (next && next.weekday === weekday && next.from < to) throw invalidInput('Two windows overlap.', field);
  }
  return windows;
}

export async function writeVariants({ tx, now }: UnitOfWork, tenantId: string, productId: string, variants: readonly NewVariant[]): Promise<void> {
  const db = tx.getKysely();
  await sql`insert into commerce.variant (tenant_id, id, product_id, sku, name, options, tracks_inventory, created_at)
    select ${tenantId}::uuid, v.id, ${productId}::uuid, v.sku, v.name, v.options, v."tracksInventory", ${now}
    from jsonb_to_recordset(${JSON.stringify(variants)}::jsonb) v(id uuid, sku text, name text, options jsonb, "tracksInventory" boolean)`.execute(db);
  await writePrices({ tx }, tenantId, variants.flatMap(({ id, prices }) => prices.map((price) => ({ variantId: id, ...price }))));
}

export async function writePrices({ tx }: Pick<UnitOfWork, 'tx'>, tenantId: string, prices: readonly (Amount & { variantId: string })[]): Promise<void> {
  await sql`insert into commerce.price (tenant_id, variant_id, currency, minor)
    select ${tenantId}::uuid, p."variantId", p.currency, p.minor from jsonb_to_recordset(${JSON.stringify(prices)}::jsonb) p("variantId" uuid, currency text, minor bigint)`.execute(tx.getKysely());
}

/** These and no others. */
export async function replaceGroups({ tx }: UnitOfWork, tenantId: string, productId: string, { groups, choices, deltas }: NewGroups): Promise<void> {
  const db = tx.getKysely();
  await sql`delete from commerce.option_group where product_id = ${productId}::uuid`.execute(db);
  if (groups.length === 0) return;
  await sql`insert into commerce.option_group (tenant_id, id, product_id, name, least, most, place)
    select ${tenantId}::uuid, g.id, ${productId}::uuid, g.name, g.least, g.most, g.place
    from jsonb_to_recordset(${JSON.stringify(groups)}::jsonb) g(id uuid, name text, least smallint, most smallint, place smallint)`.execute(db);
  await sql`insert into commerce.option_choice (tenant_id, id, group_id, name, place)
    select ${tenantId}::uuid, c.id, c."groupId", c.name, c.place from jsonb_to_recordset(${JSON.stringify(choices)}::jsonb) c(id uuid, "groupId" uuid, name text, place smallint)`.execute(db);
  if (deltas.length === 0) return;
  await sql`insert into commerce.option_delta (tenant_id, choice_id, currency, minor)
    select ${tenantId}::uuid, d."choiceId", d.currency, d.minor from jsonb_to_recordset(${JSON.stringify(deltas)}::jsonb) d("choiceId" uuid, currency text, minor bigint)`.execute(db);
}

/** These and no others. */
export async function replaceWindows({ tx }: UnitOfWork, tenantId: string, productId: string, windows: readonly NewWindow[]): Promise<void> {
  const db = tx.getKysely();
  await sql`delete from commerce.product_window where product_id = ${productId}::uuid`.execute(db);
  if (windows.length === 0) return;
  await sql`insert into commerce.product_window (tenant_id, product_id, weekday, from_minute, to_minute)
    select ${tenantId}::uuid, ${productId}::uuid, w.weekday, w."from", w."to" from jsonb_to_recordset(${JSON.stringify(windows)}::jsonb) w(weekday smallint, "from" smallint, "to" smallint)`.execute(db);
}
