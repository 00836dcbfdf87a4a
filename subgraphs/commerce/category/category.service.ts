// Categories: made, changed, put away, listed; never deleted, for products name them.
import { sql } from 'kysely';
import { ErrorCode, Refusal } from '../../kernel/base/errors.js';
import { newId } from '../../kernel/base/ids.js';
import { unlessTaken } from '../../kernel/data/scarce.js';
import { decodeCursor, encodeCursor, pageOf, pageSize, type Page } from '../../kernel/graphql/connections.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { defineLoader } from '../../kernel/graphql/loaders.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { foldedOf, lineOf, wholeOf } from '../given.js';
import { MOST_PPM } from '../shop/shop.service.js';
import { db } from '../tables.js';
import type { CategoryCreateInput, CategoryUpdateInput } from './category.type.js';

export interface CategoryRow {
  id: string;
  name: string;
  folded: string;
  taxRatePpm: number | null;
  archivedAt: Date | null;
}

const COLUMNS = ['id', 'name', 'folded', 'taxRatePpm', 'archivedAt'] as const;
const rateOf = (given: number | null | undefined): number | null => (typeof given === 'number' ? wholeOf(given, ['input', 'taxRatePpm'], 0, MOST_PPM) : null);
const noCategory = (field: readonly string[]): Refusal => new Refusal('CategoryNotFound', ErrorCode.NOT_FOUND, 'There is no such category in your tenant.', field);

export const categoryById = defineLoader<OperationContext, string, CategoryRow>({
  name: 'category.byId', keyOf: (key) => key,
  batch: async (context, ids) => {
    const found = await db(await context.read()).selectFrom('Category').select(COLUMNS).where('id', '=', sql<string>`any (${[...ids]}::uuid[])`).execute();
    return new Map(found.map((row) => [row.id, row]));
  },
});

/** It stays while the change is made. @throws Refusal CategoryNotFound */
export async function holdCategory({ tx }: UnitOfWork, id: string, field: readonly string[]): Promise<void> {
  const held = await db(tx).selectFrom('Category').select('id').where('id', '=', id).forKeyShare().executeTakeFirst();
  if (!held) throw noCategory(field);
}

export class CategoryService {
  /** By name, whatever its case. @throws BAD_USER_INPUT */
  async page(context: OperationContext, { first, after, archived }: { first?: number | null; after?: string | null; archived?: boolean | null }): Promise<Page<CategoryRow>> {
    const size = pageSize(first);
    const beyond = decodeCursor(after, [(value) => typeof value === 'string' && !value.includes('\0')]);
    const found = await db(await context.read()).selectFrom('Category').select(COLUMNS).where('tenantId', '=', context.tenantId)
      .where('archivedAt', archived ? 'is not' : 'is', null)
      .$if(beyond !== null, (query) => query.where('folded', '>', String(beyond?.[0]))).orderBy('folded').limit(size + 1).execute();
    return pageOf(found, size, after, ({ folded }) => encodeCursor([folded]));
  }

  /** @throws Refusal InputInvalid, CategoryNameTaken */
  create(context: OperationContext, input: CategoryCreateInput): Promise<string> {
    const [name, taxRatePpm] = [lineOf(input.name, ['input', 'name'], 100), rateOf(input.taxRatePpm)];
    return context.mutate(async (unit, audit) => {
      const id = newId();
      audit.draft = { ...audit.draft, resource: { type: 'Category', id }, after: { name, taxRatePpm } };
      await named(() => db(unit.tx).insertInto('Category').values({ tenantId: context.tenantId, id, name, folded: foldedOf(name), taxRatePpm, archivedAt: null, createdAt: unit.now }).execute());
      return id;
    });
  }

  /** @throws Refusal CategoryNotFound, InputInvalid, CategoryNameTaken */
  update(context: OperationContext, id: string, input: CategoryUpdateInput): Promise<void> {
    const name = typeof input.name === 'string' ? lineOf(input.name, ['input', 'name'], 100) : null;
    const taxRatePpm = rateOf(input.taxRatePpm);
    return context.mutate(async (unit, audit) => {
      audit.draft = { ...audit.draft, resource: { type: 'Category', id } };
      const before = await db(unit.tx).selectFrom('Category').select(['name', 'taxRatePpm', 'archivedAt']).where('id', '=', id).forUpdate().executeTakeFirst();
      if (!before) throw noCategory(['input', 'categoryId']);
      const archivedAt = typeof input.archived === 'boolean' ? (input.archived ? before.archivedAt ?? unit.now : null) : before.archivedAt;
      const after = { name: name ?? before.name, taxRatePpm: input.taxRatePpm === undefined ? before.taxRatePpm : taxRatePpm, archivedAt };
      await named(() => db(unit.tx).updateTable('Category').set({ ...after, folded: foldedOf(after.name) }).where('id', '=', id).execute());
      const told = (of: { name: string; taxRatePpm: number | null; archivedAt: Date | null }) => ({ name: of.name, taxRatePpm: of.taxRatePpm, archived: of.archivedAt !== null });
      audit.draft = { ...audit.draft, before: told(before), after: told(after) };
    });
  }
}

const named = (write: () => Promise<unknown>): Promise<unknown> =>
  unlessTaken('category_name', write, () => new Refusal('CategoryNameTaken', ErrorCode.NAME_TAKEN, 'Another category has this name.', ['input', 'name']));
