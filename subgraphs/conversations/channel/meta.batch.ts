// A delivery of an app is for whoever its pages, accounts and numbers belong to: taken apart, so that nobody is handed what is another's.
import type { ChannelName } from './channel.port.js';
import { identifier, isRecord, type Json } from './payload.js';

export interface AddressedPart {
  channel: ChannelName;
  externalId: string;
  /** The delivery as it would be, had Meta sent it for this address alone. */
  body: Buffer;
}

const OBJECTS: Readonly<Record<string, ChannelName>> = { whatsapp_business_account: 'WHATSAPP', page: 'MESSENGER', instagram: 'INSTAGRAM' };

const list = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isRecord) : []);

const numberOf = (change: Json): string | null => {
  const { value } = change;
  return isRecord(value) && isRecord(value.metadata) ? identifier(value.metadata.phone_number_id) : null;
};

/** What of it has an address, by address. What has none is nobody's. */
export function partsOf(decoded: unknown): AddressedPart[] {
  const channel = isRecord(decoded) ? OBJECTS[String(decoded.object)] : undefined;
  if (!isRecord(decoded) || channel === undefined) return [];
  const parts = new Map<string, Json[]>();
  const add = (externalId: string | null, entry: Json): void => {
    if (externalId !== null) parts.set(externalId, [...parts.get(externalId) ?? [], entry]);
  };
  for (const entry of list(decoded.entry)) {
    if (channel !== 'WHATSAPP') add(identifier(entry.id), entry);
    else for (const [externalId, changes] of Map.groupBy(list(entry.changes), numberOf)) add(externalId, { ...entry, changes });
  }
  return [...parts].map(([externalId, entry]) => ({ channel, externalId, body: Buffer.from(JSON.stringify({ object: decoded.object, entry })) }));
}
