// Going on in another tenant of the same account, without the password. The new session counts from the first sign-in and is of its family.
import { invalidInput } from '../../kernel/base/errors.js';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import { runUnit, type UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { AccountService } from '../account/account.service.js';
import { mfaRequired } from '../mfa/mfa.refusals.js';
import { homeOf, inHome } from '../platform.js';
import { policyOf, sessionEndsAt } from '../security-policy/security-policy.js';
import { db } from '../tables.js';
import { actAs, auditOf } from './session.audit.js';
import type { SessionOpening } from './session.open.js';
import { presentSession, type PresentSession } from './session.present.js';
import { notAMember, signedInTooLongAgo } from './session.refusals.js';
import type { Tokens } from './session.tokens.js';

const TENANT_ID = ['input', 'tenantId'];

export class SessionSwitch {
  constructor(private readonly deps: SubgraphDeps, private readonly accounts: AccountService, private readonly opening: SessionOpening) {}

  /** @throws Refusal InputInvalid for the present tenant and for one the person is no active member of, MfaRequired, SessionExpired */
  async switch(context: OperationContext, tenantId: string): Promise<Tokens> {
    const { actor, userId, correlationId } = context;
    const home = inputId('tnt', tenantId, TENANT_ID);
    const audit = auditOf(context);
    audit.draft = { ...audit.draft, resource: { type: 'Session', id: actor.session } };
    if (home === homeOf(actor)) throw invalidInput('You are in this tenant already.', TENANT_ID);
    const memberships = await this.accounts.membershipsOf(userId);
    if (!memberships.some((one) => one.tenantId === home && one.status === 'ACTIVE')) {
      // Unlike every other refusal here, this one is no mistake of somebody who belongs there.
      audit.draft = { ...audit.draft, attempt: { member: false } };
      throw notAMember();
    }
    const { tokens, address, store } = await this.opening.prepare(context, home, userId);
    const left = audit.draft;
    const asBefore = actAs(context, address);
    await context.mutate(async (unit) => {
      const present = await this.#present(unit, context, home);
      await store(unit, { mfaAt: present.mfaAt, continues: present });
    }).catch((error: unknown) => {
      asBefore();
      throw error;
    });
    // In the trail of the tenant that is left too, which learns nothing of the other.
    await runUnit(this.deps.unit, context.scope, { actor, correlationId }, async (unit) => unit.audit({ ...left, after: { continued: 'elsewhere' } }));
    return tokens;
  }

  /** The present session, if it may lead to `home`. Whoever ends the person's sessions everywhere locks the account first: they wait for this change, or it for them. */
  async #present({ tx, now }: UnitOfWork, context: OperationContext, home: string): Promise<PresentSession> {
    const { userId } = context;
    await db(tx).selectFrom('Account').select('id').where('id', '=', userId).forShare().executeTakeFirst();
    const present = await presentSession(tx, context);
    const policy = await inHome(tx, home, userId, () => policyOf(tx, home));
    if (policy.mfaRequired && present.mfaAt === null) {
      throw mfaRequired(TENANT_ID, 'That tenant demands a second factor: set one up, or sign in there.');
    }
    if (sessionEndsAt({ createdAt: present.createdAt, lastUsedAt: now }, policy) <= now) throw signedInTooLongAgo();
    return present;
  }
}
