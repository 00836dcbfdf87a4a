// What the trail tells of each mutation about a tenant's people: invitations, roles, keys, settings, notifications.
import { expect } from '@jest/globals';
import { newId, encodeId, decodeId } from '../../subgraphs/kernel/base/ids.js';
import type { AuditCases, AuditWorld, Payload } from './audit.world.js';

const [OWNER, RIVAL, VIEWER, GUEST] = ['owner@demo.test', 'owner@rival.test', 'viewer@demo.test', 'gina@guest.test'];
const idOf = (payload: Payload, name: string): string => (payload[name] as { id: string }).id;
const anInstant = expect.stringMatching(/^\d{4}-.*Z$/);

const kept = { invitation: '', role: '', key: '' };

/** A mutation by the owner, about something of the tenant. */
async function byOwner(world: AuditWorld) {
  const by = await world.token(OWNER);
  return { by, actor: world.of(by).user };
}
const invite = async (world: AuditWorld, email: string): Promise<string> =>
  idOf(await world.done('invitationCreate', { by: await world.token(OWNER), input: { email, roleIds: [await world.roleId('Viewer')] }, select: 'invitation { id }' }), 'invitation');

async function notification(world: AuditWorld): Promise<string> {
  const { by } = await byOwner(world);
  const [id, user] = [newId(), decodeId('user', world.of(by).user)];
  await world.admin.query(`insert into identity.notification (tenant_id, id, user_id, kind, params, dedupe_key, in_app, created_at)
    select tenant_id, $1::uuid, user_id, 'MESSAGE_FAILED', '{}', $1::text, true, now() from identity.membership where user_id = $2`, [id, user]);
  return encodeId('ntf', id);
}

