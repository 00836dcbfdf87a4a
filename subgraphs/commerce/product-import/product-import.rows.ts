// A row of an import as the variant it describes, or the first thing that is wrong with it.
import { Refusal } from '../../kernel/base/errors.js';
import { newId } from '../../kernel/base/ids.js';
import { amountOf, currencyOf, foldedOf, lineOf, textOf } from '../given.js';
import { currencyExponent } from '../../kernel/base/currency.js';
import { PRODUCT_KINDS, type ProductKind } from '../product/product.entity.js';
import { skuOf, variantNameOf, type NewVariant } from '../product/product.parts.js';
import type { CsvRow } from './csv.js';

export const NEEDED = ['kind', 'name', 'sku', 'price', 'currency'] as const;
export const COLUMNS: readonly string[] = [...NEEDED, 'category', 'description', 'variant', 'tracks_inventory'];

export interface ImportFault { line: number; column: string | null; message: string }
export interface ImportedVariant {
  line: number;
  kind: ProductKind;
  name: string;
  description: string | null;
  /** As names of categories are compared; null: none. */
  category: string | null;
  variant: NewVariant;
}

/** Minor units of decimal text. @returns null when it is none, or has more decimals than the currency */
export function minorOf(text: string, currency: string): bigint | null {
  const exponent = currencyExponent(currency);
  const [, whole, fraction = ''] = /^(\d{1,16})(?:\.(\d{1,4}))?$/.exec(text.trim()) ?? [];
  if (whole === undefined || fraction.length > exponent) return null;
  return BigInt(whole + fraction.padEnd(exponent, '0'));
}

/** @param header the names of the columns, in their order */
export function importedOf({ line, fields }: CsvRow, header: readonly string[]): ImportedVariant | ImportFault {
  if (fields.length !== header.length) return { line, column: null, message: `It has ${fields.length} fields, and the header ${header.length}.` };
  const of = (column: string): string => fields[header.indexOf(column)] ?? '';
  try {
    const kind = PRODUCT_KINDS.find((one) => one === of('kind').trim());
    if (!kind) return { line, column: 'kind', message: `A kind is one of ${PRODUCT_KINDS.join(', ')}.` };
    const currency = currencyOf(of('currency').trim(), ['currency']);
    const minor = minorOf(of('price'), currency);
    if (minor === null) return { line, column: 'price', message: `A price in ${currency} is a number with at most ${currencyExponent(currency)} decimals, like 12.` };
    const tracks = of('tracks_inventory').trim().toLowerCase();
    if (!['', 'true', 'false'].includes(tracks)) return { line, column: 'tracks_inventory', message: 'It is true or false.' };
    const category = of('category').trim();
    return {
      line, kind, name: lineOf(of('name'), ['name'], 200), description: textOf(of('description'), ['description'], 5_000), category: category === '' ? null : foldedOf(category.normalize('NFC')),
      variant: {
        id: newId(), sku: skuOf(of('sku'), ['sku']), name: variantNameOf(of('variant'), ['variant']), options: [], tracksInventory: tracks === 'true',
        prices: [{ currency, minor: String(amountOf(minor, ['price'])) }],
      },
    };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { line, column: error.field?.at(-1) ?? null, message: error.message };
  }
}
