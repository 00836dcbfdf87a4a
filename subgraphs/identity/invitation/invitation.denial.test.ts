// What is refused of invitations: who may not, what is malformed, what is in the way. Nothing is written; and the walls in SQL.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import type { Actor } from '../../kernel/base/actor.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { AURORA, RIVAL, TestIdentity } from '../../../test/kit/identity.js';
import { People } from '../../../test/kit/people.js';
import { secretHash } from '../secret.js';

const HOUR = 3_600_000;
const STRONG = 'four words in a row';

let identity: TestIdentity;
let people: People;
let owner: Actor;
let waiting: { id: string; token: string };
let viewerRole: string;

beforeAll(async () => {
  identity = await TestIdentity.boot();
  people = new People(identity);
  owner = await people.actor('owner@demo.test');
  viewerRole = await people.roleId('Viewer');
  waiting = await people.invite('waiting@guest.test', 'Viewer', owner);
});
afterAll(() => identity?.close());

/** What a call answers that must leave everything as it was. */
async function unwritten(field: string, input: Record<string, unknown>, actor?: Actor) {
  const before = await people.written();
  const answer = await people.mutate(field, input, actor);
  expect(await people.written()).toEqual(before);
  return answer;
}

describe('inviting is refused', () => {
  it('to who does not manage people, is nobody, or is a key', async () => {
    const viewer = await people.actor('viewer@demo.test');
    const key: Actor = { ...owner, kind: 'api_key', sub: null, session: null, apiKey: newId() };
    for (const [field, input] of [
      ['invitationCreate', { email: 'a@guest.test', roleIds: [viewerRole] }], ['invitationResend', { invitationId: waiting.id }], ['invitationRevoke', { invitationId: waiting.id }],
    ] as const) {
      for (const [actor, code] of [[viewer, 'FORBIDDEN'], [undefined, 'UNAUTHENTICATED'], [key, 'FORBIDDEN']] as const) {
        expect((await unwritten(field, input, actor)).errors).toMatchObject([{ extensions: { code } }]);
      }
    }
    expect((await identity.audit('invitation.revoke')).every(({ event }) => event.outcome === 'DENIED')).toBe(true);
    const { errors } = await identity.subject.ask('{ invitations { nodes { id } } }', {}, viewer);
    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN', permission: 'user:manage' } }]);
  });

  it('beyond one\'s own rights, also in sending again and revoking', async () => {
    await people.admit('chief@demo.test', 'ADMIN');
    const chief = await people.actor('chief@demo.test');
    const offered = await people.invite('heir@guest.test', 'Owner', owner);
    for (const [field, input] of [
      ['invitationCreate', { email: 'b@guest.test', roleIds: [viewerRole, await people.roleId('Owner')] }],
      ['invitationResend', { invitationId: offered.id }], ['invitationRevoke', { invitationId: offered.id }],
    ] as const) {
      expect((await unwritten(field, input, chief)).payload).toMatchObject({ invitation: null, userErrors: [{ __typename: 'GrantRefused', code: 'GRANT_REFUSED' }] });
    }
    await people.done('invitationRevoke', { invitationId: waiting.id }, chief);
    waiting = await people.invite('waiting@guest.test', 'Viewer', chief);
  });

  it('for members, for who is invited, with roles and invitations that are not here', async () => {
    const suspended = await people.admit('away@demo.test', 'VIEWER');
    await people.done('userSuspend', { userId: suspended }, owner);
    const rival = await people.actor('owner@rival.test');
    const elsewhere = await people.roleId('Viewer', RIVAL);
    const cases: [string, Record<string, unknown>, string, string[]][] = [
      ['invitationCreate', { email: 'VIEWER@demo.test', roleIds: [viewerRole] }, 'AlreadyMember', ['input', 'email']],
      ['invitationCreate', { email: 'away@demo.test', roleIds: [viewerRole] }, 'AlreadyMember', ['input', 'email']],
      ['invitationCreate', { email: 'Waiting@guest.test', roleIds: [viewerRole] }, 'AlreadyInvited', ['input', 'email']],
      ['invitationCreate', { email: 'c@guest.test', roleIds: [elsewhere] }, 'RoleNotFound', ['input', 'roleIds']],
      ['invitationCreate', { email: 'c@guest.test', roleIds: [viewerRole, encodeId('role', newId())] }, 'RoleNotFound', ['input', 'roleIds']],
      ['invitationResend', { invitationId: encodeId('inv', newId()) }, 'InvitationNotFound', ['input', 'invitationId']],
      ['invitationRevoke', { invitationId: encodeId('inv', newId()) }, 'InvitationNotFound', ['input', 'invitationId']],
    ];
    for (const [field, input, typename, path] of cases) {
      expect((await unwritten(field, input, owner)).payload).toMatchObject({ invitation: null, userErrors: [{ __typename: typename, field: path }] });
    }
    for (const field of ['invitationResend', 'invitationRevoke']) {
      expect((await unwritten(field, { invitationId: waiting.id }, rival)).payload).toMatchObject({ invitation: null, userErrors: [{ __typename: 'InvitationNotFound' }] });
    }
    expect((await identity.subject.ask('{ invitations { nodes { id } } }', {}, rival)).data).toEqual({ invitations: { nodes: [] } });
  });

  it('when twenty invite the same address at once, but once', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => people.mutate('invitationCreate', { email: 'popular@guest.test', roleIds: [viewerRole] }, owner)));
    expect(answers.map(({ payload }) => payload.userErrors[0]?.code ?? 'done').sort()).toEqual([...Array<string>(19).fill('WRONG_STATE'), 'done']);
    expect(await identity.mails('popular@guest.test')).toHaveLength(1);
  });

  it('when a mailbox was written to three times within the hour, also by revoking and inviting anew', async () => {
    let { id } = await people.invite('flood@guest.test', 'Viewer', owner);
    await people.done('invitationResend', { invitationId: id }, owner);
    await people.done('invitationRevoke', { invitationId: id }, owner);
    ({ id } = await people.invite('flood@guest.test', 'Viewer', owner));
    expect((await unwritten('invitationResend', { invitationId: id }, owner)).payload.userErrors).toMatchObject([{ __typename: 'MailLimitReached', code: 'LIMIT_REACHED' }]);
    identity.advance(HOUR);
    await people.done('invitationResend', { invitationId: id }, owner);
  });

  it('to a tenant that has sent a hundred within the hour, and to no other', async () => {
    identity.advance(HOUR);
    const resend = (actor: Actor) => people.mutate('invitationResend', { invitationId: encodeId('inv', newId()) }, actor);
    const answers = await Promise.all(Array.from({ length: 101 }, () => resend(owner)));
    expect(answers.filter(({ payload }) => payload.userErrors[0]?.code === 'NOT_FOUND')).toHaveLength(100);
    expect((await unwritten('invitationCreate', { email: 'more@guest.test', roleIds: [viewerRole] }, owner)).payload).toMatchObject({ invitation: null, userErrors: [{ code: 'RATE_LIMITED' }] });
    expect((await resend(await people.actor('owner@rival.test'))).payload.userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
    identity.advance(HOUR);
  });
});