export const peopleCases: AuditCases = {
  invitationCreate: async (world) => {
    const { by, actor } = await byOwner(world);
    const roles = [await world.roleId('Viewer')];
    return {
      by, input: { email: GUEST, roleIds: roles }, select: 'invitation { id }',
      told: (payload) => ({ id: kept.invitation = idOf(payload, 'invitation'), actor, after: { roles, expiresAt: anInstant } }),
    };
  },
  invitationResend: async (world) => {
    const { by, actor } = await byOwner(world);
    return { by, input: { invitationId: kept.invitation }, told: () => ({ id: kept.invitation, actor, before: { expiresAt: anInstant }, after: { expiresAt: anInstant } }) };
  },
  invitationRevoke: async (world) => {
    const { by, actor } = await byOwner(world);
    return { by, input: { invitationId: kept.invitation }, told: () => ({ id: kept.invitation, actor, before: { status: 'PENDING' }, after: { status: 'REVOKED' } }) };
  },
  invitationAccept: async (world) => {
    const [by, id, roles] = [await world.token(RIVAL), await invite(world, RIVAL), [await world.roleId('Viewer')]];
    const user = world.of(by).user;
    return { by, input: { token: await world.link(RIVAL) }, told: () => ({ id, actor: null, before: { status: 'PENDING' }, after: { status: 'ACCEPTED', user, roles } }) };
  },
  sessionSwitchTenant: async (world) => {
    const by = await world.token(RIVAL);
    const { viewer } = await world.query<{ viewer: { tenant: { id: string } } }>('{ viewer { tenant { id } } }', await world.token(OWNER));
    return {
      by, input: { tenantId: viewer.tenant.id }, select: 'session { accessToken refreshToken }',
      told: ({ session }) => {
        const { accessToken } = session as { accessToken: string };
        return { id: world.of(accessToken).session, actor: world.of(by).user, elsewhere: 1 };
      },
    };
  },
  roleCreate: async (world) => {
    const { by, actor } = await byOwner(world);
    const role = { name: 'Key keeper', description: 'Keeps keys', permissions: ['api_key:read'] };
    return { by, input: role, select: 'role { id }', told: (payload) => ({ id: kept.role = idOf(payload, 'role'), actor, after: role }) };
  },
  roleUpdate: async (world) => {
    const { by, actor } = await byOwner(world);
    const role = { name: 'Key keeper', description: 'Keeps keys', permissions: ['api_key:read'] };
    return { by, input: { roleId: kept.role, name: 'Keeper' }, told: () => ({ id: kept.role, actor, before: role, after: { ...role, name: 'Keeper' } }) };
  },
  roleGrant: async (world) => {
    const [{ by, actor }, userId] = [await byOwner(world), await world.userId(VIEWER)];
    return { by, input: { userId, roleId: kept.role }, told: () => ({ id: userId, actor, before: { role: null }, after: { role: kept.role, until: null, privileges: [] } }) };
  },
  roleRevoke: async (world) => {
    const [{ by, actor }, userId] = [await byOwner(world), await world.userId(VIEWER)];
    return { by, input: { userId, roleId: kept.role }, told: () => ({ id: userId, actor, before: { role: kept.role }, after: { role: null } }) };
  },
  roleDelete: async (world) => {
    const { by, actor } = await byOwner(world);
    const before = { name: 'Keeper', description: 'Keeps keys', permissions: ['api_key:read'] };
    return { by, input: { roleId: kept.role }, told: () => ({ id: kept.role, actor, before, after: { grantsEnded: 0 } }) };
  },
  accountUnlock: async (world) => {
    const [{ by, actor }, userId] = [await byOwner(world), await world.userId(VIEWER)];
    return { by, input: { userId }, told: () => ({ id: userId, actor, after: { countersCleared: 0 } }) };
  },
  userSuspend: async (world) => {
    const [{ by, actor }, userId] = [await byOwner(world), await world.userId(VIEWER)];
    return { by, input: { userId }, told: () => ({ id: userId, actor, before: { status: 'ACTIVE' }, after: { status: 'SUSPENDED' } }) };
  },
  userReactivate: async (world) => {
    const [{ by, actor }, userId] = [await byOwner(world), await world.userId(VIEWER)];
    return { by, input: { userId }, told: () => ({ id: userId, actor, before: { status: 'SUSPENDED' }, after: { status: 'ACTIVE' } }) };
  },
  userDelete: async (world) => {
    const [{ by, actor }, userId] = [await byOwner(world), await world.userId(VIEWER)];
    return { by, input: { userId }, told: () => ({ id: userId, actor, before: { status: 'ACTIVE' }, after: { status: 'DELETED' } }) };
  },
  apiKeyCreate: async (world) => {
    const { by, actor } = await byOwner(world);
    const key = { name: 'Till', scopes: ['order:read'], ips: ['203.0.113.0/24'] };
    return { by, input: key, select: 'apiKey { id } secret', told: (payload) => ({ id: kept.key = idOf(payload, 'apiKey'), actor, after: { ...key, expiresAt: null } }) };
  },
  apiKeyUpdate: async (world) => {
    const { by, actor } = await byOwner(world);
    const key = { name: 'Till', scopes: ['order:read'], ips: ['203.0.113.0/24'], expiresAt: null };
    return { by, input: { apiKeyId: kept.key, name: 'Cash desk' }, told: () => ({ id: kept.key, actor, before: key, after: { ...key, name: 'Cash desk' } }) };
  },
  apiKeyRotate: async (world) => {
    const { by, actor } = await byOwner(world);
    return { by, input: { apiKeyId: kept.key, overlapHours: 1 }, select: 'secret', told: () => ({ id: kept.key, actor, after: { oldSecretEndsAt: anInstant } }) };
  },
  apiKeyRevoke: async (world) => {
    const { by, actor } = await byOwner(world);
    return { by, input: { apiKeyId: kept.key }, told: () => ({ id: kept.key, actor, before: { revokedAt: null }, after: { revokedAt: anInstant } }) };
  },
  securityPolicyUpdate: async (world) => {
    const { by, actor } = await byOwner(world);
    const { securityPolicy: before } = await world.query<{ securityPolicy: { sessionIdleMinutes: number } }>(
      '{ securityPolicy { mfaRequired sessionIdleMinutes sessionAbsoluteMinutes } }', by);
    const { rows: [tenant] } = await world.admin.query<{ id: string }>(`select tenant_id as id from identity.membership where email = $1`, [OWNER]);
    const sessionIdleMinutes = before.sessionIdleMinutes - 1;
    return { by, input: { sessionIdleMinutes }, told: () => ({ id: encodeId('tnt', tenant?.id ?? ''), actor, before, after: { ...before, sessionIdleMinutes } }) };
  },
  presenceUpdate: async (world) => {
    const { by, actor } = await byOwner(world);
    return { by, input: { status: 'ONLINE', text: 'What stays out of the trail' }, told: () => ({ id: actor, actor, before: { status: null }, after: { status: 'ONLINE' } }) };
  },
  notificationPreferencesUpdate: async (world) => {
    const { by, actor } = await byOwner(world);
    const preference = (email: boolean) => ({ preferences: [{ kind: 'MESSAGE_FAILED', inApp: true, email }] });
    return { by, input: { preferences: [{ kind: 'MESSAGE_FAILED', email: true }] }, told: () => ({ id: actor, actor, before: preference(false), after: preference(true) }) };
  },
  notificationMarkRead: async (world) => {
    const [{ by, actor }, id] = [await byOwner(world), await notification(world)];
    return { by, input: { ids: [id] }, told: () => ({ id, actor, after: { read: 1 } }) };
  },
  notificationsMarkAllRead: async (world) => {
    const [{ by, actor }, id] = [await byOwner(world), await notification(world)];
    return { by, input: { upTo: id }, told: () => ({ id, actor, after: { read: 1 } }) };
  },
};
