// Prorated amounts, as a table worked out by hand: cents of a month of 30 days (2,592,000 s) unless said otherwise.
import { describe, expect, it } from '@jest/globals';
import { TenantPlanName } from './plan.enums.js';
import { proration, restOf } from './plan.proration.js';

const day = (date: string) => new Date(`${date}T00:00:00.000Z`);
const NOVEMBER = { startsAt: day('2026-11-01'), endsAt: day('2026-12-01') };
const FEBRUARY = { startsAt: day('2026-01-31'), endsAt: day('2026-02-28') };
const { STARTUP, PROFESSIONAL, ENTERPRISE, CUSTOM } = TenantPlanName;

describe('the rest of a month', () => {
  it.each([
    [9_900, NOVEMBER, day('2026-11-01'), 9_900n], // all of it
    [9_900, NOVEMBER, day('2026-11-16'), 4_950n], // 15 of 30 days
    [9_900, NOVEMBER, day('2026-11-11'), 6_600n], // 20 of 30 days
    [29_900, NOVEMBER, day('2026-11-11'), 19_933n], // 19,933.33
    [29_900, NOVEMBER, day('2026-11-21'), 9_967n], // 9,966.67
    [99_900, NOVEMBER, new Date('2026-11-30T23:59:59.999Z'), 0n], // 0.00004
    [9_900, FEBRUARY, day('2026-02-14'), 4_950n], // 14 of 28 days
    [9_901, NOVEMBER, day('2026-11-16'), 4_951n], // 4,950.5, half up
  ])('%i of which is left: case %#', (price, period, now, rest) => expect(restOf(price, period, now)).toBe(rest));
});

describe('a change', () => {
  it.each([
    [null, STARTUP, day('2026-11-16'), [['PLAN', 4_950n]]],
    [STARTUP, PROFESSIONAL, day('2026-11-11'), [['CREDIT', -6_600n], ['PLAN', 19_933n]]],
    [PROFESSIONAL, ENTERPRISE, day('2026-11-01'), [['CREDIT', -29_900n], ['PLAN', 99_900n]]],
    [STARTUP, STARTUP, day('2026-11-11'), []],
    [STARTUP, CUSTOM, day('2026-11-16'), [['CREDIT', -4_950n]]],
  ] as const)('from %s to %s', (from, to, now, lines) => {
    expect(proration(from, to, NOVEMBER, now).map(({ kind, amountMinor }) => [kind, amountMinor])).toEqual(lines);
  });
});
