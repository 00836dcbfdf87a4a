// Workers that act for somebody who is not there: only while that person or key still is somebody here, and with what they may do now.
import { DELEGATION_PURPOSE, readDelegation, signedDelegation, type Delegation } from '../../kernel/base/delegation.js';
import type { Delegate } from '../../kernel/base/graph-client.js';
import { addressJudge } from '../../kernel/base/ip-networks.js';
import type { DelegateAuthentication } from '../../kernel/base/subgraph-port.js';
import type { Tx } from '../../kernel/data/database.js';
import { tenantScope } from '../../kernel/data/scope.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import { permissionsOfScopes } from '../api-key/api-key.scopes.js';
import type { Closed } from '../../kernel/base/actor.js';
import { closedBy, stateOf } from '../organization/organization.closed.js';
import type { RoleService } from '../role/role.service.js';
import { db } from '../tables.js';

interface Standing {
  permissions: string[];
  closed?: Closed;
}

export class DelegationService {
  /** @param published every permission that exists */
  constructor(private readonly deps: SubgraphDeps, private readonly roles: RoleService, private readonly published: () => readonly string[]) {}

  /** What a worker shows to act for somebody; null when they are nobody here any more, or may not do what it is for. */
  issue(delegate: Delegate, permission: string): Promise<string | null> {
    return this.#inScope(delegate, async (tx) => {
      const standing = await this.#standing(tx, delegate);
      if (!standing || standing.closed || !standing.permissions.includes(permission)) return null;
      const key = await this.deps.envelope.derivedKey(tx, delegate.tenant, DELEGATION_PURPOSE);
      return signedDelegation(delegate, permission, key, this.deps.clock.now());
    });
  }

  /** What one is worth now. */
  async authenticate(token: string): Promise<DelegateAuthentication> {
    const read = readDelegation(token);
    if (!read) return { ok: false, reason: 'invalid' };
    const { delegation, signedWith } = read;
    if (delegation.exp * 1_000 <= this.deps.clock.now().getTime()) return { ok: false, reason: 'expired' };
    const { kind, id, tenant, permission, ip, userAgent, exp } = delegation;
    return this.#inScope(delegation, async (tx): Promise<DelegateAuthentication> => {
      const key = await this.deps.envelope.knownDerivedKey(tx, tenant, DELEGATION_PURPOSE);
      if (!key || !signedWith(key)) return { ok: false, reason: 'invalid' };
      const standing = await this.#standing(tx, delegation);
      if (!standing?.permissions.includes(permission)) return { ok: false, reason: 'revoked' };
      const [sub, apiKey] = kind === 'user' ? [id, null] : [null, id];
      return { ok: true, sub, apiKey, tenant, ip, userAgent, expiresAt: new Date(exp * 1_000).toISOString(), ...standing };
    }, true);
  }

  #inScope<T>({ kind, id, tenant }: Delegate | Delegation, work: (tx: Tx) => Promise<T>, readOnly = false): Promise<T> {
    const scope = kind === 'user' ? tenantScope(tenant, id) : { tenant, user: null, apiKey: id };
    return this.deps.database.inScope(scope, work, { readOnly });
  }

  #standing(tx: Tx, delegate: Delegate | Delegation): Promise<Standing | null> {
    return delegate.kind === 'user' ? this.#person(tx, delegate) : this.#apiKey(tx, delegate);
  }

  /** One row for each role of the person; none unless they are a member at work. */
  async #person(tx: Tx, { id, tenant }: Delegate | Delegation): Promise<Standing | null> {
    const now = this.deps.clock.now();
    const found = await db(tx).selectFrom('Membership as m')
      .leftJoin('MembershipRole as g', (join) => join.onRef('g.tenantId', '=', 'm.tenantId').onRef('g.userId', '=', 'm.id')
        .on((eb) => eb.or([eb('g.expiresAt', 'is', null), eb('g.expiresAt', '>', now)])))
      .leftJoin('Role as r', (join) => join.onRef('r.tenantId', '=', 'g.tenantId').onRef('r.id', '=', 'g.roleId'))
      .select(['r.preset', 'r.permissions', stateOf('m').as('tenantState')])
      .where('m.tenantId', '=', tenant).where('m.id', '=', id).where('m.status', '=', 'ACTIVE').execute();
    const [first] = found;
    return first ? { permissions: this.roles.permissionsOf(found), ...closedBy(first.tenantState) } : null;
  }

  async #apiKey(tx: Tx, { id, tenant, ip }: Delegate | Delegation): Promise<Standing | null> {
    const key = await db(tx).selectFrom('ApiKey as k').select(['k.scopes', 'k.ips', 'k.expiresAt', 'k.revokedAt', stateOf('k').as('tenantState')])
      .where('k.tenantId', '=', tenant).where('k.id', '=', id).executeTakeFirst();
    const ended = !key || key.revokedAt !== null || (key.expiresAt !== null && key.expiresAt <= this.deps.clock.now());
    if (ended || !addressJudge(key.ips)(ip)) return null;
    return { permissions: permissionsOfScopes(key.scopes, this.published()), ...closedBy(key.tenantState) };
  }
}
