// Proving oneself by a code or a password: the attempt is reserved first, judged outside any transaction, spent in the change.
import { Refusal } from '../../kernel/base/errors.js';
import { tenantScope } from '../../kernel/data/scope.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { AccountService } from '../account/account.service.js';
import { verifyPassword } from '../account/password.js';
import type { Reservation, AttemptService } from '../attempt/attempt.service.js';
import { PLATFORM_TENANT_ID } from '../platform.js';
import type { Match } from './mfa.codes.js';
import type { CodeMethod, UseOutcome, UsePurpose } from './mfa.entity.js';
import { mfaCodeInvalid, wrongPassword } from './mfa.refusals.js';
import { noteUse } from './mfa.uses.js';

export interface GivenCode {
  userId: string;
  method: CodeMethod;
  purpose: UsePurpose;
  /** Judges the code. */
  match: () => Promise<Match | null>;
  /** What must be done once the code is right and before the change; it is repeated when the change did not come to be. */
  first?: () => Promise<unknown>;
}

export class MfaProof {
  constructor(private readonly deps: SubgraphDeps, private readonly attempts: AttemptService, private readonly accounts: AccountService) {}

  /**
   * Runs the mutation's change with the code spent in it. What `work` refuses spends nothing and costs no attempt.
   * @throws Refusal TooManyAttempts, MfaCodeInvalid, and what `work` throws
   */
  async byCode<T>(context: OperationContext, { userId, method, purpose, match, first }: GivenCode, work: (unit: UnitOfWork) => Promise<T>): Promise<T> {
    const reservation = await this.attempts.reserve({ kind: 'MFA_CODE', subject: userId, ip: context.actor.ip });
    const use = (outcome: UseOutcome) => ({ userId, method, purpose, outcome });
    const refused = async (): Promise<Refusal> => {
      await this.deps.database.inScope(tenantScope(PLATFORM_TENANT_ID, userId), (tx) => noteUse(tx, context.actor, use('REFUSED'), this.deps.clock.now()));
      await this.attempts.failed(context, reservation);
      return mfaCodeInvalid();
    };
    const matched = await match();
    if (!matched) throw await refused();
    await first?.();
    let spent = true;
    try {
      return await context.mutate(async (unit) => {
        spent = await matched.spend(unit);
        if (!spent) throw mfaCodeInvalid();
        const result = await work(unit);
        await noteUse(unit.tx, context.actor, use('ACCEPTED'), unit.now);
        await this.attempts.giveBack(unit.tx, reservation);
        return result;
      });
    } catch (error) {
      if (!spent) throw await refused();
      return this.#unjudged(reservation, error);
    }
  }

  /** The same with the person's password, given in `field`. @throws Refusal TooManyAttempts, InvalidCredentials, and what `work` throws */
  async byPassword<T>(
    context: OperationContext, password: string, work: (unit: UnitOfWork) => Promise<T>, first?: () => Promise<unknown>, field?: readonly string[],
  ): Promise<T> {
    const { userId, actor } = context;
    const reservation = await this.attempts.reserve({ kind: 'PASSWORD', subject: userId, ip: actor.ip });
    if (!await verifyPassword(await this.accounts.passwordHashOf(userId), password)) {
      await this.attempts.failed(context, reservation);
      throw wrongPassword(field);
    }
    await first?.();
    try {
      return await context.mutate(async (unit) => {
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
