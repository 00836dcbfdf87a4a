// People of a test's tenant: admitted with roles, acting through mutations, and everything written about them.
import { demoIdentity } from '../../subgraphs/identity/demo.js';
import type { TenantPreset } from '../../subgraphs/identity/role/role.presets.js';
import type { Actor } from '../../subgraphs/kernel/base/actor.js';
import { encodeId } from '../../subgraphs/kernel/base/ids.js';
import type { SubgraphError } from '../../subgraphs/kernel/base/subgraph-port.js';
import { AURORA, PASSWORD, type TestIdentity } from './identity.js';

const USER = 'user { id displayName email status roles { name } grants { role { name } grantedBy { id } until expired } }';
const ROLE = 'role { id name description preset permissions }';
const RESULTS: Readonly<Record<string, string>> = {
  roleCreate: ROLE, roleUpdate: ROLE, roleDelete: 'grantsEnded', roleGrant: USER, roleRevoke: USER, userSuspend: USER, userReactivate: USER, userDelete: USER,
};
const ERRORS = 'userErrors { __typename code field message ... on GrantRefused { permissions } }';

export interface Answer {
  payload: Record<string, unknown> & { userErrors: { __typename: string; code: string; field: string[] | null; permissions?: string[] }[] };
  errors: SubgraphError[] | undefined;
}

export class People {
  readonly #ids = new Map<string, string>();

  constructor(readonly identity: TestIdentity) {}

  /** Lets somebody into a tenant. @returns their API id */
  async admit(email: string, role: TenantPreset, tenantId = AURORA): Promise<string> {
    const people = [{ email, displayName: email.split('@')[0] ?? email, role }];
    const ids = await demoIdentity(this.identity.subject.running.services, { tenants: [{ tenantId, name: 'Any', people }], platform: [], password: PASSWORD });
    this.#ids.set(email, ids.get(email) ?? '');
    return this.id(email);
  }

  uuid(email: string): string {
    const found = this.#ids.get(email) ?? this.identity.userIds.get(email);
    if (!found) throw new Error(`Nobody has the address ${email}.`);
    return found;
  }

  id(email: string): string {
    return encodeId('user', this.uuid(email));
  }

  /** Who they are after signing in, as the gateway would know them now. */
  async actor(email: string, tenantId?: string): Promise<Actor> {
    const { accessToken } = await this.identity.signIn(email, tenantId);
    return this.identity.actorOf(accessToken);
  }

  /** API id of a role of a tenant, by its name. */
  async roleId(name: string, tenantId = AURORA): Promise<string> {
    const [row] = await this.identity.rows<{ id: string }>('select id from identity.role where tenant_id = $1 and name = $2 and deleted_at is null', [tenantId, name]);
    if (!row) throw new Error(`There is no role ${name}.`);
    return encodeId('role', row.id);
  }

  async mutate(field: string, input: Record<string, unknown>, actor?: Actor): Promise<Answer> {
    const Input = `${field[0]?.toUpperCase() ?? ''}${field.slice(1)}Input`;
    const { data, errors } = await this.identity.subject.ask(
      `mutation ($input: ${Input}!) { ${field}(input: $input) { ${RESULTS[field] ?? ''} ${ERRORS} } }`, { input }, actor);
    return { payload: data?.[field] as Answer['payload'], errors };
  }

  /** A mutation that must succeed. @returns its payload */
  async done(field: string, input: Record<string, unknown>, actor: Actor): Promise<Answer['payload']> {
    const { payload, errors } = await this.mutate(field, input, actor);
    if (errors || payload.userErrors.length > 0) throw new Error(`${field} was refused: ${JSON.stringify({ payload, errors })}`);
    return payload;
  }

  /** Everything that mutations about people write, but the audit trail. */
  async written(): Promise<unknown> {
    const tables = ['role', 'role_version', 'membership', 'membership_change', 'membership_role', 'past_grant', 'session', 'access_change', 'outbox'];
    return Promise.all(tables.map((table) => this.identity.rows(`select t::text from identity.${table} t order by 1`)));
  }
}
