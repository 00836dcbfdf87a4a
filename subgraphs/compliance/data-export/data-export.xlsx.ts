// A workbook of Office Open XML (ECMA-376), written as its rows come: a zip of XML whose sheets are streams.
import { Readable } from 'node:stream';
import { ZipFile } from 'yazl';
import { currencyExponent } from '../../kernel/base/currency.js';
import { isFormula } from '../formula.js';
import type { Cell, ExportColumn } from './data-export.columns.js';
import { NUMBER, cellText, type Rows, type Sheet } from './data-export.sheet.js';
import { wallClock } from './data-export.zone.js';

/** Rows of a sheet, its headings among them. */
const SHEET_ROWS = 1_048_576;
const CELL_MAX = 32_767;
/** Digits a number of a spreadsheet keeps: what has more is text. */
const DIGITS = 15;
const DAY_MS = 86_400_000;
/** Day 0 of spreadsheets, from 1970. */
const EPOCH_DAYS = 25_569;
/** The first instant that a spreadsheet shows as a date. */
const FIRST_DATE = Date.UTC(1900, 2, 1);

const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const RELATIONS = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';

/** Places among the cell formats below. Dates and numbers have the built-in ones, which each program shows as its reader is used to. */
const STYLE = { heading: 1, quoted: 2, instant: 3, whole: 4, decimals: { 0: 4, 2: 5, 3: 6, 4: 7 } as Readonly<Record<number, number>> };
const STYLES = `${HEAD}<styleSheet xmlns="${MAIN}"><numFmts count="2"><numFmt numFmtId="164" formatCode="#,##0.000"/><numFmt numFmtId="165" formatCode="#,##0.0000"/></numFmts>`
  + '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
  + '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders>'
  + '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="8"><xf/><xf fontId="1" applyFont="1"/><xf numFmtId="49" quotePrefix="1"/>'
  + `${[22, 3, 4, 164, 165].map((format) => `<xf numFmtId="${format}" applyNumberFormat="1"/>`).join('')}</cellXfs></styleSheet>`;

/** What XML cannot hold is shown as what is not known. */
const escaped = (text: string): string => text.toWellFormed()
  // What looks like an escape of a workbook is none of ours.
  .replace(/_(?=x[0-9A-Fa-f]{4}_)/g, '_x005F_')
  .replace(/[\p{Cc}\ufffe\uffff]/gu, (one) => ('\t\n\r'.includes(one) || (one >= '\u007f' && one < '\ufffe') ? one : '\ufffd')).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll('\r', '&#13;');

function letters(place: number): string {
  const rest = Math.floor(place / 26);
  return (rest > 0 ? letters(rest - 1) : '') + String.fromCharCode(65 + (place % 26));
}

const cut = (text: string): string => (text.length > CELL_MAX ? `${text.slice(0, CELL_MAX - 1)}…` : text);
const textCell = (at: string, text: string, style = isFormula(text) ? STYLE.quoted : 0): string =>
  (text === '' ? '' : `<c r="${at}" t="inlineStr"${style ? ` s="${style}"` : ''}><is><t xml:space="preserve">${escaped(cut(text))}</t></is></c>`);
const numberCell = (at: string, value: string, style: number): string => `<c r="${at}"${style ? ` s="${style}"` : ''}><v>${value}</v></c>`;

/** An amount in minor units as one in the currency's own. */
function amount(minor: string, digits: number): string {
  const [sign, figures] = minor.startsWith('-') ? ['-', minor.slice(1)] : ['', minor];
  const padded = figures.padStart(digits + 1, '0');
  return digits === 0 ? minor : `${sign}${padded.slice(0, -digits)}.${padded.slice(-digits)}`;
}

type CellOf = (at: string, row: readonly Cell[]) => string;

function cellOf(column: ExportColumn, place: number, columns: readonly ExportColumn[], clock: (instant: number) => number): CellOf {
  const { kind, list } = column;
  const currencyAt = columns.findIndex(({ path }) => path.join('.') === column.currency?.join('.'));
  return (at, row) => {
    const cell = row[place] ?? null;
    if (cell === null) return '';
    const text = cellText(cell);
    if (list) return textCell(at, text);
    if (kind === 'BOOLEAN') return `<c r="${at}" t="b"><v>${cell === true ? 1 : 0}</v></c>`;
    if (kind === 'INSTANT') {
      const instant = clock(Date.parse(text));
      return instant >= FIRST_DATE ? numberCell(at, String(instant / DAY_MS + EPOCH_DAYS), STYLE.instant) : textCell(at, text);
    }
    if ((kind !== 'NUMBER' && kind !== 'MONEY') || !NUMBER.test(text) || text.replace(/\D/g, '').length > DIGITS) return textCell(at, text);
    if (kind === 'NUMBER') return numberCell(at, text, /^-?\d+$/.test(text) ? STYLE.whole : 0);
    const digits = currencyExponent(cellText(row[currencyAt] ?? null));
    return numberCell(at, amount(text, digits), STYLE.decimals[digits] ?? 0);
  };
}

