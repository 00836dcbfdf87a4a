// Attempts that were made or are being made, by what they are counted under. Keys are hashes: no address, no account.
import { defineEntity, p } from '@mikro-orm/postgresql';

export const Attempt = defineEntity({
  name: 'Attempt', tableName: 'attempt', schema: 'identity',
  properties: {
    /** SHA-256 of kind, tier, subject and network. */
    key: p.text().primary(),
    /** SHA-256 of what is attempted at, for who unlocks it; of the network for a network's own counter. */
    subject: p.text(),
    /** Instants of the attempts that still count, oldest first. Empty: the network is one its person is known from. */
    taken: p.type('timestamptz(3)[]').$type<Date[]>(),
    expiresAt: p.datetime(3),
  },
});
