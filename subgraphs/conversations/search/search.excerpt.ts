// The part of a text where the words stand that were looked for.
import type { Terms } from './search.terms.js';

export interface ExcerptPart { text: string; matched: boolean }

/** Characters before the first word that is found, and of the whole. */
const BEFORE = 40;
const LENGTH = 160;
const IDEOGRAPH = '\u2e80-\u2fff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff';
const WORD = new RegExp(`[${IDEOGRAPH}]|(?:(?![${IDEOGRAPH}])[\\p{L}\\p{N}\\p{M}])+`, 'gu');
const SPELT: Readonly<Record<string, string>> = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ħ: 'h', ı: 'i', ŧ: 't' };
const SHORTEST_BEGINNING = 3;

/** As \`search_fold\` of the database. */
const fold = (word: string): string => word.toLowerCase().normalize('NFKD').replace(/[\u0300-\u036f\u3099\u309a]/g, '').replace(/[ßæœøłđħıŧ]/g, (letter) => SPELT[letter] ?? letter);

const wordsOf = (text: string): string[] => [...text.matchAll(WORD)].map(([word]) => fold(word));

/** @returns parts that make up the excerpt; of a text without the words its beginning */
export function excerptOf(text: string, { terms, open }: Terms): ExcerptPart[] {
  const sought = new Set(terms.flatMap(wordsOf));
  const last = open ? wordsOf(terms.at(-1) ?? '').at(-1) ?? '' : '';
  const isSought = (word: string): boolean => sought.has(fold(word)) || (last.length >= SHORTEST_BEGINNING && fold(word).startsWith(last));
  const found = [...text.matchAll(WORD)].filter(([word]) => isSought(word)).map(({ index, 0: word }) => ({ from: index, to: index + word.length }));
  const from = startOf(text, found[0]?.from ?? 0);
  const to = endOf(text, from + LENGTH);
  const parts: ExcerptPart[] = [];
  const add = (part: string, matched: boolean): void => { if (part !== '') parts.push({ text: part, matched }); };
  let done = from;
  for (const word of found) {
    if (word.to > to) break;
    add(text.slice(done, word.from), false);
    add(text.slice(word.from, word.to), true);
    done = word.to;
  }
  add(text.slice(done, to), false);
  if (from > 0) parts.unshift({ text: '…', matched: false });
  if (to < text.length) parts.push({ text: '…', matched: false });
  return parts;
}

/** Where a word begins, and no character is cut in two. */
function startOf(text: string, first: number): number {
  if (first <= BEFORE) return 0;
  const space = text.slice(first - BEFORE, first).search(/\s/);
  return space === -1 ? first : first - BEFORE + space + 1;
}

function endOf(text: string, to: number): number {
  if (to >= text.length) return text.length;
  return /[\uDC00-\uDFFF]/.test(text.charAt(to)) ? to - 1 : to;
}
