// Opens a session for somebody who has proven who they are: tokens are signed first, the row is stored in the change.
import { newId } from '../../kernel/base/ids.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { enterHome, tenantOf } from '../platform.js';
import { db } from '../tables.js';
import type { SessionAddress, TokenService, Tokens } from './session.tokens.js';

export const USER_AGENT_MAX = 512;

export interface Opening {
  home: string;
  userId: string;
  /** When the session satisfied a second factor; null: it did not. */
  mfaAt: Date | null;
  /** When the person signed in, for a session that continues another: the absolute limit counts from there. */
  signedInAt?: Date;
}

export interface PreparedSession {
  tokens: Tokens;
  address: SessionAddress;
  /** Stores it, inside the change of the running mutation, which sees the person's home from here on. */
  store(unit: UnitOfWork): Promise<void>;
}

export class SessionOpening {
  constructor(private readonly tokens: TokenService) {}

  async prepare(context: OperationContext, { home, userId, mfaAt, signedInAt }: Opening): Promise<PreparedSession> {
    const address = { home, sessionId: newId(), userId };
    const { ip, userAgent } = context.actor;
    const now = context.deps.clock.now();
    const { tokens, refreshHash } = await this.tokens.issue(address, now);
    return {
      tokens, address,
      store: async (unit) => {
        if (tenantOf(home) === null) await enterHome(unit.tx, home, userId);
        await db(unit.tx).insertInto('Session').values({
          tenantId: home, id: address.sessionId, userId, family: newId(), epoch: 0, refreshHash, createdAt: signedInAt ?? now, lastUsedAt: now,
          mfaAt, ip, userAgent: userAgent?.slice(0, USER_AGENT_MAX) ?? null, refreshedAt: null, refreshSealed: null,
          revokedAt: null, revokedReason: null,
        }).execute();
      },
    };
  }
}
