// An order as a till tells it, held to what can be true: every amount is counted again, and nothing is priced anew.
import { invalidInput } from '../../kernel/base/errors.js';
import { inputId } from '../../kernel/graphql/context.js';
import { amountOf, currencyOf, lineOf, MOST_MINOR, textOf, wholeOf } from '../given.js';
import type { Fulfillment } from '../order/order.entity.js';
import type { OrderState } from '../order/order.states.js';
import type { OrderImportInput, OrderImportLineInput } from './order-import.inputs.js';

const MOST_LINES = 50;
const MOST_CHOICES = 100;
/** Clocks of tills differ. */
const AHEAD_MS = 300_000;
const OLDEST_MS = 400 * 86_400_000;
const IMPORTED: readonly OrderState[] = ['ACCEPTED', 'PREPARING', 'READY', 'COMPLETED'];

/** Amounts are decimal text, so that two deliveries of the same order say the same. */
export interface SoldLine {
  sku: string; quantity: number; unitMinor: string; choices: { group: string; name: string; minor: string }[]; note: string | null; taxRatePpm: number; discountMinor: string; taxMinor: string; totalMinor: string;
}
export interface SoldOrder {
  source: string; externalId: string; placedAt: Date; fulfillmentStatus: OrderState; fulfillment: Fulfillment; customerId: string | null; address: string | null; note: string | null;
  currency: string; pricesIncludeTax: boolean; lines: SoldLine[];
  subtotalMinor: string; discountMinor: string; taxMinor: string; tipMinor: string; totalMinor: string;
}

/** @throws Refusal InputInvalid */
export function soldOrder(input: OrderImportInput, now: Date): SoldOrder {
  const { externalId, placedAt, fulfillmentStatus, fulfillment, pricesIncludeTax } = input;
  if (!/^[\x21-\x7e]{1,100}$/.test(externalId)) throw invalidInput('Give 1 to 100 printable ASCII characters without spaces.', ['input', 'externalId']);
  if (placedAt.getTime() > now.getTime() + AHEAD_MS || placedAt.getTime() < now.getTime() - OLDEST_MS) throw invalidInput('It was made within the last 400 days.', ['input', 'placedAt']);
  if (!IMPORTED.includes(fulfillmentStatus)) throw invalidInput(`An order that is brought in is ${IMPORTED.join(', ')}.`, ['input', 'fulfillmentStatus']);
  if (input.lines.length < 1 || input.lines.length > MOST_LINES) throw invalidInput(`Give 1 to ${MOST_LINES} lines.`, ['input', 'lines']);
  const lines = input.lines.map((line, place) => soldLine(line, place, pricesIncludeTax));
  const tip = amountOf(input.tipMinor ?? 0n, ['input', 'tipMinor']);
  const sum = (of: (line: (typeof lines)[number]) => bigint): bigint => lines.reduce((all, line) => all + of(line), 0n);
  const total = sum((line) => line.total) + tip;
  const subtotal = sum((line) => line.gross);
  if (subtotal > MOST_MINOR || total !== amountOf(input.totalMinor, ['input', 'totalMinor'])) throw invalidInput(`The lines and the tip come to ${total}.`, ['input', 'totalMinor']);
  return {
    source: lineOf(input.source, ['input', 'source'], 50), externalId, placedAt, fulfillmentStatus, fulfillment, pricesIncludeTax,
    customerId: input.customerId ? inputId('cust', input.customerId, ['input', 'customerId']) : null,
    address: textOf(input.address, ['input', 'address'], 500), note: textOf(input.note, ['input', 'note'], 500), currency: currencyOf(input.currency, ['input', 'currency']),
    lines: lines.map(({ line }) => line), subtotalMinor: String(subtotal), discountMinor: String(sum(({ line }) => BigInt(line.discountMinor))), taxMinor: String(sum(({ line }) => BigInt(line.taxMinor))),
    tipMinor: String(tip), totalMinor: String(total),
  };
}

/** @throws Refusal InputInvalid */
function soldLine(given: OrderImportLineInput, place: number, pricesIncludeTax: boolean): { line: SoldLine; gross: bigint; total: bigint } {
  const at = (name: string): string[] => ['input', 'lines', String(place), name];
  const quantity = wholeOf(given.quantity, at('quantity'), 1, 999);
  const unit = amountOf(given.unitMinor, at('unitMinor'));
  const gross = unit * BigInt(quantity);
  if (gross > MOST_MINOR) throw invalidInput('The line comes to more than can be counted.', at('unitMinor'));
  const discount = amountOf(given.discountMinor ?? 0n, at('discountMinor'));
  if (discount > gross) throw invalidInput('More is taken off than the line costs.', at('discountMinor'));
  const tax = amountOf(given.taxMinor ?? 0n, at('taxMinor'));
  if (pricesIncludeTax && tax > gross - discount) throw invalidInput('The tax is more than the line costs.', at('taxMinor'));
  if (given.choices.length > MOST_CHOICES) throw invalidInput(`Give at most ${MOST_CHOICES} choices.`, at('choices'));
  const total = gross - discount + (pricesIncludeTax ? 0n : tax);
  const choices = given.choices.map(({ group, name, minor }) => ({
    group: lineOf(group, at('choices'), 100), name: lineOf(name, at('choices'), 100), minor: String(amountOf(minor, at('choices'), -MOST_MINOR)),
  }));
  return {
    gross, total,
    line: {
      sku: lineOf(given.sku, at('sku'), 100), quantity, unitMinor: String(unit), choices, note: textOf(given.note, at('note'), 500), taxRatePpm: wholeOf(given.taxRatePpm, at('taxRatePpm'), 0, 1_000_000),
      discountMinor: String(discount), taxMinor: String(tax), totalMinor: String(total),
    },
  };
}
