// The languages people read. Nobody has said yet: English for all.
import type { Tx } from '../../kernel/data/database.js';
import type { OperationContext } from '../../kernel/graphql/context.js';

/** BCP 47 tags by person; absent for who has not said. */
export async function localesOf(_tx: Tx, _userIds: readonly string[]): Promise<Map<string, string>> {
  return new Map();
}

/** The caller's own. */
export async function readerLocale(_context: OperationContext): Promise<string | null> {
  return null;
}
