// Batched reads of security events: those of the actor's tenant, or of the platform for an actor of none.
import type { Selectable } from 'kysely';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { defineLoader } from '../../kernel/graphql/loaders.js';
import { db, type ComplianceTables } from '../tables.js';

export type SecurityEventRow = Selectable<ComplianceTables['PlatformSecurityEvent']>;

export const securityEventById = defineLoader<OperationContext, string, SecurityEventRow>({
  name: 'securityEvent.byId', keyOf: (key) => key,
  batch: async (context, ids) => {
    const read = db(await context.read());
    const rows: SecurityEventRow[] = context.actor.tenant === null
      ? await read.selectFrom('PlatformSecurityEvent').selectAll().where('id', 'in', [...ids]).execute()
      : await read.selectFrom('SecurityEvent').selectAll().where('id', 'in', [...ids]).execute();
    return new Map(rows.map((row) => [row.id, row]));
  },
});
