// The four ways an export is written: two for programs, as the graph says it, and two for people, as they read it.
import { stringify } from 'csv-stringify/sync';
import { guarded } from '../formula.js';
import type { Cell, ExportColumn } from './data-export.columns.js';
import type { DataExportFormat } from './data-export.entity.js';
import { NUMBER, cellText, type Rows, type Sheet } from './data-export.sheet.js';
import { xlsxContent } from './data-export.xlsx.js';

export interface DataFormat {
  extension: string;
  contentType: string;
  rowsMax: number;
  columnsMax: number;
  content(sheet: Sheet, rows: Rows): AsyncIterable<string | Uint8Array>;
}

/** A negative number begins as a formula does, and is none. */
const csvCell = (cell: Cell, { kind, list }: ExportColumn): string => {
  const text = cellText(cell);
  return !list && (kind === 'NUMBER' || kind === 'MONEY') && NUMBER.test(text) ? text : guarded(text);
};
const csvText = (rows: string[][]): string => stringify(rows, { record_delimiter: '\r\n', quoted_match: /[\r\n]/ });

async function* csv({ columns }: Sheet, rows: Rows): AsyncGenerator<string> {
  yield csvText([columns.map(({ heading }) => guarded(heading))]);
  for await (const batch of rows()) yield csvText(batch.map((row) => columns.map((column, place) => csvCell(row[place] ?? null, column))));
}

async function* jsonLines({ columns }: Sheet, rows: Rows): AsyncGenerator<string> {
  const keys = columns.map(({ heading }) => JSON.stringify(heading));
  for await (const batch of rows()) yield batch.map((row) => `{${keys.map((key, place) => `${key}:${JSON.stringify(row[place] ?? null)}`).join(',')}}\n`).join('');
}

/** Fonts and what reads them are loaded by whoever writes one. */
async function* pdf(sheet: Sheet, rows: Rows): AsyncGenerator<Uint8Array> {
  const { pdfContent } = await import('./data-export.pdf.js');
  yield* pdfContent(sheet, rows);
}

const ROWS_MAX = 5_000_000;

export const DATA_FORMATS: Readonly<Record<DataExportFormat, DataFormat>> = {
  CSV: { extension: 'csv', contentType: 'text/csv; charset=utf-8; header=present', rowsMax: ROWS_MAX, columnsMax: 100, content: csv },
  JSON_LINES: { extension: 'jsonl', contentType: 'application/x-ndjson; charset=utf-8', rowsMax: ROWS_MAX, columnsMax: 100, content: jsonLines },
  XLSX: { extension: 'xlsx', contentType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', rowsMax: ROWS_MAX, columnsMax: 100, content: xlsxContent },
  // Nobody turns three thousand pages.
  PDF: { extension: 'pdf', contentType: 'application/pdf', rowsMax: 50_000, columnsMax: 12, content: pdf },
};
