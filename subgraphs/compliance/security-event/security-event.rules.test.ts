// The rules' page says what the table says; and the judge, alone: thresholds, windows, and what an open incident takes.
import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../kernel/base/schema-files.js';
import { CAUSES_KEPT, judge, keptCauses, type CountedSign, type OpenIncident } from './security-event.judge.js';
import { RULES, RULE_NAMES, ruleOf } from './security-event.rules.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const page = readFileSync(join(projectRoot, 'ops/docs/security/security-events.md'), 'utf8');
const rows = page.split('\n').filter((line) => /^\| `[A-Z_]+` \|/.test(line));

describe('ops/docs/security/security-events.md', () => {
  it('has a row for each rule, in the table\'s own words and numbers', () => {
    const lengths: Record<number, string> = { [10 * MINUTE]: '10 minutes', [15 * MINUTE]: '15 minutes', [DAY]: 'a day' };
    expect(rows).toEqual(RULE_NAMES.map((name) => {
      const { description, signs, subject, threshold, windowMs, severity, newPlace } = ruleOf(name);
      const actions = [...new Set(signs.flatMap((sign) => (sign.actions ?? ['*']).map((action) => `\`${action}\``)))].join(', ');
      const outcomes = [...new Set(signs.map(({ outcome, reasons }) => [outcome, ...reasons ?? []].filter((word) => word !== undefined).map((word) => `\`${word}\``).join(' ')))].join(', ');
      const where = newPlace ? ` (new ${newPlace})` : '';
      return `| \`${name}\` | ${description} | ${actions}${where} | ${outcomes} | ${subject} | ${threshold} in ${lengths[windowMs]} | ${severity} |`;
    }));
  });
});

const ids = (signs: readonly CountedSign[] | undefined): string[] | undefined => signs?.map(({ auditEventId }) => auditEventId);
const at = (...minutes: number[]): CountedSign[] => minutes.map((minute) => ({ auditEventId: `e${minute}`, at: minute * MINUTE }));
const rule = { threshold: 3, windowMs: 15 * MINUTE };
const judged = (waiting: CountedSign[], open: OpenIncident | null = null) => judge(rule, waiting, open, () => 'new');

describe('the judge', () => {
  it.each<[string, CountedSign[], string[] | null]>([
    ['too few', at(0, 1), null], ['enough', at(0, 1, 2), ['e0', 'e1', 'e2']], ['enough, in any order', at(2, 0, 1), ['e0', 'e1', 'e2']],
    ['too far apart', at(0, 10, 20, 30), null], ['at the very edge of the window', at(0, 7, 15), ['e0', 'e7', 'e15']],
    ['those in the window alone', at(0, 20, 21, 22), ['e20', 'e21', 'e22']], ['all that follow while it is warm', at(0, 1, 2, 17, 32), ['e0', 'e1', 'e2', 'e17', 'e32']],
    ['not what follows when it is cold', at(0, 1, 2, 18), ['e0', 'e1', 'e2']],
  ])('opens on %s', (_, waiting, taken) => {
    const judgement = judged(waiting);
    expect(judgement?.incident).toEqual(taken ? { id: 'new', isNew: true } : undefined);
    expect(ids(judgement?.signs) ?? null).toEqual(taken);
  });

  it.each<[string, number, CountedSign[], string[] | null]>([
    ['a single sign while it is warm', 0, at(15), ['e15']], ['none when it is cold and they are few', 0, at(16, 17), null],
    ['enough when it is cold', 0, at(16, 17, 18), ['e16', 'e17', 'e18']], ['an older one that came late', 30, at(5), ['e5']],
  ])('gives an open incident %s', (_, lastMinute, waiting, taken) => {
    const judgement = judged(waiting, { id: 'open', lastAt: lastMinute * MINUTE });
    expect(judgement?.incident).toEqual(taken ? { id: 'open', isNew: false } : undefined);
    expect(ids(judgement?.signs) ?? null).toEqual(taken);
  });

  it('keeps the first cause and the latest, within what the table takes', () => {
    expect(keptCauses(['a', 'b'])).toEqual(['a', 'b']);
    const many = Array.from({ length: 25 }, (_none, index) => String(index));
    expect(keptCauses(many)).toEqual(['0', ...many.slice(-(CAUSES_KEPT - 1))]);
    expect(CAUSES_KEPT).toBe(10);
  });

  it('no window is longer than signs are kept', () => {
    for (const { windowMs } of Object.values(RULES)) expect(windowMs).toBeLessThanOrEqual(DAY);
  });
});