describe('joining is refused', () => {
  it('to somebody who became a member meanwhile, and the invitation still waits', async () => {
    const { token } = await people.invite('meanwhile@guest.test', 'Viewer', owner);
    await people.admit('meanwhile@guest.test', 'VIEWER');
    const member = await people.actor('meanwhile@guest.test');
    expect((await unwritten('invitationAccept', { token }, member)).payload).toMatchObject({ tenantId: null, userErrors: [{ __typename: 'AlreadyMember' }] });
  });

  it('by tokens nobody was sent, by those of other mails, and by what is stored of them', async () => {
    const [{ hash } = { hash: '' }] = await identity.rows<{ hash: string }>('select token_hash as hash from identity.invitation where token_hash = $1', [secretHash(waiting.token)]);
    expect(hash).toHaveLength(64);
    await identity.subject.ask('mutation ($input: PasswordForgotInput!) { passwordForgot(input: $input) { accepted } }', { input: { email: 'viewer@demo.test' } });
    const other = await people.link('viewer@demo.test');
    expect(other).not.toBe('');
    for (const token of [hash, other, waiting.token.slice(1), `${waiting.token}x`, waiting.token.toUpperCase()]) {
      expect((await unwritten('invitationAccept', { token, password: STRONG, displayName: 'X' })).payload)
        .toMatchObject({ tenantId: null, userErrors: [{ __typename: 'TokenInvalid', code: 'TOKEN_INVALID' }] });
    }
  });
});

