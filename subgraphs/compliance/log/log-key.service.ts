// The keys of checkpoints: the first made at first use, each later one endorsed by the one before, private halves sealed.
import type { JsonWebKey, KeyObject } from 'node:crypto';
import { sql } from 'kysely';
import { systemActor } from '../../kernel/base/actor.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import type { FieldAddress } from '../../kernel/crypto/envelope.js';
import type { Tx } from '../../kernel/data/database.js';
import { tenantScope, platformScope } from '../../kernel/data/scope.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import { runUnit, type UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { db } from '../tables.js';
import { endorsedKey, type PublicLogKey } from './key-chain.js';
import { KEYS_ORIGIN, newKeyPair, privateKeyOf, signNote } from './note.js';
import { PLATFORM_STREAM } from './stream.js';

/** A new key signs everywhere within this time. */
const REREAD_MS = 60_000;

export interface LogSigner {
  id: string;
  publicKey: Buffer;
  privateKey: KeyObject;
}

const addressOf = (id: string): FieldAddress => ({ tenantId: PLATFORM_STREAM, table: 'log_key', column: 'private_key', row: id });

/** What a key says of its successor. */
const endorsementOf = (publicKey: Buffer, at: Date): string => `${KEYS_ORIGIN}\n${endorsedKey(publicKey)}\n${at.toISOString()}\n`;

export class LogKeyService {
  #signer: { at: number; key: Promise<LogSigner> } | null = null;

  constructor(private readonly deps: SubgraphDeps) {}

  /** Oldest first. */
  list(): Promise<PublicLogKey[]> {
    return this.deps.database.inScope(platformScope, (tx) => publicKeys(tx), { readOnly: true });
  }

  /** The key that signs now. */
  signer(): Promise<LogSigner> {
    const now = this.deps.clock.now().getTime();
    if (this.#signer && Math.abs(now - this.#signer.at) < REREAD_MS) return this.#signer.key;
    const read = { at: now, key: this.#current() };
    this.#signer = read;
    // Whoever asked hears why; the next to ask tries again.
    read.key.catch(() => { if (this.#signer === read) this.#signer = null; });
    return read.key;
  }

  /** A new key, endorsed by the one that signs so far. @returns its id */
  async rotate(): Promise<string> {
    const { id } = await this.#change(async (unit, last) => this.#create(unit, last ? await this.#open(unit.tx, last) : await this.#create(unit, null)));
    this.#signer = null;
    return id;
  }

  async #current(): Promise<LogSigner> {
    const known = await this.deps.database.inScope(tenantScope(PLATFORM_STREAM), async (tx) => {
      const last = await lastKey(tx);
      return last && this.#open(tx, last);
    }, { readOnly: true });
    return known ?? this.#change((unit, last) => (last ? this.#open(unit.tx, last) : this.#create(unit, null)));
  }

  async #open(tx: Tx, { id, publicKey }: PublicLogKey): Promise<LogSigner> {
    const sealed = await db(tx).selectFrom('LogKey').select('privateKey').where('id', '=', id).executeTakeFirstOrThrow();
    const jwk = JSON.parse(await this.deps.envelope.open(tx, addressOf(id), Buffer.from(sealed.privateKey))) as JsonWebKey;
    return { id, publicKey, privateKey: privateKeyOf(jwk) };
  }

  async #create(unit: UnitOfWork, by: LogSigner | null): Promise<LogSigner> {
    const { tx, now } = unit;
    const [id, pair] = [newId(), newKeyPair()];
    const privateKey = await this.deps.envelope.seal(tx, addressOf(id), JSON.stringify(pair.privateJwk));
    const endorsement = by && signNote(endorsementOf(pair.publicKey, now), KEYS_ORIGIN, by);
    await db(tx).insertInto('LogKey').values({ id, publicKey: pair.publicKey, privateKey, createdAt: now, endorsedBy: by?.id ?? null, endorsement }).execute();
    unit.audit({
      action: 'audit_key.create', type: 'SECURITY', outcome: 'SUCCESS', resource: { type: 'AuditKey', id },
      after: { endorsedBy: by === null ? null : encodeId('akey', by.id) },
    });
    return { id, publicKey: pair.publicKey, privateKey: privateKeyOf(pair.privateJwk) };
  }

  /** Of two that change the keys at once, one waits for the other and sees what it did. */
  #change<T>(work: (unit: UnitOfWork, last: PublicLogKey | null) => Promise<T>): Promise<T> {
    const origin = { actor: systemActor(null), correlationId: `audit-key-${newId()}` };
    return runUnit(this.deps.unit, platformScope, origin, async (unit) => {
      const kysely = unit.tx.getKysely();
      await sql`select pg_advisory_xact_lock(hashtextextended('switchboard audit keys', 0)), set_config('app.tenant_id', ${PLATFORM_STREAM}, true)`.execute(kysely);
      return work(unit, await lastKey(unit.tx));
    });
  }
}

/** Oldest first. */
export async function publicKeys(tx: Tx): Promise<PublicLogKey[]> {
  const rows = await db(tx).selectFrom('LogKey').select(['id', 'publicKey', 'createdAt', 'endorsedBy', 'endorsement']).orderBy('createdAt').orderBy('id').execute();
  return rows.map((row) => ({ ...row, publicKey: Buffer.from(row.publicKey) }));
}

/** The end of the chain: the key that has endorsed no other. */
async function lastKey(tx: Tx): Promise<PublicLogKey | null> {
  const keys = await publicKeys(tx);
  return keys.find(({ id }) => !keys.some(({ endorsedBy }) => endorsedBy === id)) ?? null;
}
