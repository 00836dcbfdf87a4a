// Signing in with a password. Reading, hashing and signing come before the transaction that stores the session.
import { newId } from '../../kernel/base/ids.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { inputId } from '../../kernel/graphql/context.js';
import type { AccountService, KnownAccount } from '../account/account.service.js';
import { verifyPassword } from '../account/password.js';
import { enterHome, tenantOf } from '../platform.js';
import { db } from '../tables.js';
import { actAs, auditOf } from './session.audit.js';
import type { LoginInput } from './session.inputs.js';
import { invalidCredentials, tenantChoiceRequired } from './session.refusals.js';
import type { TokenService, Tokens } from './session.tokens.js';

const USER_AGENT_MAX = 512;

export class SessionLogin {
  constructor(private readonly accounts: AccountService, private readonly tokens: TokenService) {}

  /** @throws Refusal InvalidCredentials, TenantChoiceRequired */
  async login(context: OperationContext, { email, password, tenantId }: LoginInput): Promise<Tokens> {
    const wanted = tenantId === null || tenantId === undefined ? null : inputId('tnt', tenantId, ['input', 'tenantId']);
    const account = await this.accounts.byEmail(email);
    const proven = await verifyPassword(account?.passwordHash ?? null, password);
    const memberships = (account?.memberships ?? []).filter((one) => wanted === null || one.tenantId === wanted);
    this.#attributeFailure(context, account, memberships.map((one) => one.tenantId));
    const homes = memberships.filter(({ status }) => status === 'ACTIVE').map((one) => one.tenantId);
    const [home, ...others] = homes;
    if (!account || !proven || !home) throw invalidCredentials();
    if (others.length > 0) throw tenantChoiceRequired(homes);
    return this.#open(context, account.id, home);
  }

  /** A failed attempt concerns the account's tenant when exactly one is known, else the platform. */
  #attributeFailure(context: OperationContext, account: KnownAccount | null, homes: string[]): void {
    const audit = auditOf(context);
    const [home, ...others] = homes;
    const tenant = home && others.length === 0 ? tenantOf(home) : null;
    audit.scope = { tenant, user: null };
    audit.actor = { ...context.actor, kind: 'anonymous', sub: null, tenant: null, session: null };
    if (account) audit.draft = { ...audit.draft, resource: { type: 'User', id: account.id } };
  }

  async #open(context: OperationContext, userId: string, home: string): Promise<Tokens> {
    const address = { home, sessionId: newId(), userId };
    const now = context.deps.clock.now();
    const { tokens, refreshHash } = await this.tokens.issue(address, now);
    actAs(context, address);
    return context.mutate(async (unit) => {
      if (tenantOf(home) === null) await enterHome(unit.tx, home, userId);
      await db(unit.tx).insertInto('Session').values({
        tenantId: home, id: address.sessionId, userId, family: newId(), epoch: 0, refreshHash, createdAt: now, lastUsedAt: now,
        ip: context.actor.ip, userAgent: context.actor.userAgent?.slice(0, USER_AGENT_MAX) ?? null, revokedAt: null, revokedReason: null,
      }).execute();
      return tokens;
    });
  }
}
