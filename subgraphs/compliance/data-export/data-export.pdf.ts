// A PDF of an export: a title, charts of what can be drawn, and the rows as a table with its heading on each page.
import { createRequire } from 'node:module';
import { setImmediate } from 'node:timers/promises';
import PDFDocument from 'pdfkit';
import { currencyExponent } from '../../kernel/base/currency.js';
import { languageOf } from '../../kernel/base/language.js';
import { ChartFacts } from './data-export.chart.js';
import type { Cell, ExportColumn } from './data-export.columns.js';
import { drawChart } from './data-export.pdf.chart.js';
import { NUMBER, cellText, type Rows, type Sheet } from './data-export.sheet.js';

const require = createRequire(import.meta.url);
/** Latin, Greek, Cyrillic and more; what it lacks is shown as a box. */
const FONTS = { plain: require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf'), bold: require.resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf') };

const MARGIN = 36;
const SIZE = 8;
const LINE = 14;
const PADDING = 4;
/** How much wider bold letters are. */
const BOLD = 1.12;
const CHART_HEIGHT = 190;
const SAMPLE = 200;
/** About a page. */
const ROWS_AT_ONCE = 40;
const WORDS = {
  en: { rows: 'rows', page: 'Page', made: 'Made' }, es: { rows: 'filas', page: 'Página', made: 'Creado' },
  fr: { rows: 'lignes', page: 'Page', made: 'Créé' }, pt: { rows: 'linhas', page: 'Página', made: 'Criado' },
};

/** As a reader of `language` reads a cell. */
function readerOf({ columns, language, timeZone }: Sheet): (row: readonly Cell[]) => string[] {
  const instants = new Intl.DateTimeFormat(language, { dateStyle: 'short', timeStyle: 'short', timeZone });
  const numbers = new Intl.NumberFormat(language, { maximumFractionDigits: 6 });
  const amounts = new Map<number, Intl.NumberFormat>();
  const amount = (minor: string, digits: number): string => {
    const format = amounts.get(digits) ?? new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
    amounts.set(digits, format);
    return format.format(`${minor}e-${digits}` as `${number}`);
  };
  const currencies = columns.map(({ currency }) => columns.findIndex(({ path }) => path.join('.') === currency?.join('.')));
  const cell = (row: readonly Cell[], { kind, list }: ExportColumn, place: number): string => {
    const text = cellText(row[place] ?? null);
    if (list || text === '') return text;
    if (kind === 'INSTANT') return Number.isNaN(Date.parse(text)) ? text : instants.format(Date.parse(text));
    if (!NUMBER.test(text)) return text;
    if (kind === 'MONEY') return amount(text, currencyExponent(cellText(row[currencies[place] ?? -1] ?? null)));
    return kind === 'NUMBER' ? numbers.format(text as `${number}`) : text;
  };
  // Lines and tabs are no room in a table.
  return (row) => columns.map((column, place) => cell(row, column, place).replace(/\s+/g, ' ').trim());
}

class Table {
  readonly #widths = new Map<string, number>();
  #lefts: number[] = [];
  #wide: number[] = [];
  #y = 0;
  #page = 0;

  constructor(private readonly doc: PDFKit.PDFDocument, private readonly sheet: Sheet, private readonly words: (typeof WORDS)['en']) {}

