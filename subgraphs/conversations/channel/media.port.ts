// What a channel knows of files: how large they may be, and how one is got from the provider.
import type { Providers } from './providers.js';

export const MEDIA_KINDS = ['IMAGE', 'VIDEO', 'AUDIO', 'DOCUMENT', 'STICKER'] as const;
export type MediaKind = (typeof MEDIA_KINDS)[number];

export const isMediaKind = (type: string): type is MediaKind => (MEDIA_KINDS as readonly string[]).includes(type);

export interface MediaLimit {
  /** Bytes. */
  most: number;
  /** Media types that can be sent as this; absent: all of them. What comes in is taken as it is. */
  types?: readonly string[];
}

export type MediaLimits = Record<MediaKind, MediaLimit>;

/** Files of a channel. */
export interface ChannelMedia {
  kinds: MediaLimits;
  /** Files of one message. */
  most: number;
  /** The longest text beside files of a kind, in characters; of kinds that are absent: none. */
  caption: Partial<Record<MediaKind, number>>;
  /** The provider fetches what is sent: this installation must be reachable for it. */
  byLink: boolean;
  /** What comes in was put here before: nothing is fetched. */
  brought?: true;
}

const IN_ORDER: readonly MediaKind[] = ['IMAGE', 'STICKER', 'VIDEO', 'AUDIO'];

/** What a file is sent as; null: not at all. */
export function kindOf({ kinds }: ChannelMedia, type: string): MediaKind | null {
  const named = IN_ORDER.find((kind) => kinds[kind].types?.includes(type));
  if (named) return named;
  const { types } = kinds.DOCUMENT;
  return !types || types.includes(type) ? 'DOCUMENT' : null;
}

/**
 * What came of asking the provider for a file. `refused`: `again` when it may be had later, `reason` when it never will.
 */
export type MediaAnswer =
  | { kind: 'file'; bytes: AsyncIterable<Uint8Array>; length: number | null }
  | { kind: 'refused'; again: true; message: string }
  | { kind: 'refused'; again: false; reason: 'EXPIRED' | 'NOT_ALLOWED'; message: string };

export interface MediaOptions {
  providers: Providers;
  /** For addresses that somebody else gave: kernel/base/public-address.ts. */
  fetch: typeof fetch;
  signal: AbortSignal;
}
