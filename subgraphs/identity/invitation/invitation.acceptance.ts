// Joining a tenant by a mailed link: once, with an account that exists or one made for it. It opens no session, so a second factor is asked for as ever.
import { sql } from 'kysely';
import { invalidInput } from '../../kernel/base/errors.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { platformScope, tenantScope } from '../../kernel/data/scope.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { noteAccessChange } from '../access-change/access-change.js';
import { tokenInvalid } from '../account/account.refusals.js';
import { asNobody } from '../account/account.registration.js';
import { secretHash } from '../secret.js';
import { hashPassword, verifyPassword } from '../account/password.js';
import { assertAcceptable } from '../account/password.policy.js';
import { enterHome, tenantOf } from '../platform.js';
import { privilegesOf } from '../role/role.privileges.js';
import { MANAGE_USERS } from '../role/role.rights.js';
import { auditOf } from '../session/session.audit.js';
import { endSessions } from '../session/session.end.js';
import { invalidCredentials } from '../session/session.refusals.js';
import { closedBy, tenantSuspended } from '../organization/organization.closed.js';
import { db } from '../tables.js';
import { USERS } from '../tenant-limit/tenant-limit.js';
import { noteMembership } from '../user/user.changes.js';
import type { InvitationAcceptInput } from './invitation.inputs.js';
import { alreadyMember, proofRequired } from './invitation.refusals.js';
import type { InvitationDeps } from './invitation.service.js';

interface Found {
  home: string;
  id: string;
  email: string;
  locale: string;
  organization: string | null;
}

/** Who joins, once they have proven that they may. */
interface Guest {
  userId: string;
  displayName: string;
  /** Makes the account, or holds on to it until the change is over. @throws Refusal when it is not as it was proven */
  account(unit: UnitOfWork): Promise<void>;
}

export class InvitationAcceptance {
  constructor(private readonly with_: InvitationDeps) {}

  /**
   * @returns the tenant's id
   * @throws Refusal TenantSuspended, TokenInvalid, InvitationProofRequired, InvalidCredentials, TooManyAttempts, PasswordUnacceptable, AlreadyMember,
   *   QuotaExceeded (the link still works once there is room), InputInvalid
   */
  async accept(context: OperationContext, input: InvitationAcceptInput): Promise<string> {
    const { rights } = this.with_;
    asNobody(context);
    const found = await this.#find(input.token);
    if (!found) throw tokenInvalid();
    const { home, id } = found;
    const audit = auditOf(context);
    audit.scope = { tenant: tenantOf(home), user: null };
    audit.draft = { ...audit.draft, resource: { type: 'Invitation', id } };
    const guest = await this.#prove(context, found, input);
    const { userId } = guest;
    await context.mutate(async (unit) => {
      if (tenantOf(home) === null) await enterHome(unit.tx, home, userId);
      await rights.lock(unit, home);
      // Who ends it has joined: a second one, or a link that was replaced meanwhile, finds nothing.
      const taken = await db(unit.tx).updateTable('Invitation').set({ endedAt: unit.now, endedAs: 'ACCEPTED', acceptedBy: userId, email: null })
        .where('tenantId', '=', home).where('tokenHash', '=', secretHash(input.token)).where('endedAt', 'is', null).where('expiresAt', '>', unit.now)
        .returning(['roleIds', 'invitedBy']).executeTakeFirst();
      if (!taken) throw tokenInvalid();
      // Nobody joins a tenant that is shut, and no account is made for one that is going.
      const place = await db(unit.tx).selectFrom('Organization').select('state').where('id', '=', home).executeTakeFirst();
      const { closed } = closedBy(place?.state ?? null);
      if (closed) throw closed === 'SUSPENDED' ? tenantSuspended() : tokenInvalid();
      const privileges = await this.#assertOffered(unit, home, taken);
      await guest.account(unit);
      await this.#join(unit, found, guest);
      await this.#grant(unit, home, userId, { ...taken, privileges });
      await noteAccessChange(unit, { home, userId });
      audit.draft = { ...audit.draft, before: { status: 'PENDING' }, after: { status: 'ACCEPTED', user: encodeId('user', userId), roles: taken.roleIds.map((roleId) => encodeId('role', roleId)) } };
    });
    return home;
  }