  get #inner(): number {
    return this.doc.page.width - 2 * MARGIN;
  }

  addPage(): void {
    this.doc.addPage();
    this.#page += 1;
    this.doc.font('plain').fontSize(7).fillColor('#666666').text(`${this.words.page} ${this.#page}`, MARGIN, this.doc.page.height - MARGIN + 8, { lineBreak: false });
    this.#y = MARGIN;
  }

  title(): void {
    const { title, rowCount, language, timeZone, at } = this.sheet;
    const made = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short', timeZone }).format(at);
    // Measured before the font is chosen: measuring chooses that of the table.
    const shown = this.#cut(title, this.#inner / 2);
    this.doc.font('bold').fontSize(16).fillColor('#111111').text(shown, MARGIN, MARGIN, { lineBreak: false });
    this.doc.font('plain').fontSize(9).fillColor('#555555')
      .text(`${new Intl.NumberFormat(language).format(rowCount)} ${this.words.rows} · ${this.words.made} ${made} (${timeZone})`, MARGIN, MARGIN + 24, { lineBreak: false });
    this.#y = MARGIN + 48;
  }

  charts(facts: ChartFacts): void {
    const charts = facts.charts();
    const width = (this.#inner - 20 * (charts.length - 1)) / Math.max(1, charts.length);
    for (const [place, chart] of charts.entries()) drawChart(this.doc, chart, { x: MARGIN + place * (width + 20), y: this.#y, width, height: CHART_HEIGHT }, this.sheet, this.words.rows);
    if (charts.length > 0) this.#y += CHART_HEIGHT + 20;
  }

  /** Widths by what the first rows need. */
  layOut(sample: readonly string[][]): void {
    const needed = this.sheet.columns.map(({ heading }, place) => {
      const widest = sample.map((row) => this.#width(row[place] ?? '')).sort((a, b) => a - b)[Math.floor(sample.length * 0.9)] ?? 0;
      return Math.min(260, Math.max(40, this.#width(heading) * 1.1, widest) + 2 * PADDING);
    });
    const all = needed.reduce((sum, one) => sum + one, 0);
    const scale = this.#inner / all;
    this.#wide = needed.map((one) => one * (scale < 1 ? scale : Math.min(scale, 1.6)));
    let left = MARGIN;
    this.#lefts = this.#wide.map((one) => { const at = left; left += one; return at; });
    this.#headings();
  }

  row(cells: readonly string[], index: number): void {
    if (this.#y + LINE > this.doc.page.height - MARGIN) {
      this.addPage();
      this.#headings();
    }
    if (index % 2 === 1) this.doc.rect(MARGIN, this.#y - 3, this.#inner, LINE).fill('#f4f6f8');
    this.doc.fillColor('#111111');
    for (const [place, text] of cells.entries()) this.#cell(text, place, 'plain');
    this.#y += LINE;
  }

  #headings(): void {
    if (this.#y + 3 * LINE > this.doc.page.height - MARGIN) this.addPage();
    this.doc.rect(MARGIN, this.#y - 4, this.#inner, LINE + 2).fill('#dfe5ec');
    this.doc.fillColor('#111111');
    for (const [place, { heading }] of this.sheet.columns.entries()) this.#cell(heading, place, 'bold');
    this.#y += LINE + 2;
  }

  #cell(text: string, place: number, font: keyof typeof FONTS): void {
    if (text === '') return;
    const factor = font === 'bold' ? BOLD : 1;
    const room = (this.#wide[place] ?? 0) - 2 * PADDING;
    const shown = this.#cut(text, room / factor);
    const { kind, list } = this.sheet.columns[place] as ExportColumn;
    const right = !list && (kind === 'NUMBER' || kind === 'MONEY');
    const x = (this.#lefts[place] ?? 0) + PADDING + (right ? Math.max(0, room - this.#width(shown) * factor) : 0);
    this.doc.font(font).fontSize(SIZE).text(shown, x, this.#y, { lineBreak: false });
  }

  /** In points at the size of the table; letters are measured once. */
  #width(text: string): number {
    let width = 0;
    for (const letter of text) {
      let known = this.#widths.get(letter);
      if (known === undefined) {
        known = this.doc.font('plain').fontSize(SIZE).widthOfString(letter);
        this.#widths.set(letter, known);
      }
      width += known;
    }
    return width;
  }

  #cut(text: string, room: number): string {
    if (this.#width(text) <= room) return text;
    let [kept, left] = ['', room - this.#width('…')];
    for (const letter of text) {
      left -= this.#width(letter);
      if (left < 0) break;
      kept += letter;
    }
    return `${kept}…`;
  }
}

/** What the document has ready: left in it, it would grow with the rows. */
function* ready(doc: PDFKit.PDFDocument): Generator<Uint8Array> {
  for (let piece: unknown = doc.read(); piece !== null; piece = doc.read()) yield piece as Uint8Array;
}

export async function* pdfContent(sheet: Sheet, rows: Rows): AsyncGenerator<Uint8Array> {
  const facts = new ChartFacts(sheet.columns, sheet.timeZone);
  for await (const batch of rows()) for (const row of batch) facts.add(row);
  const doc = new PDFDocument({
    // It would keep the letters of every word there is, which in a list of ids are all others.
    fontLayoutCache: false,
    size: 'A4', layout: 'landscape', margin: 0, autoFirstPage: false, info: { Title: sheet.title, CreationDate: sheet.at, Producer: 'Switchboard', Creator: 'Switchboard' }, lang: sheet.language,
  });
  for (const [name, path] of Object.entries(FONTS)) doc.registerFont(name, path);
  const table = new Table(doc, sheet, WORDS[languageOf(sheet.language)]);
  const read = readerOf(sheet);
  let index = 0;
  table.addPage();
  table.title();
  table.charts(facts);
  for await (const batch of rows()) {
    const cells = batch.map(read);
    if (index === 0) table.layOut(cells.slice(0, SAMPLE));
    for (const row of cells) {
      table.row(row, index);
      index += 1;
      // Letters are laid out on the thread that serves others.
      if (index % ROWS_AT_ONCE === 0) await setImmediate();
    }
    yield* ready(doc);
  }
  if (index === 0) table.layOut([]);
  doc.end();
  for await (const piece of doc) yield piece as Uint8Array;
}