describe('bad input', () => {
  const ADDRESSES = ['', ' ', 'plain', '@demo.test', 'a@', 'a@b', 'a b@demo.test', 'a@demo..test', 'a@demo.test\n', 'a\0@demo.test', `${'a'.repeat(65)}@demo.test`, 'ä@demo.test',
    'a@demo.test, b@demo.test', 'a'.repeat(100_000)];

  it('of every field is a user error at its path, or a 400; nothing is written', async () => {
    const joining = { token: waiting.token, password: STRONG, displayName: 'X' };
    const roles = Array.from({ length: 11 }, () => encodeId('role', newId()));
    const data: [string, Record<string, unknown>, string][] = [
      ...ADDRESSES.map((email): [string, Record<string, unknown>, string] => ['invitationCreate', { email, roleIds: [viewerRole] }, 'input.email']),
      ['invitationCreate', { email: 'd@guest.test', roleIds: [] }, 'input.roleIds'], ['invitationCreate', { email: 'd@guest.test', roleIds: roles }, 'input.roleIds'],
      ['invitationCreate', { email: 'd@guest.test', roleIds: [viewerRole, viewerRole] }, 'input.roleIds'],
      ...['', '\0', 'x'.repeat(129)].map((token): [string, Record<string, unknown>, string] => ['invitationAccept', { ...joining, token }, 'input.token']),
      ['invitationAccept', { ...joining, password: 'x'.repeat(1_025) }, 'input.password'], ['invitationAccept', { ...joining, password: '' }, 'input.password'],
      ...['', '   ', 'two\nlines', 'nul\0', 'x'.repeat(201)].map((displayName): [string, Record<string, unknown>, string] => ['invitationAccept', { ...joining, displayName }, 'input.displayName']),
      ['invitationAccept', { ...joining, displayName: null }, 'input.displayName'], ['invitationAccept', { ...joining, password: null }, 'input.password'],
    ];
    const before = await people.written();
    for (const [field, input, path] of data) {
      const { payload, errors } = await people.mutate(field, input, field === 'invitationAccept' ? undefined : owner);
      expect([field, JSON.stringify(input).slice(0, 80), errors, payload?.userErrors.map((one) => one.field?.join('.'))])
        .toEqual([field, JSON.stringify(input).slice(0, 80), undefined, [path]]);
    }
    const ids = ['', 'x', waiting.id.slice(0, -1), viewerRole, 'inv_\0', 'x'.repeat(10_000)];
    const malformed: [string, Record<string, unknown>, string[]][] = [
      ...ids.flatMap((invitationId): [string, Record<string, unknown>, string[]][] => ['invitationResend', 'invitationRevoke'].map((field) => [field, { invitationId }, ['input', 'invitationId']])),
      ...['', 'x', 'role_\0', waiting.id].map((id): [string, Record<string, unknown>, string[]] => ['invitationCreate', { email: 'd@guest.test', roleIds: [viewerRole, id] }, ['input', 'roleIds', '1']]),
    ];
    for (const [field, input, path] of malformed) {
      expect((await people.mutate(field, input, owner)).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', field: path } }]);
    }
    for (const [Input, input] of [['InvitationCreateInput', { email: 1, roleIds: [] }], ['InvitationAcceptInput', {}], ['InvitationAcceptInput', { token: null }], ['InvitationAcceptInput', { token: 'x', more: 1 }]] as const) {
      const field = `${Input[0]?.toLowerCase() ?? ''}${Input.slice(1, -'Input'.length)}`;
      const { errors } = await identity.subject.ask(`mutation ($input: ${Input}!) { ${field}(input: $input) { userErrors { code } } }`, { input }, owner);
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    }
    expect(await people.written()).toEqual(before);
    // The positive control: what every line above changed in one place.
    expect((await people.mutate('invitationAccept', joining)).payload).toMatchObject({ tenantId: encodeId('tnt', AURORA), userErrors: [] });
  });

  it.each([[{ first: 0 }, ['first']], [{ first: 101 }, ['first']], [{ after: 'x' }, ['after']], [{ after: Buffer.from('["a"]').toString('base64url') }, ['after']]])(
    'of the list is a 400: %j', async (variables, field) => {
      const { errors } = await identity.subject.ask('query ($first: Int, $after: String) { invitations(first: $first, after: $after) { nodes { id } } }', variables, owner);
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', field } }]);
    });

  it('an unknown state is none', async () => {
    const { errors } = await identity.subject.ask('query ($filter: InvitationFilter) { invitations(filter: $filter) { nodes { id } } }', { filter: { status: 'LOST' } }, owner);
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });
});

describe('in SQL, as the application role', () => {
  it('a tenant sees and changes its own invitations alone; a token tells its place and nothing else', async () => {
    const { token } = await people.invite('walls@guest.test', 'Viewer', owner);
    const client = new Client({ connectionString: identity.subject.database.urls.app['identity'] });
    await client.connect();
    const as = (tenant: string) => client.query(`select set_config('app.tenant_id', $1, false)`, [tenant]);
    try {
      for (const [tenant, sees] of [[AURORA, true], [RIVAL, false], ['', false]] as const) {
        await as(tenant);
        expect([tenant, (await client.query('select 1 from identity.invitation')).rows.length > 0]).toEqual([tenant, sees]);
      }
      await as(RIVAL);
      expect((await client.query(`update identity.invitation set ended_at = now(), ended_as = 'REVOKED'`)).rowCount).toBe(0);
      await expect(client.query('delete from identity.invitation')).rejects.toMatchObject({ code: '42501' });
      await expect(client.query(`insert into identity.invitation (tenant_id, id, email, role_ids, locale, token_hash, invited_by, mails, mailed_at, created_at, expires_at)
        values ($1, $2, 'e@guest.test', array[$2::uuid], 'en', 'x', $3, 1, now(), now(), now())`, [AURORA, newId(), people.uuid('owner@demo.test')])).rejects.toMatchObject({ code: '42501' });
      const { rows, fields } = await client.query('select * from identity.invitation_by_token($1)', [secretHash(token)]);
      expect([rows.length, fields.map(({ name }) => name)]).toEqual([1, ['tenant_id', 'id']]);
      expect((await client.query('select * from identity.invitation_by_token($1)', [token])).rows).toEqual([]);
    } finally {
      await client.end();
    }
  });
});
