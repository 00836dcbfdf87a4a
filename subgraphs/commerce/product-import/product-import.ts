// Products from a file: all of them or, where one row is wrong, none, with a word about each wrong row.
import { sql } from 'kysely';
import { ErrorCode, invalidInput, Refusal } from '../../kernel/base/errors.js';
import { newId } from '../../kernel/base/ids.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { foldedOf } from '../given.js';
import { writePrices } from '../product/product.parts.js';
import { CsvFault, csvRows, type CsvRow } from './csv.js';
import { COLUMNS, importedOf, NEEDED, type ImportedVariant, type ImportFault } from './product-import.rows.js';

const CSV = ['input', 'csv'];
const MOST_ROWS = 1_000;
const MOST_VARIANTS = 100;
const MOST_CHARACTERS = 1_000_000;

const faulty = (faults: readonly ImportFault[]): Refusal =>
  new Refusal('ProductImportFaulty', ErrorCode.BAD_USER_INPUT, 'Some rows are not acceptable. Nothing was imported.', CSV, { faults: faults.toSorted((a, b) => a.line - b.line) });

export interface Imported { products: number; variants: number }

/** @throws Refusal InputInvalid, ProductImportFaulty */
export function importProducts(context: OperationContext, csv: string, dryRun: boolean): Promise<Imported> {
  const { rows, faults } = readRows(csv);
  return context.mutate(async (unit, audit) => {
    audit.draft = { ...audit.draft, resource: { type: 'Product', id: null } };
    const categories = await categoriesOf(unit, rows);
    const taken = await takenSkus(unit, rows);
    const wrong = [...faults, ...rows.flatMap(({ line, category, variant: { sku } }): ImportFault[] => [
      ...(category !== null && !categories.has(category) ? [{ line, column: 'category', message: 'There is no such category.' }] : []),
      ...(taken.has(sku) ? [{ line, column: 'sku', message: 'Another variant has this SKU.' }] : []),
    ].slice(0, 1))];
    if (wrong.length > 0) throw faulty(wrong);
    const products = productsOf(rows);
    if (!dryRun) await write(unit, context.tenantId, products, categories);
    const done = { products: products.length, variants: rows.length };
    audit.draft = { ...audit.draft, after: { ...done, dryRun } };
    return done;
  });
}

/** @throws Refusal InputInvalid */
function readRows(csv: string): { rows: ImportedVariant[]; faults: ImportFault[] } {
  if (csv.length > MOST_CHARACTERS || csv.includes('\0') || !csv.isWellFormed()) throw invalidInput('Give at most 1,000,000 characters of text.', CSV);
  const [head, ...body] = parsed(csv);
  const header = (head?.fields ?? []).map((name) => name.trim().toLowerCase());
  const unknown = header.find((name) => !COLUMNS.includes(name));
  const missing = NEEDED.find((name) => !header.includes(name));
  if (missing !== undefined) throw invalidInput(`There is no column ${missing}.`, CSV);
  if (unknown !== undefined || new Set(header).size < header.length) throw invalidInput(unknown === undefined ? 'A column is there twice.' : `Nobody knows the column ${unknown.slice(0, 50)}.`, CSV);
  if (body.length === 0 || body.length > MOST_ROWS) throw invalidInput('Give 1 to 1,000 rows below the header.', CSV);
  const read = body.map((row) => importedOf(row, header));
  const rows = read.filter((one): one is ImportedVariant => 'variant' in one);
  const seen = new Set<string>();
  const twice = rows.filter(({ variant: { sku } }) => seen.size === seen.add(sku).size).map(({ line }): ImportFault => ({ line, column: 'sku', message: 'A row before it has this SKU.' }));
  const lines = new Set(twice.map(({ line }) => line));
  return { rows: rows.filter(({ line }) => !lines.has(line)), faults: [...read.filter((one): one is ImportFault => !('variant' in one)), ...twice] };
}

/** @throws Refusal InputInvalid */
function parsed(csv: string): CsvRow[] {
  try {
    return csvRows(csv);
  } catch (error) {
    if (error instanceof CsvFault) throw invalidInput(`Line ${error.line}: ${error.message}`, CSV);
    throw error;
  }
}

async function categoriesOf({ tx }: UnitOfWork, rows: readonly ImportedVariant[]): Promise<Map<string, string>> {
  const names = [...new Set(rows.flatMap(({ category }) => category ?? []))];
  const found = await sql<{ id: string; folded: string }>`select id, folded from commerce.category where folded = any (${names}::text[]) for key share`.execute(tx.getKysely());
  return new Map(found.rows.map(({ id, folded }) => [folded, id]));
}

async function takenSkus({ tx }: UnitOfWork, rows: readonly ImportedVariant[]): Promise<Set<string>> {
  const found = await sql<{ sku: string }>`select sku from commerce.variant where sku = any (${rows.map(({ variant }) => variant.sku)}::text[])`.execute(tx.getKysely());
  return new Set(found.rows.map(({ sku }) => sku));
}

interface NewProduct { id: string; of: ImportedVariant; variants: ImportedVariant['variant'][] }

/** Rows that follow each other with one name and kind are one product, up to as many variants as one may have. */
function productsOf(rows: readonly ImportedVariant[]): NewProduct[] {
  const products: NewProduct[] = [];
  for (const row of rows) {
    const last = products.at(-1);
    if (last && last.of.name === row.name && last.of.kind === row.kind && last.variants.length < MOST_VARIANTS) last.variants.push(row.variant);
    else products.push({ id: newId(), of: row, variants: [row.variant] });
  }
  return products;
}

/** @throws Refusal ProductImportFaulty when somebody has taken a SKU meanwhile */
async function write(unit: UnitOfWork, tenantId: string, products: readonly NewProduct[], categories: ReadonlyMap<string, string>): Promise<void> {
  const db = unit.tx.getKysely();
  const rows = products.map(({ id, of: { kind, name, description, category } }) => ({ id, kind, name, folded: foldedOf(name), description, category: category === null ? null : categories.get(category) ?? null }));
  await sql`insert into commerce.product (tenant_id, id, kind, category_id, name, folded, description, features, allergens, dietary_tags, created_at)
    select ${tenantId}::uuid, p.id, p.kind, p.category, p.name, p.folded, p.description, '{}', '{}', '{}', ${unit.now}
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) p(id uuid, kind text, name text, folded text, description text, category uuid)`.execute(db);
  const variants = products.flatMap(({ id, variants: own }) => own.map((one) => ({ ...one, productId: id })));
  const made = await sql<{ sku: string }>`insert into commerce.variant (tenant_id, id, product_id, sku, name, options, tracks_inventory, created_at)
    select ${tenantId}::uuid, v.id, v."productId", v.sku, v.name, '[]', v."tracksInventory", ${unit.now}
    from jsonb_to_recordset(${JSON.stringify(variants)}::jsonb) v(id uuid, "productId" uuid, sku text, name text, "tracksInventory" boolean)
    on conflict (tenant_id, sku) do nothing returning sku`.execute(db);
  const written = new Set(made.rows.map(({ sku }) => sku));
  const lost = products.flatMap(({ of, variants: own }) => own.filter(({ sku }) => !written.has(sku)).map((): ImportFault => ({ line: of.line, column: 'sku', message: 'Another variant has this SKU.' })));
  if (lost.length > 0) throw faulty(lost);
  await writePrices(unit, tenantId, variants.flatMap(({ id, prices }) => prices.map((price) => ({ variantId: id, ...price }))));
}
