// What is said of an order besides its lines, after a change.
import { invalidInput } from '../../kernel/base/errors.js';
import type { Given } from './order.edit.given.js';

export interface DetailedOrder { currency: string; fulfillment: string | null; address: string | null; note: string | null; tipMinor: string }

export interface Details { fulfillment: string; address: string | null; note: string | null; tipMinor: bigint; fields: string[] }

/** @throws Refusal InputInvalid */
export function detailsOf(order: DetailedOrder, { fulfillment, address, note, tip }: Given): Details {
  if (tip && tip.currency !== null && tip.currency !== order.currency) throw invalidInput(`The order is in ${order.currency}.`, ['input', 'tip', 'currency']);
  const now = {
    fulfillment: fulfillment ?? order.fulfillment ?? '', address: address === undefined ? order.address : address, note: note === undefined ? order.note : note, tipMinor: tip ? tip.minor : BigInt(order.tipMinor),
  };
  if (now.fulfillment === 'DELIVERY' && now.address === null) throw invalidInput('Say where to bring it.', ['input', 'address']);
  const fields = [
    ...(now.address === order.address ? [] : ['address']), ...(now.fulfillment === order.fulfillment ? [] : ['fulfillment']),
    ...(now.note === order.note ? [] : ['note']), ...(now.tipMinor === BigInt(order.tipMinor) ? [] : ['tip']),
  ];
  return { ...now, fields };
}