/** Rows one by one over batches, for several sheets in turn. */
class Source {
  #batch: Cell[][] = [];
  #place = 0;

  constructor(private readonly batches: AsyncIterator<Cell[][]>) {}

  /** At most so many; none: there are no more. */
  async take(most: number): Promise<Cell[][]> {
    if (this.#place >= this.#batch.length) {
      const next = await this.batches.next();
      if (next.done) return [];
      [this.#batch, this.#place] = [next.value, 0];
    }
    const taken = this.#batch.slice(this.#place, this.#place + most);
    this.#place += taken.length;
    return taken;
  }
}

async function* sheetXml({ columns, timeZone }: Sheet, source: Source, rowCount: number): AsyncGenerator<string> {
  const clock = wallClock(timeZone);
  const cells = columns.map((column, place) => cellOf(column, place, columns, clock));
  const names = columns.map((_column, place) => letters(place));
  const width = ({ heading, kind }: ExportColumn): number => Math.min(60, Math.max(heading.length + 4, kind === 'TEXT' || kind === 'JSON' ? 24 : 16));
  yield `${HEAD}<worksheet xmlns="${MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>`
    + `<cols>${columns.map((column, place) => `<col min="${place + 1}" max="${place + 1}" width="${width(column)}" customWidth="1"/>`).join('')}</cols><sheetData>`
    + `<row r="1">${columns.map(({ heading }, place) => textCell(`${names[place]}1`, heading, STYLE.heading)).join('')}</row>`;
  for (let written = 0; written < rowCount;) {
    const rows = await source.take(rowCount - written);
    if (rows.length === 0) break;
    const first = written + 2;
    yield rows.map((row, index) => `<row r="${first + index}">${cells.map((cell, place) => cell(`${names[place]}${first + index}`, row)).join('')}</row>`).join('');
    written += rows.length;
  }
  yield `</sheetData><autoFilter ref="A1:${names.at(-1)}${rowCount + 1}"/></worksheet>`;
}

/** Names of sheets have at most 31 characters, and none of some. */
const sheetName = (title: string, place: number): string => {
  const suffix = place === 0 ? '' : ` (${place + 1})`;
  return (title.replace(/[[\]:*?/\\']/g, ' ').trim().slice(0, 31 - suffix.length) || 'Export') + suffix;
};

export async function* xlsxContent(sheet: Sheet, rows: Rows): AsyncGenerator<Uint8Array> {
  const iterator = rows()[Symbol.asyncIterator]();
  const source = new Source(iterator);
  const perSheet = SHEET_ROWS - 1;
  const sheets = Array.from({ length: Math.max(1, Math.ceil(sheet.rowCount / perSheet)) }, (_none, place) => place);
  const options = { mtime: sheet.at };
  const zip = new ZipFile();
  const output = zip.outputStream as Readable;
  zip.on('error', (error: Error) => output.destroy(error));
  const add = (name: string, xml: string): void => zip.addBuffer(Buffer.from(xml), name, options);
  const type = (part: string, kind: string): string => `<Override PartName="/${part}" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.${kind}+xml"/>`;
  add('[Content_Types].xml', `${HEAD}<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>`
    + `${type('xl/workbook.xml', 'sheet.main')}${type('xl/styles.xml', 'styles')}${sheets.map((place) => type(`xl/worksheets/sheet${place + 1}.xml`, 'worksheet')).join('')}</Types>`);
  const relation = (id: number, kind: string, target: string): string => `<Relationship Id="rId${id}" Type="${RELATIONS}/${kind}" Target="${target}"/>`;
  add('_rels/.rels', `${HEAD}<Relationships xmlns="${PACKAGE}/relationships">${relation(1, 'officeDocument', 'xl/workbook.xml')}</Relationships>`);
  add('xl/_rels/workbook.xml.rels', `${HEAD}<Relationships xmlns="${PACKAGE}/relationships">${sheets.map((place) => relation(place + 1, 'worksheet', `worksheets/sheet${place + 1}.xml`)).join('')}${relation(sheets.length + 1, 'styles', 'styles.xml')}</Relationships>`);
  add('xl/workbook.xml', `${HEAD}<workbook xmlns="${MAIN}" xmlns:r="${RELATIONS}"><sheets>${sheets.map((place) => `<sheet name="${escaped(sheetName(sheet.title, place))}" sheetId="${place + 1}" r:id="rId${place + 1}"/>`).join('')}</sheets></workbook>`);
  add('xl/styles.xml', STYLES);
  let open: Readable | null = null;
  for (const place of sheets) {
    zip.addReadStreamLazy(`xl/worksheets/sheet${place + 1}.xml`, options, (taken) => {
      open = Readable.from(sheetXml(sheet, source, Math.min(perSheet, sheet.rowCount - place * perSheet)), { objectMode: false });
      open.on('error', (error) => output.destroy(error));
      taken(null, open);
    });
  }
  zip.end();
  try {
    for await (const piece of output) yield piece as Uint8Array;
  } finally {
    (open as Readable | null)?.destroy();
    await iterator.return?.();
  }
}
