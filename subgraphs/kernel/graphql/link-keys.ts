// The key of a tenant that links to its files are signed with: one a purpose, looked for once an operation, however many links that shows.
import type { Envelope } from '../crypto/envelope.js';
import type { Tx } from '../data/database.js';
import type { OperationContext } from './context.js';

export class LinkKeys {
  readonly #known = new WeakMap<OperationContext, Promise<Buffer | null>>();

  constructor(private readonly envelope: Envelope, private readonly purpose: string) {}

  /** Null: the tenant has stored nothing, or is being erased. */
  find(tx: Tx, tenantId: string): Promise<Buffer | null> {
    return this.envelope.knownDerivedKey(tx, tenantId, this.purpose);
  }

  /** The same for links that an answer shows, to files of the actor's own tenant. */
  of(context: OperationContext, tenantId: string): Promise<Buffer | null> {
    const known = this.#known.get(context) ?? context.read().then((tx) => this.find(tx, tenantId));
    this.#known.set(context, known);
    return known;
  }
}
