// What every format is made of: columns, rows, and the words of a cell.
import type { Cell, ExportColumn } from './data-export.columns.js';

export interface Sheet {
  title: string;
  columns: readonly ExportColumn[];
  rowCount: number;
  /** BCP 47. */
  language: string;
  /** IANA. */
  timeZone: string;
  at: Date;
}

/** Every row in its order, some at a time; from the beginning each time it is called. */
export type Rows = () => AsyncIterable<Cell[][]>;

const JOINED = '; ';
export const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;

/** A cell as one text. */
export const cellText = (cell: Cell): string => (Array.isArray(cell) ? cell.map((one) => (one === null ? '' : String(one))).join(JOINED) : cell === null ? '' : String(cell));
