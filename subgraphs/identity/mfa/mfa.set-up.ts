// Setting up an authenticator app: a secret waits until a code shows that the app has it; then it is demanded at every sign-in.
import { sql } from 'kysely';
import { newId } from '../../kernel/base/ids.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { AccountService } from '../account/account.service.js';
import { homeOf } from '../platform.js';
import { auditOf } from '../session/session.audit.js';
import { endSessions, type Ending, type SessionEnding } from '../session/session.end.js';
import { db } from '../tables.js';
import { replaceBackupCodes, type MfaCodes } from './mfa.codes.js';
import type { MfaFactors } from './mfa.factors.js';
import type { MfaProof } from './mfa.proof.js';
import { mfaAlreadyEnabled } from './mfa.refusals.js';
import { newSecret, provisioning, type Provisioning } from './totp.js';

/** Runs a mutation's change, behind whatever proof it demands. */
export type Change = <T>(work: (unit: UnitOfWork) => Promise<T>) => Promise<T>;

export class MfaSetUp {
  constructor(
    private readonly accounts: AccountService, private readonly factors: MfaFactors, private readonly codes: MfaCodes,
    private readonly proof: MfaProof, private readonly ending: SessionEnding,
  ) {}

  /** By somebody signed in, who gives the password. @throws Refusal MfaAlreadyEnabled, InvalidCredentials, TooManyAttempts */
  start(context: OperationContext, password: string): Promise<Provisioning> {
    return this.provision(context.userId, (work) => this.proof.byPassword(context, password, work));
  }

  /** A new secret, in place of one that was never confirmed. @throws Refusal MfaAlreadyEnabled, and what `change` throws */
  async provision(userId: string, change: Change): Promise<Provisioning> {
    const [id, secret] = [newId(), newSecret()];
    const sealed = await this.factors.sealed(userId, id, secret);
    const shown = await provisioning(secret, await this.accounts.emailOf(userId));
    return change(async ({ tx, now }) => {
      const waiting = { id, secret: sealed, lastUsedStep: 0, createdAt: now };
      const stored = await db(tx).insertInto('MfaFactor').values({ ...waiting, userId, kind: 'TOTP', state: 'PENDING', confirmedAt: null })
        .onConflict((conflict) => conflict.columns(['userId', 'kind']).doUpdateSet(waiting).where(sql<boolean>`mfa_factor.state = 'PENDING'`))
        .returning('id').executeTakeFirst();
      if (!stored) throw mfaAlreadyEnabled();
      return shown;
    });
  }

  /** Puts the authenticator into use; every other session of the person ends. @throws Refusal MfaCodeInvalid, TooManyAttempts */
  async confirm(context: OperationContext, code: string): Promise<string[]> {
    const { userId, actor } = context;
    const home = homeOf(actor);
    return this.proof.byCode(context, {
      userId, method: 'TOTP', purpose: 'SET_UP', match: () => this.codes.matchPending(userId, code),
      first: () => this.endElsewhere(context, userId, home),
    }, async (unit) => {
      const backupCodes = await replaceBackupCodes(unit, userId);
      await this.endHere(unit, { home, userId, except: actor.session });
      await db(unit.tx).updateTable('Session').set({ mfaAt: unit.now })
        .where('tenantId', '=', home).where('id', '=', actor.session).execute();
      return backupCodes;
    });
  }

  /** Sessions that were opened without the second factor, or with one that is gone, do not outlive the change. */
  async endHere(unit: UnitOfWork, where: Omit<Ending, 'reason'>): Promise<number> {
    return endSessions(unit, { ...where, reason: 'MFA_CHANGED' });
  }

  /** The same in the person's other homes, before the change: a crash in between leaves less signed in, never more. */
  async endElsewhere(context: OperationContext, userId: string, home: string): Promise<void> {
    const { actor, draft } = auditOf(context);
    await this.ending.elsewhere(userId, home, { actor, correlationId: context.correlationId, action: draft.action, reason: 'MFA_CHANGED' });
  }
}
