// Codes: judged before a change, spent inside it by compare-and-set, so that each works once.
import type { Clock } from '../../kernel/base/clock.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { db } from '../tables.js';
import { backupCodeHash, BACKUP_CODES, newBackupCode } from './backup-code.js';
import type { CodeMethod } from './mfa.entity.js';
import { hasFactor, type MfaFactors } from './mfa.factors.js';
import { matchingStep } from './totp.js';

/** How long a set-up waits for its first code. */
const PENDING_MS = 15 * 60_000;

/** A code that is right, unless it is spent meanwhile. */
export interface Match {
  /** Inside a change that sees the person's rows. @returns false when it was spent before */
  spend(unit: UnitOfWork): Promise<boolean>;
}

export class MfaCodes {
  constructor(private readonly factors: MfaFactors, private readonly clock: Clock) {}

  /** Null for a code that is wrong or was used. */
  async match(userId: string, method: CodeMethod, code: string): Promise<Match | null> {
    return method === 'TOTP' ? this.#totp(userId, code) : this.#backupCode(userId, code);
  }

  /** A code of the authenticator that is being set up; spending it puts it into use. */
  async matchPending(userId: string, code: string): Promise<Match | null> {
    const factor = await this.factors.opened(userId, 'PENDING');
    const now = this.clock.now();
    if (!factor || now.getTime() - factor.createdAt.getTime() >= PENDING_MS) return null;
    const step = matchingStep(factor.secret, code, now);
    if (step === null) return null;
    return {
      spend: async ({ tx, now }) => {
        const { numUpdatedRows } = await db(tx).updateTable('MfaFactor').set({ state: 'ACTIVE', confirmedAt: now, lastUsedStep: step })
          .where('userId', '=', userId).where('id', '=', factor.id).where('state', '=', 'PENDING').executeTakeFirst();
        return numUpdatedRows > 0n;
      },
    };
  }

  async #totp(userId: string, code: string): Promise<Match | null> {
    const factor = await this.factors.opened(userId, 'ACTIVE');
    const step = factor && matchingStep(factor.secret, code.replace(/\s/g, ''), this.clock.now());
    if (!factor || step === null || step <= factor.lastUsedStep) return null;
    return {
      spend: async ({ tx }) => {
        const { numUpdatedRows } = await db(tx).updateTable('MfaFactor').set({ lastUsedStep: step })
          .where('userId', '=', userId).where('id', '=', factor.id).where('state', '=', 'ACTIVE').where('lastUsedStep', '<', step).executeTakeFirst();
        return numUpdatedRows > 0n;
      },
    };
  }

  async #backupCode(userId: string, code: string): Promise<Match | null> {
    const hash = backupCodeHash(userId, code);
    if (hash === null) return null;
    if (!await this.factors.knowsBackupCode(userId, hash)) return null;
    return {
      spend: async ({ tx, now }) => {
        // Codes outlive no authenticator.
        if (!await hasFactor(tx, userId)) return false;
        const { numUpdatedRows } = await db(tx).updateTable('MfaBackupCode').set({ usedAt: now })
          .where('userId', '=', userId).where('hash', '=', hash).where('usedAt', 'is', null).executeTakeFirst();
        return numUpdatedRows > 0n;
      },
    };
  }
}

/** Replaces a person's backup codes inside a change. @returns the new ones, which are shown once */
export async function replaceBackupCodes({ tx, now }: UnitOfWork, userId: string): Promise<string[]> {
  const codes = Array.from({ length: BACKUP_CODES }, newBackupCode);
  await db(tx).deleteFrom('MfaBackupCode').where('userId', '=', userId).execute();
  await db(tx).insertInto('MfaBackupCode').values(codes.map((code) => {
    const hash = backupCodeHash(userId, code);
    if (hash === null) throw new Error('A new backup code has the form of none.');
    return { userId, hash, createdAt: now, usedAt: null };
  })).execute();
  return codes;
}
