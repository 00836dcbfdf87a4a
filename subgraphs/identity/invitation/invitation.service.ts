// Inviting people: made, sent again and revoked by who manages people, each within what that person holds.
import { encodeId, newId } from '../../kernel/base/ids.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { Quotas } from '../../kernel/graphql/quotas.js';
import { linkTo } from '../account/account.links.js';
import { mailLimitReached } from '../account/account.refusals.js';
import { normalEmail, type AccountService } from '../account/account.service.js';
import { MAILS_AN_HOUR } from '../account/account.tokens.js';
import type { AttemptService } from '../attempt/attempt.service.js';
import type { GrantService } from '../grant/grant.service.js';
import type { MailService } from '../mail/mail.service.js';
import { homeOf, tenantOf } from '../platform.js';
import type { RightsChange, RightsService } from '../role/role.rights.js';
import { newSecret } from '../secret.js';
import { db } from '../tables.js';
import { USERS } from '../tenant-limit/tenant-limit.js';
import { PRODUCT } from '../mail/mail.brand.js';
import { INVITATION } from './invitation.mails.js';
import { alreadyInvited, alreadyMember, invitationEnded, invitationNotFound } from './invitation.refusals.js';

const HOUR_MS = 60 * 60_000;
export const INVITATION_LIFETIME_MS = 7 * 24 * HOUR_MS;

/** What a mail of it needs. */
interface Letter {
  email: string;
  locale: string;
  secret: string;
  expiresAt: Date;
}

export interface InvitationDeps {
  deps: SubgraphDeps;
  accounts: AccountService;
  attempts: AttemptService;
  grants: GrantService;
  mails: MailService;
  quotas: Quotas;
  rights: RightsService;
}

export class InvitationService {
  constructor(private readonly with_: InvitationDeps) {}

  /**
   * An invitation holds no place: it is refused while there is none, and whoever accepts takes one.
   * @returns its id @throws Refusal RoleNotFound, GrantRefused, AlreadyMember, AlreadyInvited, QuotaExceeded, MailLimitReached, TooManyAttempts
   */
  async create(context: OperationContext, address: string, roleIds: readonly string[]): Promise<string> {
    const { accounts, grants, rights } = this.with_;
    const email = normalEmail(address);
    await this.#reserve(context);
    const reader = await accounts.readerOf({ email }) ?? await accounts.readerOf({ id: context.userId });
    const locale = reader?.locale ?? 'en';
    const { secret, hash } = newSecret();
    return rights.change(context, async (change) => {
      const { unit, audit, home, userId } = change;
      await grants.givable(change, roleIds, ['input', 'roleIds']);
      await this.#assertStranger(change, email, ['input', 'email']);
      if (tenantOf(home) !== null) await this.with_.quotas.assertRoom(unit, home, USERS, null);
      // One whose time is over gives way to the new one.
      await db(unit.tx).updateTable('Invitation').set({ endedAt: unit.now, endedAs: 'EXPIRED' })
        .where('tenantId', '=', home).where('email', '=', email).where('endedAt', 'is', null).where('expiresAt', '<=', unit.now).execute();
      const expiresAt = new Date(unit.now.getTime() + INVITATION_LIFETIME_MS);
      await this.#assertNoFlood(change, email);
      const created = await db(unit.tx).insertInto('Invitation').values({
        tenantId: home, id: newId(), email, roleIds: [...roleIds], locale, tokenHash: hash, invitedBy: userId, mails: 1, mailedAt: unit.now,
        createdAt: unit.now, expiresAt, endedAt: null, endedAs: null, acceptedBy: null,
      }).onConflict((conflict) => conflict.doNothing()).returning('id').executeTakeFirst();
      if (!created) throw alreadyInvited();
      await this.#mail(change, { email, locale, secret, expiresAt });
      audit.draft = {
        ...audit.draft, resource: { type: 'Invitation', id: created.id },
        after: { roles: roleIds.map((id) => encodeId('role', id)), expiresAt: expiresAt.toISOString() },
      };
      return created.id;
    });
  }

