// Text that people give to things and see again: one line, without control characters, not blank.
export const DISPLAY_TEXT = /^(?=.*\S)[^\p{Cc}]*$/u;
