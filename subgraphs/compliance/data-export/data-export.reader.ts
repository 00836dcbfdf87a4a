// Reads a list page by page on behalf of whoever asked: each page with the rights they have at that moment.
import { GraphUnavailable, type Delegate, type GraphAnswer, type GraphClient } from '../../kernel/base/graph-client.js';
import { cellsOf, type Cell } from './data-export.columns.js';
import { PAGE } from './data-export.document.js';
import type { DataExportFailure } from './data-export.entity.js';
import { EXPORT_PERMISSION, type DataExportRow } from './data-export.service.js';

/** Why an export cannot go on, now or later. */
export class Stopped extends Error {
  constructor(readonly failure: DataExportFailure, cause?: unknown) {
    super(`The export stops: ${failure}.`, { cause });
  }
}

export interface ReadPage {
  rows: Cell[][];
  /** Where the next page begins; null: this was the last. */
  next: string | null;
}

export const delegateOf = ({ tenantId, requesterKind, requesterId, requesterIp, requesterAgent }: DataExportRow): Delegate =>
  ({ kind: requesterKind, id: requesterId, tenant: tenantId, ip: requesterIp, userAgent: requesterAgent });

/** @throws Stopped, GraphUnavailable */
export async function readPage(graph: GraphClient, row: DataExportRow, after: string | null, size: number): Promise<ReadPage> {
  const { query, variables, paging, list, rows } = row.plan;
  const answer = await graph.query({
    delegate: delegateOf(row), permission: EXPORT_PERMISSION, query, variables: { ...variables, [paging.first]: size, [paging.after]: after }, correlationId: `export-${row.id}`,
  });
  if (answer === null) throw new Stopped('RIGHTS_REVOKED');
  judge(answer);
  const found = list.reduce<unknown>(fieldOf, answer.data);
  // What leads to the list is not there, or not for them.
  if (typeof found !== 'object' || found === null) throw new Stopped('OPERATION_REFUSED');
  const { hasNextPage, endCursor } = fieldOf(found, PAGE) as { hasNextPage: boolean; endCursor: string | null };
  const [many, one] = rows;
  const read = (fieldOf(found, many) as unknown[]).map((item) => cellsOf(one === undefined ? item : fieldOf(item, one), row.columns));
  if (!hasNextPage) return { rows: read, next: null };
  if (endCursor === null || endCursor === after) throw new Error(`The list ${list.join('.')} does not come on after ${String(after)}.`);
  return { rows: read, next: endCursor };
}

const fieldOf = (value: unknown, name: string): unknown => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : null);

const AGAIN = new Set(['MAINTENANCE', 'RATE_LIMITED', 'INTERNAL']);

/** A page with anything missing is none: cells that are empty without a word would be a lie. @throws Stopped, GraphUnavailable */
function judge({ errors }: GraphAnswer): void {
  const [error] = errors;
  if (!error) return;
  const { code, reason } = error.extensions ?? {};
  const cause = new Error(error.message);
  // What was shown was not believed, because a key has changed or a minute was over: the next one will be.
  if (code === 'UNAUTHENTICATED' && reason !== 'revoked') throw new GraphUnavailable('The delegation was not taken.', { cause });
  if (code === 'UNAUTHENTICATED' || code === 'FORBIDDEN') throw new Stopped('RIGHTS_REVOKED', cause);
  if (AGAIN.has(String(code))) throw new GraphUnavailable(`The graph answers ${String(code)}.`, { cause });
  throw new Stopped('OPERATION_REFUSED', cause);
}
