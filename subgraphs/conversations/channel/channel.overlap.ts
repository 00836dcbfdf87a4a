// A channel whose secrets were just rotated: what the provider still signs with the old ones is taken until the overlap ends.
import type { Channel } from './channel.port.js';

/** @param accepts whether the old secrets still hold */
export function withOverlap(current: Channel, previous: Channel, accepts: () => boolean): Channel {
  return {
    ...current,
    verify: async (call) => await current.verify(call) || (accepts() && await previous.verify(call)),
    verifySubscription: (query) => current.verifySubscription(query) ?? (accepts() ? previous.verifySubscription(query) : null),
  };
}
