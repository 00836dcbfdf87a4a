// New backup codes, behind one proof; going back to the password alone, behind both.
import { invalidInput } from '../../kernel/base/errors.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { assertAcceptable } from '../account/password.policy.js';
import { auditOf } from '../session/session.audit.js';
import { markSecondFactor, presentSession } from '../session/session.present.js';
import { db } from '../tables.js';
import { replaceBackupCodes, type MfaCodes } from './mfa.codes.js';
import { hasFactor, type MfaFactors } from './mfa.factors.js';
import type { MfaBackupCodesRegenerateInput, MfaDisableInput } from './mfa.inputs.js';
import type { MfaProof } from './mfa.proof.js';
import { mfaNotEnabled, mfaRequired } from './mfa.refusals.js';
import { endOthers, noteFactor } from './mfa.set-up.js';

const SIX_DIGITS = /^\s*\d{3}\s?\d{3}\s*$/;

export class MfaManagement {
  constructor(private readonly factors: MfaFactors, private readonly codes: MfaCodes, private readonly proof: MfaProof) {}

  /** @throws Refusal MfaNotEnabled, InputInvalid, and what the proof throws */
  async regenerate(context: OperationContext, { password, code }: MfaBackupCodesRegenerateInput): Promise<string[]> {
    const { userId } = context;
    const renew = async (unit: UnitOfWork): Promise<string[]> => {
      if (!await hasFactor(unit.tx, userId)) throw mfaNotEnabled();
      const codes = await replaceBackupCodes(unit, userId);
      const audit = auditOf(context);
      audit.draft = { ...audit.draft, after: { backupCodes: codes.length } };
      return codes;
    };
    if (typeof password === 'string' && typeof code !== 'string') return this.proof.byPassword(context, { password }, renew);
    if (typeof code !== 'string' || typeof password === 'string') throw invalidInput('Give either the password or a code.', ['input', 'password']);
    return this.#byCode(context, code, renew);
  }

  /**
   * Every other session of the person ends. Neither proof is enough alone: whoever has one of them would be rid of the other.
   * @throws Refusal MfaNotEnabled, MfaRequired, PasswordUnacceptable for a password that is too short without, and what the proofs throw
   */
  async disable(context: OperationContext, { password, code }: MfaDisableInput): Promise<boolean> {
    const { userId, actor } = context;
    const { enabled, demandedBy } = await this.factors.standing(userId);
    if (!enabled) throw mfaNotEnabled();
    if (demandedBy.length > 0) throw mfaRequired(null, 'A tenant you belong to demands a second factor.');
    return this.proof.byPassword(context, {
      password,
      // Names were judged when it was chosen; how long it must be is what changes.
      before: () => assertAcceptable(password, { secondFactor: false, known: [] }, ['input', 'password']),
      change: (work) => this.#byCode(context, code, work),
    }, async (unit) => {
      await db(unit.tx).deleteFrom('MfaBackupCode').where('userId', '=', userId).execute();
      await db(unit.tx).deleteFrom('MfaFactor').where('userId', '=', userId).execute();
      await endOthers(unit, context, userId, actor.session);
      await markSecondFactor(unit.tx, context, null);
      noteFactor(context, userId, 'ACTIVE', 'NONE');
      return true;
    });
  }

  #byCode<T>(context: OperationContext, code: string, work: (unit: UnitOfWork) => Promise<T>): Promise<T> {
    const { userId } = context;
    const method = SIX_DIGITS.test(code) ? 'TOTP' : 'BACKUP_CODE';
    return this.proof.byCode(context, { userId, method, purpose: 'STEP_UP', match: () => this.codes.match(userId, method, code) }, async (unit) => {
      await presentSession(unit.tx, context);
      return work(unit);
    });
  }
}
