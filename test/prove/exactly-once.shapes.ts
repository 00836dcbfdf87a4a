// What the corpus of the exactly-once proof is made of.
import type { Random } from './seeded.js';

export const CHANNELS = ['WHATSAPP', 'MESSENGER', 'INSTAGRAM'] as const;
export type CorpusChannel = (typeof CHANNELS)[number];

/** One thing that a provider tells. */
export interface Unit {
  channel: CorpusChannel;
  kind: string;
  section: 'messages' | 'statuses' | 'message_echoes' | 'messaging';
  part: Record<string, unknown>;
  /** The profile's name that comes with it. */
  name?: string;
  /** The number under which it comes, where its own object does not say. */
  waId?: string;
  /** Of a message that must be stored exactly once. */
  messageId?: string;
  /** What it reports, of which message: stored once, known message or not. */
  report?: [string, string];
  /** For counting what the corpus holds. */
  label?: string;
}

/** What a customer's life is made of. */
export interface Life {
  from: string;
  name: string;
  turns: number;
  random: Random;
  /** The next moment, in milliseconds. */
  tick: () => number;
  /** There is a conversation before the rest of it comes. */
  known: boolean;
}
