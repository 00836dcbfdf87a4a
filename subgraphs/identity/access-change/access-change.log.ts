// What gateways follow of identity.
import type { AccessChanges } from '../../kernel/base/subgraph-port.js';
import { ChangeLog } from '../../kernel/data/change-log.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import { tenantOf } from '../platform.js';

export class AccessChangeLog {
  readonly #log: ChangeLog<'user_id' | 'session_id' | 'api_key_id'>;

  constructor(deps: SubgraphDeps) {
    this.#log = new ChangeLog(deps, 'identity.access_change', ['user_id', 'session_id', 'api_key_id']);
  }

  /** See the port. */
  async since(before: string | null): Promise<AccessChanges> {
    const { cursor, rows } = await this.#log.since(before);
    const changes = rows?.map((row) => ({ tenant: tenantOf(row.home), userId: row.user_id, sessionId: row.session_id, apiKeyId: row.api_key_id })) ?? null;
    return { cursor, changes };
  }
}
