// A customer as conversations knows them, the names each inbox knows them by, and which two were found to be one person.
import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Attributes } from '../attribute/attribute.values.js';

export const Contact = defineEntity({
  name: 'Contact', tableName: 'contact', schema: 'conversations',
  properties: {
    id: p.uuid().primary(), tenantId: p.uuid(), name: p.text().nullable(), createdAt: p.datetime(3),
    /** Lower case. */
    email: p.text().nullable(),
    /** E.164. */
    phone: p.text().nullable(),
    /** What another system calls them. */
    identifier: p.text().nullable(),
    attributes: p.json().$type<Attributes>(),
    blockedAt: p.datetime(3).nullable(),
    /** The same person: their addresses and conversations are there. */
    mergedInto: p.uuid().nullable(),
  },
});

export const ContactIdentity = defineEntity({
  name: 'ContactIdentity', tableName: 'contact_identity', schema: 'conversations',
  properties: {
    inboxId: p.uuid().primary(),
    externalId: p.text().primary(),
    tenantId: p.uuid(),
    contactId: p.uuid(),
    phone: p.text().nullable(),
    createdAt: p.datetime(3),
    /** When they last wrote from it, by the provider's clock; null: never. */
    lastWroteAt: p.datetime(3).nullable(),
    /** Since when the person is known by another id. */
    replacedAt: p.datetime(3).nullable(),
  },
});

/** Where a conversation stood before the merge resolved it, so that one of two stays open. */
export interface ResolvedByMerge {
  status: 'OPEN' | 'PENDING' | 'SNOOZED';
  snoozedUntil: string | null;
  waitingSince: string | null;
}

export interface Moved {
  identities: { inboxId: string; externalId: string }[];
  /** UUIDs. */
  conversations: string[];
  /** By the UUID of the conversation. */
  resolved: Record<string, ResolvedByMerge>;
  /** Whose wait began earlier by the merge, by the UUID of the conversation. */
  waiting: Record<string, { from: string | null; to: string }>;
  /** What the kept one did not have and got: names of fields, and of attributes. */
  filled: string[];
  attributes: string[];
  /** UUIDs; absent: from before there were any. */
  notes?: string[];
}

export const ContactMerge = defineEntity({
  name: 'ContactMerge', tableName: 'contact_merge', schema: 'conversations',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.uuid(),
    keptId: p.uuid(),
    mergedId: p.uuid(),
    mergedBy: p.uuid().nullable(),
    mergedAt: p.datetime(3),
    moved: p.json().$type<Moved>(),
    undoneBy: p.uuid().nullable(),
    undoneAt: p.datetime(3).nullable(),
  },
});
