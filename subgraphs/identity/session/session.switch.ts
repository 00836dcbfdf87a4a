// Going on in another tenant of the same account, without the password. The new session counts from the first sign-in.
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import { runUnit, type UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { AccountService } from '../account/account.service.js';
import type { MfaFactors } from '../mfa/mfa.factors.js';
import { mfaRequired } from '../mfa/mfa.refusals.js';
import { homeOf, inHome, readHome } from '../platform.js';
import { db } from '../tables.js';
import { actAs, auditOf } from './session.audit.js';
import type { SessionOpening } from './session.open.js';
import { notAMember } from './session.refusals.js';
import type { Tokens } from './session.tokens.js';

const TENANT_ID = ['input', 'tenantId'];

export class SessionSwitch {
  constructor(
    private readonly deps: SubgraphDeps, private readonly accounts: AccountService, private readonly factors: MfaFactors,
    private readonly opening: SessionOpening,
  ) {}

  /** @throws Refusal InputInvalid for a tenant the person is no active member of, MfaRequired */
  async switch(context: OperationContext, tenantId: string): Promise<Tokens> {
    const { actor, userId, correlationId } = context;
    const home = inputId('tnt', tenantId, TENANT_ID);
    const audit = auditOf(context);
    audit.draft = { ...audit.draft, resource: { type: 'Session', id: actor.session } };
    const memberships = await this.accounts.membershipsOf(userId);
    if (!memberships.some((one) => one.tenantId === home && one.status === 'ACTIVE')) throw notAMember();
    const present = await db(await readHome(context)).selectFrom('Session').select(['createdAt', 'mfaAt'])
      .where('tenantId', '=', homeOf(actor)).where('id', '=', actor.session).where('revokedAt', 'is', null).executeTakeFirst();
    if (!present) throw notAMember();
    await context.close();
    const { demandedBy } = await this.factors.standing(userId);
    if (present.mfaAt === null && demandedBy.includes(home)) {
      throw mfaRequired(TENANT_ID, 'That tenant demands a second factor: set one up, or sign in there.');
    }
    const { tokens, address, store } = await this.opening.prepare(context, { home, userId, mfaAt: present.mfaAt, signedInAt: present.createdAt });
    const left = audit.draft;
    actAs(context, address);
    await context.mutate(async (unit) => {
      await this.#holdPresent(unit, context);
      await store(unit);
    });
    // In the trail of the tenant that is left too, which learns nothing of the other.
    await runUnit(this.deps.unit, context.scope, { actor, correlationId }, async (unit) => unit.audit({ ...left, after: { continued: 'elsewhere' } }));
    return tokens;
  }

  /** Whoever ends the person's sessions everywhere locks the account first: they wait for this one and end it, or have ended the present one. */
  async #holdPresent({ tx }: UnitOfWork, { actor, userId }: OperationContext): Promise<void> {
    await db(tx).selectFrom('Account').select('id').where('id', '=', userId).forShare().executeTakeFirst();
    const home = homeOf(actor);
    const present = await inHome(tx, home, userId, () => db(tx).selectFrom('Session').select('id')
      .where('tenantId', '=', home).where('id', '=', actor.session).where('revokedAt', 'is', null).executeTakeFirst());
    if (!present) throw notAMember();
  }
}
