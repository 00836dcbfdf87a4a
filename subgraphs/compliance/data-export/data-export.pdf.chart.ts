// One chart, drawn: a line along time, or bars.
import type { Chart } from './data-export.chart.js';
import type { Sheet } from './data-export.sheet.js';

export interface Box { x: number; y: number; width: number; height: number }

const INK = '#24527a';
const GRID = '#d5dbe1';
const TEXT = '#444444';
const LEFT = 46;
const BOTTOM = 34;
const TOP = 22;
const STEPS = 4;
const LABELS_MAX = 6;

/** The least round number that is as large. */
function roundUp(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return (([1, 2, 4, 5, 10].find((step) => step * power >= value) ?? 10)) * power;
}

function labelOf(chart: Chart, label: string, { language }: Pick<Sheet, 'language'>): string {
  if (chart.period === null) return label === '' ? '–' : label;
  const format = { DAY: { day: 'numeric', month: 'short', year: '2-digit' }, MONTH: { month: 'short', year: 'numeric' }, YEAR: { year: 'numeric' } } as const;
  // What a wall clock showed stands there as if it were UTC.
  return new Intl.DateTimeFormat(language, { ...format[chart.period], timeZone: 'UTC' }).format(new Date(label));
}

/** @param rows the word for what is counted */
export function drawChart(doc: PDFKit.PDFDocument, chart: Chart, { x, y, width, height }: Box, sheet: Pick<Sheet, 'language'>, rows: string): void {
  const { points, of, along, currency } = chart;
  const plot = { x: x + LEFT, y: y + TOP, width: width - LEFT, height: height - TOP - BOTTOM };
  const most = roundUp(Math.max(...points.map(({ value }) => value)));
  const least = Math.min(0, -roundUp(-Math.min(0, ...points.map(({ value }) => value))));
  const bottom = points.some(({ value }) => value < 0) ? least : 0;
  const at = (value: number): number => plot.y + plot.height * (1 - (value - bottom) / (most - bottom));
  const numbers = new Intl.NumberFormat(sheet.language, { notation: 'compact', maximumFractionDigits: 1 });
  doc.font('bold').fontSize(9).fillColor(TEXT).text(`${of ?? rows}${of !== null && currency ? ` (${currency})` : ''} · ${along}`, x, y, { lineBreak: false });
  doc.font('plain').fontSize(7).lineWidth(0.5);
  for (let step = 0; step <= STEPS; step += 1) {
    const value = bottom + ((most - bottom) * step) / STEPS;
    const label = numbers.format(value);
    doc.moveTo(plot.x, at(value)).lineTo(plot.x + plot.width, at(value)).stroke(GRID);
    doc.fillColor(TEXT).text(label, plot.x - 5 - doc.widthOfString(label), at(value) - 4, { lineBreak: false });
  }
  const slot = plot.width / points.length;
  const centre = (index: number): number => plot.x + slot * (index + 0.5);
  if (chart.kind === 'bars') for (const [index, { value }] of points.entries()) doc.rect(centre(index) - slot * 0.35, Math.min(at(value), at(0)), slot * 0.7, Math.abs(at(value) - at(0))).fill(INK);
  else {
    for (const [index, { value }] of points.entries()) if (index === 0) doc.moveTo(centre(0), at(value)); else doc.lineTo(centre(index), at(value));
    doc.lineWidth(1.5).stroke(INK);
    if (points.length <= 31) for (const [index, { value }] of points.entries()) doc.circle(centre(index), at(value), 2).fill(INK);
  }
  const every = chart.kind === 'bars' ? 1 : Math.ceil(points.length / LABELS_MAX);
  const room = slot * every - 4;
  for (const [index, { label }] of points.entries()) {
    if (index % every !== 0) continue;
    let shown = labelOf(chart, label, sheet);
    while (shown.length > 2 && doc.widthOfString(shown) > room) shown = `${shown.replace(/…$/, '').slice(0, -1)}…`;
    doc.fillColor(TEXT).text(shown, Math.max(plot.x, centre(index) - doc.widthOfString(shown) / 2), plot.y + plot.height + 6, { lineBreak: false });
  }
}