  /**
   * A new link for another seven days; the older one no longer works. Whoever sends it is the one who invites from then on.
   * @throws Refusal InvitationNotFound, InvitationEnded, RoleNotFound, GrantRefused, AlreadyMember, MailLimitReached, TooManyAttempts
   */
  async resend(context: OperationContext, id: string): Promise<void> {
    const { grants, rights } = this.with_;
    await this.#reserve(context);
    const { secret, hash } = newSecret();
    await rights.change(context, async (change) => {
      const { unit, audit, home, userId } = change;
      const { email, locale, roleIds, expiresAt: before, mails } = await this.#waiting(change, id);
      await grants.givable(change, roleIds, ['input', 'invitationId']);
      await this.#assertStranger(change, email, ['input', 'invitationId']);
      await this.#assertNoFlood(change, email);
      const expiresAt = new Date(unit.now.getTime() + INVITATION_LIFETIME_MS);
      await db(unit.tx).updateTable('Invitation')
        .set({ tokenHash: hash, expiresAt, invitedBy: userId, mails: mails + 1, mailedAt: unit.now })
        .where('tenantId', '=', home).where('id', '=', id).execute();
      await this.#mail(change, { email, locale, secret, expiresAt });
      audit.draft = { ...audit.draft, before: { expiresAt: before.toISOString() }, after: { expiresAt: expiresAt.toISOString() } };
    });
  }

  /** @throws Refusal InvitationNotFound, InvitationEnded, GrantRefused */
  async revoke(context: OperationContext, id: string): Promise<void> {
    const { rights } = this.with_;
    await rights.change(context, async (change) => {
      const { unit, audit, home, held } = change;
      const { roleIds } = await this.#waiting(change, id);
      // A role that was deleted meanwhile gives nothing and hinders nobody.
      const offered = await db(unit.tx).selectFrom('Role').select(['preset', 'permissions'])
        .where('tenantId', '=', home).where('id', 'in', roleIds).where('deletedAt', 'is', null).execute();
      rights.within(held, rights.from(home, offered), null);
      await db(unit.tx).updateTable('Invitation').set({ endedAt: unit.now, endedAs: 'REVOKED' })
        .where('tenantId', '=', home).where('id', '=', id).execute();
      audit.draft = { ...audit.draft, before: { status: 'PENDING' }, after: { status: 'REVOKED' } };
    });
  }

  /** Mails go to people who did not ask for them: a tenant sends so many an hour. */
  async #reserve({ actor }: OperationContext): Promise<void> {
    await this.with_.attempts.reserve({ kind: 'INVITATION', subject: homeOf(actor), ip: actor.ip });
  }

  /** One that waits or whose time is over, locked. @throws Refusal InvitationNotFound, InvitationEnded */
  async #waiting({ unit, audit, home }: RightsChange, id: string) {
    audit.draft = { ...audit.draft, resource: { type: 'Invitation', id } };
    const found = await db(unit.tx).selectFrom('Invitation').select(['email', 'locale', 'roleIds', 'expiresAt', 'mails', 'endedAt'])
      .where('tenantId', '=', home).where('id', '=', id).forUpdate().executeTakeFirst();
    if (!found) throw invitationNotFound();
    if (found.endedAt !== null || found.email === null) throw invitationEnded();
    return { ...found, email: found.email };
  }

  /** @throws Refusal AlreadyMember */
  async #assertStranger({ unit, home }: RightsChange, email: string, field: readonly string[]): Promise<void> {
    const member = await db(unit.tx).selectFrom('Membership').select('id')
      .where('tenantId', '=', home).where('email', '=', email).where('status', '!=', 'DELETED').executeTakeFirst();
    if (member) throw alreadyMember(field);
  }

  /** Also over invitations that were revoked and made anew. @throws Refusal MailLimitReached */
  async #assertNoFlood({ unit, home }: RightsChange, email: string): Promise<void> {
    const { mails } = await db(unit.tx).selectFrom('Invitation').select(({ fn }) => fn.sum<string | null>('mails').as('mails'))
      .where('tenantId', '=', home).where('email', '=', email).where('mailedAt', '>', new Date(unit.now.getTime() - HOUR_MS)).executeTakeFirstOrThrow();
    if (Number(mails ?? 0) >= MAILS_AN_HOUR) throw mailLimitReached();
  }

  async #mail({ unit, home, userId }: RightsChange, { email, locale, secret, expiresAt }: Letter): Promise<void> {
    const { deps, mails } = this.with_;
    const organization = await db(unit.tx).selectFrom('Organization').select('name').where('id', '=', home).executeTakeFirst();
    const inviter = await db(unit.tx).selectFrom('Membership').select('displayName')
      .where('tenantId', '=', home).where('id', '=', userId).executeTakeFirstOrThrow();
    await mails.queue(unit, {
      home, to: email, template: INVITATION, locale, expiresAt,
      params: { url: linkTo(deps.config.publicUrl, 'accept-invitation', secret), organization: organization?.name ?? PRODUCT, inviter: inviter.displayName },
    });
  }
}
