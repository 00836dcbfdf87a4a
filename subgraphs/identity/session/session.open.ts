// Opens a session for somebody who has proven who they are: tokens are signed first, the row is stored in the change.
import { newId } from '../../kernel/base/ids.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { stateOf, tenantSuspended } from '../organization/organization.closed.js';
import { enterHome, tenantOf } from '../platform.js';
import { db } from '../tables.js';
import type { PresentSession } from './session.present.js';
import type { SessionAddress, TokenService, Tokens } from './session.tokens.js';

export const USER_AGENT_MAX = 512;

/** What a session rests on. */
export interface Opening {
  /** When it satisfied a second factor; null: it did not. */
  mfaAt: Date | null;
  /** The session it goes on from: its absolute limit counts from that sign-in, and whoever ends that family ends it. */
  continues?: PresentSession;
}

export interface PreparedSession {
  tokens: Tokens;
  address: SessionAddress;
  /** Stores it, inside the change of the running mutation, which sees the person's home from here on. @throws Refusal TenantSuspended */
  store(unit: UnitOfWork, opening: Opening): Promise<void>;
}

export class SessionOpening {
  constructor(private readonly tokens: TokenService) {}

  async prepare(context: OperationContext, home: string, userId: string): Promise<PreparedSession> {
    const address = { home, sessionId: newId(), userId };
    const { ip, userAgent } = context.actor;
    const now = context.deps.clock.now();
    const { tokens, refreshHash } = await this.tokens.issue(address, now);
    return {
      tokens, address,
      store: async (unit, { mfaAt, continues }) => {
        if (tenantOf(home) === null) await enterHome(unit.tx, home, userId);
        const { state } = await db(unit.tx).insertInto('Session').values({
          tenantId: home, id: address.sessionId, userId, family: continues?.family ?? newId(), epoch: 0, refreshHash,
          createdAt: continues?.createdAt ?? now, lastUsedAt: now,
          mfaAt, ip, userAgent: userAgent?.slice(0, USER_AGENT_MAX) ?? null, refreshedAt: null, refreshSealed: null,
          revokedAt: null, revokedReason: null,
        }).returning(stateOf('session').as('state')).executeTakeFirstOrThrow();
        // A tenant that is being deleted is entered all the same: who is to cancel that must come in.
        if (state === 'SUSPENDED') throw tenantSuspended();
      },
    };
  }
}
