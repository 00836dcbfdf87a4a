// A key or session that is known and no longer good, or used from where it may not be, is told in the trail of its tenant: once a minute for each and reason.
import { LRUCache } from 'lru-cache';
import type { Actor } from '../kernel/base/actor.js';
import { newId } from '../kernel/base/ids.js';
import type { SubgraphDeps } from '../kernel/graphql/boot.js';
import type { AuditDraft } from '../kernel/messaging/audit.js';
import { runUnit } from '../kernel/messaging/unit-of-work.js';

const MINUTE = 60_000;

export type RefusalCause = 'revoked' | 'expired' | 'address';

export class RefusedCredentials {
  /** Credential and cause -> the minute that has its event. */
  readonly #told = new LRUCache<string, number>({ max: 10_000 });

  constructor(private readonly deps: SubgraphDeps) {}

  /** Whoever is refused hears no more than that: what cannot be recorded is logged. */
  async note(actor: Actor, { action, resource }: Required<Pick<AuditDraft, 'action' | 'resource'>>, cause: RefusalCause): Promise<void> {
    const [key, minute] = [`${resource.id} ${cause}`, Math.floor(this.deps.clock.now().getTime() / MINUTE)];
    if (this.#told.get(key) === minute) return;
    this.#told.set(key, minute);
    await runUnit(this.deps.unit, { tenant: actor.tenant, user: null }, { actor, correlationId: `refused-${newId()}` }, async (unit) =>
      unit.audit({ action, type: 'AUTHENTICATION', outcome: 'DENIED', reason: 'UNAUTHENTICATED', resource, after: { refused: cause } }),
    ).catch((error: Error) => this.deps.logger.warn({ err: error.message }, 'a refused credential was not recorded'));
  }
}
