// The keys of access tokens: made at the first need, private half sealed, read anew each minute so that processes agree.
import { importJWK, type CryptoKey, type JWK } from 'jose';
import type { Tx } from '../../kernel/data/database.js';
import { tenantScope } from '../../kernel/data/scope.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import { PLATFORM_TENANT_ID } from '../platform.js';
import { db } from '../tables.js';
import { REREAD_MS, signerAt, type KeyLife } from './signing-key.life.js';
import { SIGNING_ALGORITHM, addressOf, type SigningKeyRotation } from './signing-key.rotation.js';

export interface SigningKeys {
  kid: string;
  privateKey: CryptoKey;
  /** RFC 7517 document of every public half that is not retired. */
  jwks: { keys: Record<string, unknown>[] };
}

interface OpenedKey extends KeyLife {
  publicJwk: Record<string, unknown>;
  privateKey: CryptoKey;
}

export class SigningKeyService {
  #read: { at: number; keys: Promise<OpenedKey[]> } | null = null;

  constructor(private readonly deps: SubgraphDeps, private readonly rotation: SigningKeyRotation) {}

  /** The key to sign with now, and all public halves. */
  async keys(): Promise<SigningKeys> {
    const now = this.deps.clock.now();
    let keys = await this.#known(now.getTime());
    let signer = signerAt(keys, now);
    if (!signer) {
      await this.rotation.createFirst();
      this.#read = null;
      keys = await this.#known(now.getTime());
      // It signs from an instant after the one this call began at.
      signer = signerAt(keys, this.deps.clock.now());
    }
    if (!signer) throw new Error('No signing key is active.');
    return { kid: signer.kid, privateKey: signer.privateKey, jwks: { keys: keys.map(({ publicJwk }) => publicJwk) } };
  }

  #known(now: number): Promise<OpenedKey[]> {
    if (this.#read && now - this.#read.at < REREAD_MS) return this.#read.keys;
    const keys = this.deps.database.inScope(tenantScope(PLATFORM_TENANT_ID), (tx) => this.#load(tx), { readOnly: true });
    const read = { at: now, keys };
    this.#read = read;
    // Whoever asked hears why; the next to ask tries again.
    keys.catch(() => { if (this.#read === read) this.#read = null; });
    return keys;
  }

  async #load(tx: Tx): Promise<OpenedKey[]> {
    const stored = await db(tx).selectFrom('SigningKey').selectAll().where('retiredAt', 'is', null)
      .orderBy('createdAt', 'desc').orderBy('kid', 'desc').execute();
    const opened: OpenedKey[] = [];
    for (const { kid, publicJwk, privateJwk, createdAt, activatesAt, retiredAt } of stored) {
      const jwk = JSON.parse(await this.deps.envelope.open(tx, addressOf(kid), Buffer.from(privateJwk))) as JWK;
      const privateKey = await importJWK(jwk, SIGNING_ALGORITHM);
      if (privateKey instanceof Uint8Array) throw new Error('The signing key is not an asymmetric key.');
      opened.push({ kid, publicJwk, privateKey, createdAt, activatesAt, retiredAt });
    }
    return opened;
  }
}
