// Making, superseding and retiring signing keys, for operators; each step is one change with its audit event.
import { exportJWK, generateKeyPair } from 'jose';
import { sql } from 'kysely';
import { systemActor } from '../../kernel/base/actor.js';
import { newId } from '../../kernel/base/ids.js';
import type { FieldAddress } from '../../kernel/crypto/envelope.js';
import { platformScope } from '../../kernel/data/scope.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import { runUnit, type UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { PLATFORM_TENANT_ID, enterHome } from '../platform.js';
import { db } from '../tables.js';
import { ACTIVATION_MS, signerAt, stateAt, verifiesUntil, type KeyLife, type KeyState } from './signing-key.life.js';

export const SIGNING_ALGORITHM = 'EdDSA';
// Any fixed number: of two processes that change the set at once, one waits for the other and sees what it did.
const SIGNING_KEY_LOCK = 7_316_203;

/** Why an operator's wish was not followed, in one sentence. Nothing was changed. */
export class SigningKeyRefusal extends Error {}

export interface ListedKey extends KeyLife {
  state: KeyState;
  /** When it may be retired; null: not known yet, or it is. */
  verifiesUntil: Date | null;
}

interface KeyPair {
  kid: string;
  publicJwk: Record<string, unknown>;
  privateJwk: string;
}

export const addressOf = (kid: string): FieldAddress => ({
  tenantId: PLATFORM_TENANT_ID, table: 'signing_key', column: 'private_jwk', row: kid,
});

async function newPair(): Promise<KeyPair> {
  const kid = newId();
  const pair = await generateKeyPair(SIGNING_ALGORITHM, { crv: 'Ed25519', extractable: true });
  return {
    kid, publicJwk: { ...await exportJWK(pair.publicKey), kid, alg: SIGNING_ALGORITHM, use: 'sig' },
    privateJwk: JSON.stringify(await exportJWK(pair.privateKey)),
  };
}

export class SigningKeyRotation {
  constructor(private readonly deps: SubgraphDeps) {}

  /** Newest first, retired ones included. */
  list(): Promise<ListedKey[]> {
    return this.deps.database.inScope(platformScope, async (tx) => {
      const now = this.deps.clock.now();
      const keys = await db(tx).selectFrom('SigningKey').select(['kid', 'createdAt', 'activatesAt', 'retiredAt'])
        .orderBy('createdAt', 'desc').orderBy('kid', 'desc').execute();
      return keys.map((key) => ({ ...key, state: stateAt(key, keys, now), verifiesUntil: key.retiredAt === null ? verifiesUntil(key, keys) : null }));
    }, { readOnly: true });
  }

  /** A key that signs at once, because none does: nobody keeps an older set. Does nothing when one signs. */
  async createFirst(): Promise<void> {
    const pair = await newPair();
    await this.#change(pair.kid, async (unit, keys) => {
      if (signerAt(keys, unit.now)) return;
      await this.#insert(unit, pair, unit.now);
    });
  }

  /**
   * Publishes a new key, which signs once every reader of the published set knows it, or at once.
   * @throws SigningKeyRefusal while another waits for its turn
   */
  async rotate(atOnce: boolean): Promise<{ kid: string; activatesAt: Date }> {
    const pair = await newPair();
    return this.#change(pair.kid, async (unit, keys) => {
      const waiting = keys.find(({ retiredAt, activatesAt }) => retiredAt === null && activatesAt > unit.now);
      if (waiting && !atOnce) throw new SigningKeyRefusal(`The key ${waiting.kid} is published already and signs from ${waiting.activatesAt.toISOString()}.`);
      const wait = atOnce || !signerAt(keys, unit.now) ? 0 : ACTIVATION_MS;
      const activatesAt = new Date(unit.now.getTime() + wait);
      await this.#insert(unit, pair, activatesAt);
      return { kid: pair.kid, activatesAt };
    });
  }

  /**
   * Takes a key out of the published set: what it signed holds no longer.
   * @param atOnce also while tokens of it may live, as after a theft
   * @throws SigningKeyRefusal for the only key that signs, for an unknown one, and while tokens of it may live
   */
  async retire(kid: string, atOnce: boolean): Promise<void> {
    await this.#change(kid, async (unit, keys) => {
      const key = keys.find((one) => one.kid === kid);
      if (!key) throw new SigningKeyRefusal(`There is no key ${kid}.`);
      const state = stateAt(key, keys, unit.now);
      if (state === 'RETIRED') throw new SigningKeyRefusal(`The key ${kid} is retired.`);
      if (state === 'SIGNING') throw new SigningKeyRefusal(`The key ${kid} signs: rotate first.`);
      const until = verifiesUntil(key, keys);
      if (state === 'VERIFYING' && !atOnce && (until === null || until > unit.now)) {
        throw new SigningKeyRefusal(`Tokens of the key ${kid} may live until ${until?.toISOString() ?? 'later'}: wait, or say --now to end them.`);
      }
      await db(unit.tx).updateTable('SigningKey').set({ retiredAt: unit.now }).where('kid', '=', kid).execute();
      unit.audit({
        action: 'signing_key.retire', type: 'SECURITY', outcome: 'SUCCESS', resource: { type: 'SigningKey', id: kid }, before: { state },
      });
    });
  }

  async #insert(unit: UnitOfWork, { kid, publicJwk, privateJwk }: KeyPair, activatesAt: Date): Promise<void> {
    const sealed = await this.deps.envelope.seal(unit.tx, addressOf(kid), privateJwk);
    await db(unit.tx).insertInto('SigningKey')
      .values({ kid, publicJwk, privateJwk: sealed, createdAt: unit.now, activatesAt, retiredAt: null }).execute();
    unit.audit({
      action: 'signing_key.create', type: 'SECURITY', outcome: 'SUCCESS', resource: { type: 'SigningKey', id: kid },
      after: { activatesAt: activatesAt.toISOString() },
    });
  }

  #change<T>(kid: string, work: (unit: UnitOfWork, keys: KeyLife[]) => Promise<T>): Promise<T> {
    const origin = { actor: systemActor(null), correlationId: `signing-key-${kid}` };
    return runUnit(this.deps.unit, platformScope, origin, async (unit) => {
      await sql`select pg_advisory_xact_lock(${SIGNING_KEY_LOCK})`.execute(unit.tx.getKysely());
      await enterHome(unit.tx, PLATFORM_TENANT_ID, null);
      return work(unit, await db(unit.tx).selectFrom('SigningKey').select(['kid', 'createdAt', 'activatesAt', 'retiredAt']).execute());
    });
  }
}
