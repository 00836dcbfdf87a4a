// Setting up an authenticator app: a secret waits until a code shows that the app has it; then it is demanded at every sign-in.
import { sql } from 'kysely';
import { newId } from '../../kernel/base/ids.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { AccountService } from '../account/account.service.js';
import { auditOf } from '../session/session.audit.js';
import { endEverywhere } from '../session/session.end.js';
import { markSecondFactor, presentSession } from '../session/session.present.js';
import { db } from '../tables.js';
import { replaceBackupCodes, type MfaCodes } from './mfa.codes.js';
import type { MfaFactors } from './mfa.factors.js';
import type { Change, MfaProof } from './mfa.proof.js';
import { mfaAlreadyEnabled } from './mfa.refusals.js';
import { newSecret, provisioning, type Provisioning } from './totp.js';

export class MfaSetUp {
  constructor(
    private readonly accounts: AccountService, private readonly factors: MfaFactors, private readonly codes: MfaCodes, private readonly proof: MfaProof,
  ) {}

  /** By somebody signed in, who gives the password. @throws Refusal MfaAlreadyEnabled, InvalidCredentials, TooManyAttempts */
  start(context: OperationContext, password: string): Promise<Provisioning> {
    return this.provision(context, context.userId, (work) => this.proof.byPassword(context, { password }, work));
  }

  /** A new secret, in place of one that was never confirmed. @throws Refusal MfaAlreadyEnabled, and what `change` throws */
  async provision(context: OperationContext, userId: string, change: Change): Promise<Provisioning> {
    const [id, secret] = [newId(), newSecret()];
    const shown = await provisioning(secret, await this.accounts.emailOf(userId));
    return change(async ({ tx, now }) => {
      const sealed = await this.factors.sealed(tx, userId, id, secret);
      const waiting = { id, secret: sealed, lastUsedStep: 0, createdAt: now };
      const stored = await db(tx).insertInto('MfaFactor').values({ ...waiting, userId, kind: 'TOTP', state: 'PENDING', confirmedAt: null })
        .onConflict((conflict) => conflict.columns(['userId', 'kind']).doUpdateSet(waiting).where(sql<boolean>`mfa_factor.state = 'PENDING'`))
        .returning('id').executeTakeFirst();
      if (!stored) throw mfaAlreadyEnabled();
      noteFactor(context, userId, null, 'PENDING');
      return shown;
    });
  }

  /** Puts the authenticator into use; every other session of the person ends. @throws Refusal MfaCodeInvalid, TooManyAttempts */
  async confirm(context: OperationContext, code: string): Promise<string[]> {
    const { userId, actor } = context;
    return this.proof.byCode(context, { userId, method: 'TOTP', purpose: 'SET_UP', match: () => this.codes.matchPending(userId, code) }, async (unit) => {
      await presentSession(unit.tx, context);
      await endOthers(unit, context, userId, actor.session);
      await markSecondFactor(unit.tx, context, unit.now);
      noteFactor(context, userId, 'PENDING', 'ACTIVE');
      return replaceBackupCodes(unit, userId);
    });
  }
}

type FactorState = 'NONE' | 'PENDING' | 'ACTIVE';

/** What the event of the running mutation tells: it is about the person, also where it opens a session, which `signedIn` says. */
export function noteFactor(context: OperationContext, userId: string, before: FactorState | null, after: FactorState, { signedIn = false } = {}): void {
  const audit = auditOf(context);
  audit.draft = {
    ...audit.draft, resource: { type: 'User', id: userId }, after: { secondFactor: after, ...(signedIn ? { signedIn } : {}) },
    ...(before ? { before: { secondFactor: before } } : {}),
  };
}

/** Sessions that were opened without the second factor, or with one that is gone, do not outlive the change of it. */
export async function endOthers(unit: UnitOfWork, context: OperationContext, userId: string, except: string | null): Promise<void> {
  const { action } = auditOf(context).draft;
  await endEverywhere(unit, { userId, reason: 'MFA_CHANGED', except }, { action, type: 'SECURITY' });
}
