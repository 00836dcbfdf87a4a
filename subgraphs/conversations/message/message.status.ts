// How a message's status moves: a total order, so that any permutation of the provider's reports ends in the same place.
import type { DeliveryState } from '../channel/inbound.items.js';
import type { MessageStatus } from './message.entity.js';

/**
 * Furthest wins. A provider may report `delivered` after `failed` (the failure was of one device) and leave `delivered`
 * out before `read`; a late report never moves a message back. RECEIVED is inbound and stays.
 */
export const STATUS_ORDER: readonly MessageStatus[] = ['QUEUED', 'UNCONFIRMED', 'SENT', 'FAILED', 'DELIVERED', 'READ'];

const rank = (status: MessageStatus): number => STATUS_ORDER.indexOf(status);

/** The status after `reports` arrived, in any order. */
export function advance(current: MessageStatus, reports: readonly DeliveryState[]): MessageStatus {
  if (current === 'RECEIVED') return current;
  return reports.reduce<MessageStatus>((furthest, report) => (rank(report) > rank(furthest) ? report : furthest), current);
}
