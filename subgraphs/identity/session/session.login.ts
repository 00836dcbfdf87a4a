// Signing in with a password. The attempt is reserved first; reading, hashing and signing come before the one change.
import { ErrorCode, Refusal } from '../../kernel/base/errors.js';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { normalEmail, type AccountService, type KnownAccount } from '../account/account.service.js';
import { hashPassword, needsRehash, verifyPassword } from '../account/password.js';
import type { AttemptService, Reservation } from '../attempt/attempt.service.js';
import type { MfaChallenges, IssuedChallenge, NewChallenge } from '../mfa/mfa.challenge.js';
import type { CodeMethod } from '../mfa/mfa.entity.js';
import { hasFactor, type MfaFactors } from '../mfa/mfa.factors.js';
import type { OrganizationService } from '../organization/organization.service.js';
import { tenantOf } from '../platform.js';
import { db } from '../tables.js';
import { actAs, auditOf } from './session.audit.js';
import type { LoginInput } from './session.inputs.js';
import type { SessionOpening } from './session.open.js';
import { invalidCredentials, tenantChoiceRequired } from './session.refusals.js';
import type { Tokens } from './session.tokens.js';

/** Exactly one of the two. */
export interface LoginOutcome {
  session: Tokens | null;
  mfaChallenge: (IssuedChallenge & { methods: CodeMethod[]; setUpRequired: boolean }) | null;
}

/** Somebody whose password was right. */
interface Proven {
  account: KnownAccount;
  reservation: Reservation;
  /** Today's hash of the password, when the stored one was made with older parameters. */
  rehash: string | null;
}

export class SessionLogin {
  constructor(
    private readonly accounts: AccountService, private readonly attempts: AttemptService, private readonly factors: MfaFactors,
    private readonly challenges: MfaChallenges, private readonly opening: SessionOpening, private readonly organizations: OrganizationService,
  ) {}

  /** @throws Refusal InvalidCredentials, TenantChoiceRequired, TenantSuspended, TooManyAttempts */
  async login(context: OperationContext, { email, password, tenantId }: LoginInput): Promise<LoginOutcome> {
    const wanted = tenantId === null || tenantId === undefined ? null : inputId('tnt', tenantId, ['input', 'tenantId']);
    this.#attributeFailure(context, null, []);
    const reservation = await this.attempts.reserve({ kind: 'LOGIN', subject: normalEmail(email), ip: context.actor.ip });
    const account = await this.accounts.byEmail(email);
    const right = await verifyPassword(account?.passwordHash ?? null, password);
    const memberships = (account?.memberships ?? []).filter((one) => wanted === null || one.tenantId === wanted);
    this.#attributeFailure(context, account, memberships.map((one) => one.tenantId));
    const homes = memberships.filter(({ status }) => status === 'ACTIVE').map((one) => one.tenantId);
    if (!account || !right || homes.length === 0) {
      await this.attempts.failed(context, reservation);
      throw invalidCredentials();
    }
    const rehash = needsRehash(account.passwordHash) ? await hashPassword(password) : null;
    return this.#proceed(context, { account, reservation, rehash }, homes);
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

  /** The second factor is asked of who has one before a tenant is chosen, and of who has none once the tenant that demands it is. */
  async #proceed(context: OperationContext, proven: Proven, homes: string[]): Promise<LoginOutcome> {
    const { account: { id: userId }, reservation } = proven;
    const { enabled, methods, demandedBy } = await this.factors.standing(userId);
    if (enabled) return this.#challenge(context, proven, { userId, homes, setsUp: false }, methods);
    const [home = '', ...others] = homes;
    if (others.length > 0) {
      await this.attempts.release(reservation);
      throw tenantChoiceRequired(homes, await this.organizations.of(userId));
    }
    if (demandedBy.includes(home)) return this.#challenge(context, proven, { userId, homes, setsUp: true }, []);
    const { tokens, address, store } = await this.opening.prepare(context, home, userId);
    const asBefore = actAs(context, address);
    return context.mutate(async (unit) => {
      await holdPassword(unit, proven);
      // Enabled since it was asked for: whoever did it no longer waits for this sign-in.
      if (await hasFactor(unit.tx, userId)) throw invalidCredentials();
      await store(unit, { mfaAt: null });
      await this.#accept(unit, proven);
      return { session: tokens, mfaChallenge: null };
    }).catch(async (error: unknown) => {
      asBefore();
      // The password was right.
      if (error instanceof Refusal && error.code === ErrorCode.TENANT_SUSPENDED) await this.attempts.release(reservation);
      throw error;
    });
  }

  async #challenge(context: OperationContext, proven: Proven, challenge: NewChallenge, methods: CodeMethod[]): Promise<LoginOutcome> {
    const audit = auditOf(context);
    audit.scope = { ...audit.scope, user: challenge.userId };
    audit.draft = { ...audit.draft, action: 'auth.challenge' };
    return context.mutate(async (unit) => {
      await holdPassword(unit, proven);
      const issued = await this.challenges.issue(unit, challenge);
      await this.#accept(unit, proven);
      return { session: null, mfaChallenge: { ...issued, methods, setUpRequired: challenge.setsUp } };
    });
  }

  async #accept({ tx }: UnitOfWork, { account, reservation, rehash }: Proven): Promise<void> {
    if (rehash !== null) {
      // A password that was changed meanwhile stays changed.
      await db(tx).updateTable('Account').set({ passwordHash: rehash }).where('id', '=', account.id).where('passwordHash', '=', account.passwordHash).execute();
    }
    await this.attempts.giveBack(tx, reservation);
  }
}

/**
 * A change of password waits for this sign-in, and then ends its session; a sign-in that one has overtaken is refused.
 * @throws Refusal InvalidCredentials
 */
async function holdPassword({ tx }: UnitOfWork, { account, rehash }: Proven): Promise<void> {
  const held = db(tx).selectFrom('Account').select('id').where('id', '=', account.id)
    .where('passwordChangedAt', 'is not distinct from', account.passwordChangedAt);
  // Who is to write the row takes the stronger lock at once: two that hold the weaker one would wait for each other.
  if (!await (rehash === null ? held.forShare() : held.forNoKeyUpdate()).executeTakeFirst()) throw invalidCredentials();
}
