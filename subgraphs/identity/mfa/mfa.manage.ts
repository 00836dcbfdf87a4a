// New backup codes, and going back to the password alone: both behind a step-up.
import { invalidInput } from '../../kernel/base/errors.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { homeOf } from '../platform.js';
import { db } from '../tables.js';
import { replaceBackupCodes, type MfaCodes } from './mfa.codes.js';
import type { MfaFactors } from './mfa.factors.js';
import type { StepUpInput } from './mfa.inputs.js';
import type { MfaProof } from './mfa.proof.js';
import { mfaNotEnabled, mfaRequired } from './mfa.refusals.js';
import type { MfaSetUp } from './mfa.set-up.js';

const SIX_DIGITS = /^\s*\d{3}\s?\d{3}\s*$/;

export class MfaManagement {
  constructor(
    private readonly factors: MfaFactors, private readonly codes: MfaCodes, private readonly proof: MfaProof, private readonly setUp: MfaSetUp,
  ) {}

  /** @throws Refusal MfaNotEnabled, and what the step-up throws */
  async regenerate(context: OperationContext, stepUp: StepUpInput): Promise<string[]> {
    return this.#stepUp(context, stepUp, async (unit) => {
      await this.#demandFactor(unit, context.userId);
      return replaceBackupCodes(unit, context.userId);
    });
  }

  /** Every other session of the person ends. @throws Refusal MfaNotEnabled, MfaRequired, and what the step-up throws */
  async disable(context: OperationContext, stepUp: StepUpInput): Promise<boolean> {
    const { userId, actor } = context;
    const home = homeOf(actor);
    const { enabled, demandedBy } = await this.factors.standing(userId);
    if (!enabled) throw mfaNotEnabled();
    if (demandedBy.length > 0) throw mfaRequired(null, 'A tenant you belong to demands a second factor.');
    return this.#stepUp(context, stepUp, async (unit) => {
      await this.#demandFactor(unit, userId);
      await db(unit.tx).deleteFrom('MfaBackupCode').where('userId', '=', userId).execute();
      await db(unit.tx).deleteFrom('MfaFactor').where('userId', '=', userId).execute();
      await this.setUp.endHere(unit, { home, userId, except: actor.session });
      await db(unit.tx).updateTable('Session').set({ mfaAt: null })
        .where('tenantId', '=', home).where('id', '=', actor.session).execute();
      return true;
    }, () => this.setUp.endElsewhere(context, userId, home));
  }

  /** The lock keeps the factor until the change commits. */
  async #demandFactor({ tx }: UnitOfWork, userId: string): Promise<void> {
    const factor = await db(tx).selectFrom('MfaFactor').select('id')
      .where('userId', '=', userId).where('state', '=', 'ACTIVE').forUpdate().executeTakeFirst();
    if (!factor) throw mfaNotEnabled();
  }

  #stepUp<T>(
    context: OperationContext, { password, code }: StepUpInput, work: (unit: UnitOfWork) => Promise<T>, first?: () => Promise<unknown>,
  ): Promise<T> {
    const { userId } = context;
    if (typeof password === 'string' && typeof code !== 'string') return this.proof.byPassword(context, password, work, first);
    if (typeof code !== 'string' || typeof password === 'string') throw invalidInput('Give either the password or a code.', ['input', 'password']);
    const method = SIX_DIGITS.test(code) ? 'TOTP' : 'BACKUP_CODE';
    return this.proof.byCode(context, {
      userId, method, purpose: 'STEP_UP', match: () => this.codes.match(userId, method, code), ...(first ? { first } : {}),
    }, work);
  }
}
