// Text in cells of spreadsheets.

/** What a spreadsheet would run begins with an apostrophe; so does what begins with one, so that it can be taken away again. */
export const guarded = (text: string): string => (isFormula(text) || text.startsWith(`'`) ? `'${text}` : text);

export const isFormula = (text: string): boolean => /^[=+\-@\t\r]/.test(text);
