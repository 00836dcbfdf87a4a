// The log beside the trail: its streams and their checkpoints, the keys they are signed with, and runs that verify a stream.
import { defineEntity, p } from '@mikro-orm/postgresql';

export const LogStream = defineEntity({
  name: 'LogStream', tableName: 'log_stream', schema: 'compliance',
  properties: {
    tenantId: p.uuid().primary(),
    size: p.bigint('string'),
    /** Leaf hash of the last entry. */
    head: p.blob().nullable(),
    sealedAt: p.datetime(3).nullable(),
    /** When the oldest entry without a checkpoint was sealed, if there is one. */
    unsignedSince: p.datetime(3),
    /** Size of its last checkpoint. */
    signed: p.bigint('string'),
  },
});

export const LogCheckpoint = defineEntity({
  name: 'LogCheckpoint', tableName: 'log_checkpoint', schema: 'compliance',
  properties: {
    tenantId: p.uuid().primary(), size: p.bigint('string').primary(), root: p.blob(), note: p.text(), keyId: p.uuid(), signedAt: p.datetime(3),
  },
});

export const LogKey = defineEntity({
  name: 'LogKey', tableName: 'log_key', schema: 'compliance',
  properties: {
    id: p.uuid().primary(),
    publicKey: p.blob(),
    /** Sealed. */
    privateKey: p.blob(),
    createdAt: p.datetime(3),
    /** The key before, whose note about this one is the endorsement; null for the first. */
    endorsedBy: p.uuid().nullable(),
    endorsement: p.text().nullable(),
  },
});

export const FINDING_KINDS = ['CHANGED', 'REMOVED', 'INSERTED', 'SWAPPED', 'CUT', 'TREE', 'CHECKPOINT', 'UNREADABLE'] as const;

export interface Finding {
  kind: (typeof FINDING_KINDS)[number];
  position: number;
  /** UUID of the event it is about, where there is one. */
  eventId: string | null;
  message: string;
}

export const AuditVerification = defineEntity({
  name: 'AuditVerification', tableName: 'audit_verification', schema: 'compliance',
  properties: {
    tenantId: p.uuid(),
    id: p.uuid().primary(),
    state: p.text().$type<'RUNNING' | 'PASSED' | 'FAILED'>(),
    total: p.bigint('string'),
    checked: p.bigint('string'),
    /** Tries of the batch after those, that broke off. */
    attempts: p.integer(),
    /** A checkpoint that was kept elsewhere, to be found in the log too. */
    keptNote: p.text().nullable(),
    /** Leaf hash of the last entry checked. */
    head: p.blob().nullable(),
    /** Right edge of the tree over what is checked, hashes in hexadecimal. */
    edge: p.json<{ level: number; index: number; hashes: string }[]>(),
    finding: p.json<Finding>().nullable(),
    requestedAt: p.datetime(3),
    /** When a job should have moved it on. */
    dueAt: p.datetime(3),
    finishedAt: p.datetime(3).nullable(),
  },
});
