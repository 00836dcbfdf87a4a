// A customer that a change names: there, and there until it ends.
import { ErrorCode, Refusal } from '../../kernel/base/errors.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { db } from '../tables.js';

export const noCustomer = (field: readonly string[]): Refusal => new Refusal('CustomerNotFound', ErrorCode.NOT_FOUND, 'There is no such customer in your tenant.', field);

/** @throws Refusal CustomerNotFound */
export async function holdCustomer({ tx }: UnitOfWork, id: string, field: readonly string[]): Promise<void> {
  const held = await db(tx).selectFrom('Customer').select('id').where('id', '=', id).forKeyShare().executeTakeFirst();
  if (!held) throw noCustomer(field);
}