  /** Reading spends nothing. */
  async #find(token: string): Promise<Found | null> {
    const { database, clock } = this.with_.deps;
    const [place] = await database.inScope(platformScope, async (tx) => (await sql<{ home: string; id: string }>`
      select tenant_id as home, id from identity.invitation_by_token(${secretHash(token)})`.execute(tx.getKysely())).rows, { readOnly: true });
    if (!place) return null;
    return database.inScope(tenantScope(place.home), async (tx) => {
      const found = await db(tx).selectFrom('Invitation as i').leftJoin('Organization as o', 'o.id', 'i.tenantId')
        .select(['i.email', 'i.locale', 'o.name as organization'])
        .where('i.tenantId', '=', place.home).where('i.id', '=', place.id).where('i.endedAt', 'is', null).where('i.expiresAt', '>', clock.now())
        .executeTakeFirst();
      return found && found.email !== null ? { ...place, ...found, email: found.email } : null;
    }, { readOnly: true });
  }

  /** The link proves the mailbox; that does not open an account which exists. */
  async #prove(context: OperationContext, found: Found, { password, displayName }: InvitationAcceptInput): Promise<Guest> {
    const { actor } = context;
    const { email } = found;
    const account = await this.with_.accounts.readerOf({ email });
    if (!account) return this.#newcomer(found, password, displayName?.trim());
    const { id: userId } = account;
    if (actor.kind === 'user' && actor.sub === userId) {
      return { userId, displayName: account.displayName, account: ({ tx }) => holdAccount(tx, userId, email) };
    }
    if (typeof password !== 'string') throw proofRequired(true);
    const passwordChangedAt = await this.#byPassword(context, email, password);
    return { userId, displayName: account.displayName, account: ({ tx }) => holdAccount(tx, userId, email, passwordChangedAt) };
  }

  /** Counts as a sign-in does. @returns when the password was last changed @throws Refusal TooManyAttempts, InvalidCredentials */
  async #byPassword(context: OperationContext, email: string, password: string): Promise<Date | null> {
    const { accounts, attempts } = this.with_;
    const reservation = await attempts.reserve({ kind: 'LOGIN', subject: email, ip: context.actor.ip });
    const account = await accounts.byEmail(email);
    const right = await verifyPassword(account?.passwordHash ?? null, password);
    if (!account || !right) {
      await attempts.failed(context, reservation);
      throw invalidCredentials();
    }
    await attempts.release(reservation);
    return account.passwordChangedAt;
  }

  /** @throws Refusal InvitationProofRequired, InputInvalid, PasswordUnacceptable */
  async #newcomer({ email, locale, organization }: Found, password?: string | null, displayName?: string): Promise<Guest> {
    if (typeof password !== 'string') throw proofRequired(false);
    if (displayName === undefined) throw invalidInput('A new account needs a name.', ['input', 'displayName']);
    await assertAcceptable(password, { secondFactor: false, known: [email, displayName, organization ?? ''] }, ['input', 'password']);
    const passwordHash = await hashPassword(password);
    const userId = newId();
    return {
      userId, displayName,
      account: async (unit) => {
        const created = await db(unit.tx).insertInto('Account')
          .values({ id: userId, email, passwordHash, displayName, locale, timeZone: null, passwordChangedAt: null, createdAt: unit.now })
          .onConflict((conflict) => conflict.column('email').doNothing()).returning('id').executeTakeFirst();
        // Registered meanwhile: the link still works, with that account.
        if (!created) throw proofRequired(true);
        // Registrations of the address confirm nothing from here on, and end by themselves: taking them out would wait for one under way.
        unit.audit({ action: 'account.create', type: 'DATA_WRITE', outcome: 'SUCCESS', resource: { type: 'User', id: userId } });
      },
    };
  }

  /** Who invited must still hold what is offered, and still manage people: else it is as good as revoked. @returns the privileges of each role @throws Refusal TokenInvalid */
  async #assertOffered(unit: UnitOfWork, home: string, { roleIds, invitedBy }: { roleIds: string[]; invitedBy: string }): Promise<Map<string, string[]>> {
    const { rights } = this.with_;
    const roles = await db(unit.tx).selectFrom('Role').select(['id', 'preset', 'permissions'])
      .where('tenantId', '=', home).where('id', 'in', roleIds).where('deletedAt', 'is', null).execute();
    const held = await rights.of(unit, home, invitedBy, 'ACTIVE');
    const given = roles.length === roleIds.length && held.permissions.includes(MANAGE_USERS) && rights.covers(held, rights.from(home, roles));
    if (!given) throw tokenInvalid();
    return new Map(roles.map((role) => [role.id, privilegesOf(rights.from(home, [role]).permissions)]));
  }

  /** Who was removed comes back to their old row, without what they had. @throws Refusal AlreadyMember, QuotaExceeded */
  async #join(unit: UnitOfWork, { home, email }: Found, { userId, displayName }: Guest): Promise<void> {
    if (tenantOf(home) !== null) await this.with_.quotas.take(unit, home, USERS, null);
    const values = { email, displayName, status: 'ACTIVE' as const };
    const revived = await db(unit.tx).updateTable('Membership').set({ ...values, removalAnnouncedAt: null })
      .where('tenantId', '=', home).where('id', '=', userId).where('status', '=', 'DELETED').returning('id').executeTakeFirst();
    if (revived) {
      await noteMembership({ unit, home, userId }, userId, 'ACTIVE');
      // A login that had read the membership before the removal may have stored its session after it.
      await endSessions(unit, { home, userId, reason: 'DELETED' });
    } else {
      const joined = await db(unit.tx).insertInto('Membership').values({ tenantId: home, id: userId, ...values, createdAt: unit.now })
        .onConflict((conflict) => conflict.columns(['tenantId', 'id']).doNothing()).returning('id').executeTakeFirst();
      if (!joined) throw alreadyMember(null);
    }
    unit.audit({ action: revived ? 'membership.revive' : 'membership.create', type: 'DATA_WRITE', outcome: 'SUCCESS', resource: { type: 'User', id: userId } });
  }

  async #grant(
    unit: UnitOfWork, home: string, userId: string, { roleIds, invitedBy, privileges }: { roleIds: string[]; invitedBy: string; privileges: Map<string, string[]> },
  ): Promise<void> {
    await db(unit.tx).insertInto('MembershipRole')
      .values(roleIds.map((roleId) => ({ tenantId: home, userId, roleId, grantedBy: invitedBy, grantedAt: unit.now, expiresAt: null }))).execute();
    for (const roleId of roleIds) {
      unit.audit({
        action: 'role.grant', type: 'AUTHORIZATION', outcome: 'SUCCESS', resource: { type: 'User', id: userId },
        before: { role: null }, after: { role: encodeId('role', roleId), until: null, privileges: privileges.get(roleId) ?? [] },
      });
    }
  }
}

/**
 * A change of address or password waits until this is over, or has overtaken it.
 * @param passwordChangedAt as it was when the password was right; absent for who is signed in
 * @throws Refusal InvalidCredentials
 */
async function holdAccount(tx: UnitOfWork['tx'], userId: string, email: string, passwordChangedAt?: Date | null): Promise<void> {
  const held = await db(tx).selectFrom('Account').select('id').where('id', '=', userId).where('email', '=', email)
    .$if(passwordChangedAt !== undefined, (query) => query.where('passwordChangedAt', 'is not distinct from', passwordChangedAt ?? null))
    .forShare().executeTakeFirst();
  if (!held) throw invalidCredentials();
}
