// Looking up a value that is not kept: equal values are told equal by their keyed hash, and without the key nobody can try values.
import { createHmac } from 'node:crypto';

/** @param key from `Envelope.derivedKey`, one for each use: hashes of two uses cannot be compared */
export const blindIndex = (key: Buffer, ...parts: string[]): string => createHmac('sha256', key).update(JSON.stringify(parts)).digest('hex');
