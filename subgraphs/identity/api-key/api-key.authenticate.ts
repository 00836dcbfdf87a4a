// What the gateway asks of an API key: does it hold, whose is it, what may it do, from where. Its last use is noted once a minute.
import { sql } from 'kysely';
import { systemActor } from '../../kernel/base/actor.js';
import { addressJudge } from '../../kernel/base/ip-networks.js';
import type { KeyAuthentication } from '../../kernel/base/subgraph-port.js';
import type { Tx } from '../../kernel/data/database.js';
import { platformScope } from '../../kernel/data/scope.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import { RefusedCredentials, type RefusalCause } from '../refused-credential.js';
import { closedBy, stateOf } from '../organization/organization.closed.js';
import { db } from '../tables.js';
import { permissionsOfScopes } from './api-key.scopes.js';

const TOUCH_MS = 60_000;

export class ApiKeyAuthentication {
  readonly #touching = new Set<string>();
  readonly #refused: RefusedCredentials;

  /** @param published every permission that exists */
  constructor(private readonly deps: SubgraphDeps, private readonly published: () => readonly string[]) {
    this.#refused = new RefusedCredentials(deps);
  }

  /** @param ip where it was used; the gateway judges each call by the list that is answered, this notes only uses the list allows */
  async apiKey(hash: string, ip: string | null): Promise<KeyAuthentication> {
    const found = await this.deps.database.inScope(platformScope, (tx) => this.#read(tx, hash), { readOnly: true });
    if (!found) return { ok: false, reason: 'invalid' };
    const now = this.deps.clock.now();
    const note = (cause: RefusalCause): Promise<void> => this.#refused.note(
      { ...systemActor(found.tenantId), kind: 'api_key', apiKey: found.id, ip }, { action: 'api_key.refuse', resource: { type: 'ApiKey', id: found.id } }, cause);
    const ends = [found.expiresAt, found.endsAt].filter((end) => end !== null);
    const reason = found.revokedAt !== null ? 'revoked' : ends.some((end) => end <= now) ? 'expired' : null;
    if (reason) {
      await note(reason);
      return { ok: false, reason };
    }
    if (addressJudge(found.ips)(ip)) this.#touch(found.tenantId, found.id, found.lastUsedAt, ip, now);
    else await note('address');
    const first = ends.toSorted((a, b) => a.getTime() - b.getTime())[0];
    return {
      ok: true, apiKey: found.id, tenant: found.tenantId, permissions: permissionsOfScopes(found.scopes, this.published()), ips: found.ips,
      expiresAt: first?.toISOString() ?? null, ...closedBy(found.tenantState),
    };
  }

  /** The look-up names the tenant and the key; row-level security then shows that key and nothing else. */
  async #read(tx: Tx, hash: string) {
    const owner = await sql`
      select set_config('app.tenant_id', tenant_id::text, true), set_config('app.api_key_id', id::text, true)
      from identity.api_key_by_hash(${hash})`.execute(tx.getKysely());
    if (owner.rows.length === 0) return undefined;
    return db(tx).selectFrom('ApiKeySecret as s')
      .innerJoin('ApiKey as k', (join) => join.onRef('k.tenantId', '=', 's.tenantId').onRef('k.id', '=', 's.apiKeyId'))
      .select(['k.id', 'k.tenantId', 'k.scopes', 'k.ips', 'k.expiresAt', 'k.revokedAt', 'k.lastUsedAt', 's.endsAt', stateOf('s').as('tenantState')])
      .where('s.hash', '=', hash).executeTakeFirst();
  }

  /** Not awaited by the call it belongs to; a lost touch costs a minute of precision. */
  #touch(tenant: string, id: string, last: Date | null, ip: string | null, now: Date): void {
    const before = new Date(now.getTime() - TOUCH_MS);
    if ((last !== null && last > before) || this.#touching.has(id)) return;
    this.#touching.add(id);
    this.deps.database.inScope({ tenant, user: null, apiKey: id }, (tx) =>
      db(tx).updateTable('ApiKey').set({ lastUsedAt: now, lastUsedIp: ip }).where('tenantId', '=', tenant).where('id', '=', id)
        // Of several processes one notes it.
        .where((on) => on.or([on('lastUsedAt', 'is', null), on('lastUsedAt', '<=', before)])).execute(),
    ).catch((error: Error) => this.deps.logger.warn({ err: error.message }, 'the last use of an API key was not recorded'))
      .finally(() => this.#touching.delete(id));
  }
}
