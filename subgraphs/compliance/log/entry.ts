// An event as an entry of the log: its canonical text, and what the log commits to. Pure; written down for others in ops/docs/audit.md.
import { hash, randomBytes } from 'node:crypto';
import canonicalize from 'canonicalize';
import { encodeId } from '../../kernel/base/ids.js';

/** Version of the entry's form. */
export const ENTRY_VERSION = 1;
const SALT_BYTES = 16;
const SALTS_DRAWN = 256;

/** What stays when personal data is erased: the public frame of an event. */
export interface EntryFrame {
  /** UUID. */
  id: string;
  source: string;
  action: string;
  type: string;
  severity: string;
  outcome: string;
  occurredAt: Date;
  actorKind: string;
  resourceType: string | null;
  correlationId: string;
}

/** What can be erased: the log commits to it by a salted hash alone. */
export interface EntryDetails {
  actorId: string | null;
  resourceId: string | null;
  reason: string | null;
  ip: string | null;
  userAgent: string | null;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
}

/** What sealing adds. */
export interface EntrySeal {
  /** Hash of the entry before; null for the first. */
  previous: Buffer | null;
  /** `detailsHash` at the time of sealing. */
  detailsHash: Buffer;
}

export const sha256 = (data: Uint8Array | string): Buffer => hash('sha256', data, 'buffer');

/** RFC 8785. @throws for what is no JSON: an infinite number, or none */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new Error('Nothing has no canonical form.');
  return text;
}

let drawn = Buffer.alloc(0);

/** Drawn many at a time: each call of the generator costs more than the hashing of an entry. */
export function newSalt(): Buffer {
  if (drawn.length === 0) drawn = randomBytes(SALT_BYTES * SALTS_DRAWN);
  const salt = drawn.subarray(0, SALT_BYTES);
  drawn = drawn.subarray(SALT_BYTES);
  return salt;
}

/** SHA-256 over the salt and the canonical details. @throws for details that are no JSON */
export function detailsHash(salt: Uint8Array, { actorId, resourceId, reason, ip, userAgent, before, after }: EntryDetails): Buffer {
  return sha256(Buffer.concat([salt, Buffer.from(canonicalJson({ actorId, resourceId, reason, ip, userAgent, before, after }))]));
}

/** The entry of an event as text. @param tenantId UUID; null: the platform's stream */
export function entryText(tenantId: string | null, frame: EntryFrame, seal: EntrySeal): string {
  return canonicalJson({
    v: ENTRY_VERSION,
    id: encodeId('aud', frame.id),
    tenant: tenantId === null ? null : encodeId('tnt', tenantId),
    source: frame.source,
    action: frame.action,
    type: frame.type,
    severity: frame.severity,
    outcome: frame.outcome,
    occurredAt: frame.occurredAt.toISOString(),
    actorKind: frame.actorKind,
    resourceType: frame.resourceType,
    correlationId: frame.correlationId,
    previous: seal.previous === null ? null : seal.previous.toString('hex'),
    details: seal.detailsHash.toString('hex'),
  });
}

const LEAF = Buffer.of(0);

/** Leaf hash of RFC 6962. It is the entry's chain hash too, because the entry holds the hash of the one before. */
export const leafHash = (entry: string | Uint8Array): Buffer => sha256(Buffer.concat([LEAF, Buffer.from(entry as string)]));
