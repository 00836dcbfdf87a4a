// Batched reads of exports of lists: those the actor may see.
import type { OperationContext } from '../../kernel/graphql/context.js';
import { defineLoader } from '../../kernel/graphql/loaders.js';
import { sql } from 'kysely';
import { visibleTo, type DataExportRow } from './data-export.service.js';

export const dataExportById = defineLoader<OperationContext, string, DataExportRow>({
  name: 'dataExport.byId', keyOf: (key) => key,
  batch: async (context, ids) => {
    const rows = await visibleTo(await context.read(), context.tenantId, context.actor).selectAll().where(sql<boolean>`id = any(${[...ids]}::uuid[])`).execute();
    return new Map(rows.map((row) => [row.id, row]));
  },
});
