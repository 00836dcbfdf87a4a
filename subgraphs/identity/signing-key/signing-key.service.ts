// The keys of access tokens: made at the first need, private half sealed, read once a process.
import { exportJWK, generateKeyPair, importJWK, type CryptoKey, type JWK } from 'jose';
import { sql } from 'kysely';
import { systemActor } from '../../kernel/base/actor.js';
import { newId } from '../../kernel/base/ids.js';
import type { FieldAddress } from '../../kernel/crypto/envelope.js';
import type { Tx } from '../../kernel/data/database.js';
import { platformScope, tenantScope } from '../../kernel/data/scope.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import { runUnit } from '../../kernel/messaging/unit-of-work.js';
import { PLATFORM_TENANT_ID, enterHome } from '../platform.js';
import { db } from '../tables.js';

export const SIGNING_ALGORITHM = 'EdDSA';
// Any fixed number: of two processes that need the first key at once, one makes it and the other finds it.
const SIGNING_KEY_LOCK = 7_316_203;

export interface SigningKeys {
  kid: string;
  privateKey: CryptoKey;
  /** RFC 7517 document of every public half. */
  jwks: { keys: Record<string, unknown>[] };
}

interface StoredKey {
  kid: string;
  publicJwk: Record<string, unknown>;
  privateJwk: Uint8Array;
}

const addressOf = (kid: string): FieldAddress => ({
  tenantId: PLATFORM_TENANT_ID, table: 'signing_key', column: 'private_jwk', row: kid,
});

export class SigningKeyService {
  #keys: Promise<SigningKeys> | null = null;

  constructor(private readonly deps: SubgraphDeps) {}

  /** The newest key, to sign with, and all public halves. */
  keys(): Promise<SigningKeys> {
    this.#keys ??= this.#load().catch((error: unknown) => {
      this.#keys = null;
      throw error;
    });
    return this.#keys;
  }

  async #load(): Promise<SigningKeys> {
    const read = (): Promise<SigningKeys | null> =>
      this.deps.database.inScope(tenantScope(PLATFORM_TENANT_ID), (tx) => this.#read(tx), { readOnly: true });
    const known = await read();
    if (known) return known;
    await this.#create();
    const created = await read();
    if (!created) throw new Error('The signing key that was just made is gone.');
    return created;
  }

  async #read(tx: Tx): Promise<SigningKeys | null> {
    const all: StoredKey[] = await db(tx).selectFrom('SigningKey').select(['kid', 'publicJwk', 'privateJwk'])
      .orderBy('createdAt', 'desc').execute();
    const [newest] = all;
    if (!newest) return null;
    const jwk = JSON.parse(await this.deps.envelope.open(tx, addressOf(newest.kid), Buffer.from(newest.privateJwk))) as JWK;
    const privateKey = await importJWK(jwk, SIGNING_ALGORITHM);
    if (privateKey instanceof Uint8Array) throw new Error('The signing key is not an asymmetric key.');
    return { kid: newest.kid, privateKey, jwks: { keys: all.map(({ publicJwk }) => publicJwk) } };
  }

  async #create(): Promise<void> {
    const kid = newId();
    const pair = await generateKeyPair(SIGNING_ALGORITHM, { crv: 'Ed25519', extractable: true });
    const publicJwk = { ...await exportJWK(pair.publicKey), kid, alg: SIGNING_ALGORITHM, use: 'sig' };
    const privateJwk = JSON.stringify(await exportJWK(pair.privateKey));
    const origin = { actor: systemActor(null), correlationId: `signing-key-${kid}` };
    await runUnit(this.deps.unit, platformScope, origin, async (unit) => {
      await sql`select pg_advisory_xact_lock(${SIGNING_KEY_LOCK})`.execute(unit.tx.getKysely());
      await enterHome(unit.tx, PLATFORM_TENANT_ID, null);
      const first = await db(unit.tx).selectFrom('SigningKey').select('kid').limit(1).executeTakeFirst();
      if (first) return;
      const sealed = await this.deps.envelope.seal(unit.tx, addressOf(kid), privateJwk);
      await db(unit.tx).insertInto('SigningKey').values({ kid, publicJwk, privateJwk: sealed, createdAt: unit.now }).execute();
      unit.audit({
        action: 'signing_key.create', type: 'SECURITY', outcome: 'SUCCESS', resource: { type: 'SigningKey', id: kid },
      });
    });
  }
}
