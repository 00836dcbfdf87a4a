// Text with comma-separated values as rows (RFC 4180): quotes, doubled quotes, line ends of either kind, a byte order mark before it all.

export interface CsvRow {
  /** As people count: the first line is 1, a field with a line end in it makes the next row begin later. */
  line: number;
  fields: string[];
}

/** What is no CSV, and where. */
export class CsvFault extends Error {
  override readonly name = 'CsvFault';

  constructor(readonly line: number, message: string) {
    super(message);
  }
}

/** One field, quoted or not, and what ends it. Sticky, so that each begins where the last one ended. */
const FIELD = /(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n]*))(,|\r\n|\n|\r|$)/y;

/** Lines with nothing on them are no rows. @throws CsvFault */
export function csvRows(text: string): CsvRow[] {
  const source = text.replace(/^\uFEFF/, '');
  const rows: CsvRow[] = [];
  let [line, begun, fields]: [number, number, string[]] = [1, 1, []];
  for (let at = 0; at < source.length || fields.length > 0;) {
    FIELD.lastIndex = at;
    const found = FIELD.exec(source);
    if (!found) throw new CsvFault(line, 'A quote stands within a field, or is not closed.');
    const [whole, quoted, plain = '', end = ''] = found;
    fields.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    line += whole.split(/\r\n|\n|\r/).length - 1;
    at += whole.length;
    if (end === ',') continue;
    if (fields.length > 1 || fields[0] !== '' || quoted !== undefined) rows.push({ line: begun, fields });
    [begun, fields] = [line, []];
  }
  return rows;
}
