// What changing a plan in the middle of a month costs. Whole minor units, each line rounded by itself, half up.
import type { Period } from '../../kernel/base/monthly-period.js';
import { planOf } from './plan.catalogue.js';
import type { TenantPlanName } from './plan.enums.js';

export interface InvoiceLine {
  kind: 'PLAN' | 'CREDIT';
  plan: TenantPlanName;
  amountMinor: bigint;
}

/** The part of `priceMinor` that falls on what is left of the month at `now`. */
export function restOf(priceMinor: number, { startsAt, endsAt }: Period, now: Date): bigint {
  const whole = BigInt(endsAt.getTime() - startsAt.getTime());
  const rest = BigInt(endsAt.getTime() - now.getTime());
  return (BigInt(priceMinor) * rest * 2n + whole) / (whole * 2n);
}

/** What was paid ahead and is not used comes back, what is used instead is paid; no lines where nothing is. */
export function proration(from: TenantPlanName | null, to: TenantPlanName | null, period: Period, now: Date): InvoiceLine[] {
  if (from === to) return [];
  const [before, after] = [planOf(from).priceMinor, planOf(to).priceMinor];
  const credit: InvoiceLine[] = from !== null && before !== null ? [{ kind: 'CREDIT', plan: from, amountMinor: -restOf(before, period, now) }] : [];
  const charge: InvoiceLine[] = to !== null && after !== null ? [{ kind: 'PLAN', plan: to, amountMinor: restOf(after, period, now) }] : [];
  return [...credit, ...charge];
}
