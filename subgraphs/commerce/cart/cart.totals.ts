// Totals as the graph shows them.
import { moneyOf, type MoneyType } from '../money/money.type.js';
import type { TotalsType } from './cart.type.js';

export const totalsOf = (of: { subtotalMinor: bigint; discountMinor: bigint; taxMinor: bigint; tipMinor: bigint; totalMinor: bigint }, currency: string): TotalsType => {
  const money = (minor: bigint): MoneyType => moneyOf(String(minor), currency);
  return { subtotal: money(of.subtotalMinor), discount: money(of.discountMinor), tax: money(of.taxMinor), tip: money(of.tipMinor), total: money(of.totalMinor) };
};
