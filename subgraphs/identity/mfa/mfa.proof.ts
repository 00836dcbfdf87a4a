// Proving oneself by a code or a password: the attempt is reserved first, judged outside any transaction, spent in the change.
import { Refusal } from '../../kernel/base/errors.js';
import { tenantScope } from '../../kernel/data/scope.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { lockAccount, lockPassword, type AccountService } from '../account/account.service.js';
import { verifyPassword } from '../account/password.js';
import type { Reservation, AttemptService } from '../attempt/attempt.service.js';
import { PLATFORM_TENANT_ID } from '../platform.js';
import { actAs } from '../session/session.audit.js';
import { presentSession } from '../session/session.present.js';
import type { SessionAddress } from '../session/session.tokens.js';
import type { Match } from './mfa.codes.js';
import type { CodeMethod, UseOutcome, UsePurpose } from './mfa.entity.js';
import { mfaCodeInvalid, wrongPassword } from './mfa.refusals.js';
import { noteUse } from './mfa.uses.js';

/** Runs a mutation's change, behind whatever proof it demands. */
export type Change = <T>(work: (unit: UnitOfWork) => Promise<T>) => Promise<T>;

export interface GivenCode {
  userId: string;
  method: CodeMethod;
  purpose: UsePurpose;
  /** Judges the code. */
  match: () => Promise<Match | null>;
  /** Who acts once the code is right: the session that the change opens. */
  as?: SessionAddress | null;
}

export interface GivenPassword {
  password: string;
  /** Where it was given. */
  field?: readonly string[];
  /** What is judged and made once the password is right, before the change. What it refuses costs no attempt. */
  before?: () => Promise<unknown>;
  /** What runs the change, where more than the password is demanded. */
  change?: Change;
}

/** Every change it runs holds the account: what a sign-in rests on is changed by one at a time, and by nobody whose session has ended. */
export class MfaProof {
  constructor(private readonly deps: SubgraphDeps, private readonly attempts: AttemptService, private readonly accounts: AccountService) {}

  /**
   * Runs the mutation's change with the code spent in it. What `work` refuses spends nothing and costs no attempt.
   * @throws Refusal TooManyAttempts, MfaCodeInvalid, and what `work` throws
   */
  async byCode<T>(context: OperationContext, { userId, method, purpose, match, as }: GivenCode, work: (unit: UnitOfWork) => Promise<T>): Promise<T> {
    const reservation = await this.attempts.reserve({ kind: 'MFA_CODE', subject: userId, ip: context.actor.ip });
    const use = (outcome: UseOutcome) => ({ userId, method, purpose, outcome });
    const refused = async (): Promise<Refusal> => {
      await this.deps.database.inScope(tenantScope(PLATFORM_TENANT_ID, userId), (tx) => noteUse(tx, context.actor, use('REFUSED'), this.deps.clock.now()));
      await this.attempts.failed(context, reservation);
      return mfaCodeInvalid();
    };
    const matched = await match();
    if (!matched) throw await refused();
    const asBefore = as ? actAs(context, as) : null;
    let spent = true;
    try {
      return await context.mutate(async (unit, audit) => {
        await lockAccount(unit.tx, userId);
        spent = await matched.spend(unit);
        if (!spent) throw mfaCodeInvalid();
        const result = await work(unit);
        await noteUse(unit.tx, context.actor, use('ACCEPTED'), unit.now);
        await this.attempts.giveBack(unit.tx, reservation);
        audit.draft = { ...audit.draft, after: { ...audit.draft.after, method } };
        return result;
      });
    } catch (error) {
      asBefore?.();
      if (!spent) throw await refused();
      return this.#unjudged(reservation, error);
    }
  }

  /**
   * The same with the password of who is signed in. One that is changed meanwhile is no proof.
   * @throws Refusal TooManyAttempts, InvalidCredentials, UNAUTHENTICATED, and what `before`, `change` and `work` throw
   */
  async byPassword<T>(
    context: OperationContext, { password, field, before, change = (work) => context.mutate(work) }: GivenPassword, work: (unit: UnitOfWork) => Promise<T>,
  ): Promise<T> {
    const { userId, actor } = context;
    const reservation = await this.attempts.reserve({ kind: 'PASSWORD', subject: userId, ip: actor.ip });
    const known = await this.accounts.passwordOf(userId);
    if (!await verifyPassword(known?.hash ?? null, password) || !known) {
      await this.attempts.failed(context, reservation);
      throw wrongPassword(field);
    }
    try {
      await before?.();
      return await change(async (unit) => {
        if (!await lockPassword(unit.tx, userId, known)) throw wrongPassword(field);
        await presentSession(unit.tx, context);
        const result = await work(unit);
        await this.attempts.giveBack(unit.tx, reservation);
        return result;
      });
    } catch (error) {
      return this.#unjudged(reservation, error);
    }
  }

  /** The proof was good and the change was refused for another reason. */
  async #unjudged(reservation: Reservation, error: unknown): Promise<never> {
    if (error instanceof Refusal) await this.attempts.release(reservation);
    throw error;
  }
}
