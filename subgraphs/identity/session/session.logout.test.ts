// logout: this session or all of them, and the gateway's view of sessions.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { AURORA, RIVAL, TestIdentity } from '../../../test/kit/identity.js';

const LOGOUT = 'mutation ($input: LogoutInput!) { logout(input: $input) { sessionsEnded userErrors { code } } }';
let identity: TestIdentity;
beforeAll(async () => { identity = await TestIdentity.boot(); });
afterAll(() => identity.close());

async function signedIn(email: string, tenant?: string) {
  const { accessToken } = await identity.signIn(email, tenant && encodeId('tnt', tenant));
  const actor = await identity.actorOf(accessToken);
  return { actor, sid: actor.session ?? '' };
}
const alive = async (sid: string): Promise<boolean> => (await identity.port.session(sid)).ok;

describe('logout', () => {
  it('ends this session and no other', async () => {
    const [mine, other] = [await signedIn('owner@demo.test'), await signedIn('owner@demo.test')];
    expect(await identity.subject.ask(LOGOUT, { input: {} }, mine.actor))
      .toEqual({ data: { logout: { sessionsEnded: 1, userErrors: [] } } });
    expect([await alive(mine.sid), await alive(other.sid)]).toEqual([false, true]);
    expect((await identity.audit('auth.logout')).at(-1)).toMatchObject({
      tenant: AURORA, event: { outcome: 'SUCCESS', resource: { type: 'Session', id: encodeId('sess', mine.sid) } },
    });
    expect((await identity.subject.ask(LOGOUT, { input: {} }, mine.actor)).data).toMatchObject({ logout: { sessionsEnded: 0 } });
  });

  it('ends all of the person, in every tenant, and nobody else\'s', async () => {
    const email = 'both@demo.test';
    const sessions = [await signedIn(email, AURORA), await signedIn(email, AURORA), await signedIn(email, RIVAL)];
    const bystander = await signedIn('owner@rival.test');
    const result = await identity.subject.ask(LOGOUT, { input: { everywhere: true } }, sessions[0]?.actor);
    expect(result).toEqual({ data: { logout: { sessionsEnded: 3, userErrors: [] } } });
    expect(await Promise.all(sessions.map(({ sid }) => alive(sid)))).toEqual([false, false, false]);
    expect(await alive(bystander.sid)).toBe(true);
    expect((await identity.audit('auth.logout')).slice(-2).map(({ tenant, event }) => [tenant, event.after?.['sessionsEnded']]))
      .toEqual([[RIVAL, 1], [AURORA, 2]]);
  });

  it('everywhere leaves no session that is being opened in another tenant meanwhile', async () => {
    const { actor } = await signedIn('both@demo.test', AURORA);
    const SWITCH = 'mutation ($input: SessionSwitchTenantInput!) { sessionSwitchTenant(input: $input) { session { accessToken } } }';
    const out = () => identity.subject.ask(LOGOUT, { input: { everywhere: true } }, actor);
    const switched = () => identity.subject.ask(SWITCH, { input: { tenantId: encodeId('tnt', RIVAL) } }, actor);
    const [left, late] = await identity.holding('select from identity.account where id = $1 for no key update', [actor.sub], [out, switched]);
    expect(left?.data).toMatchObject({ logout: { sessionsEnded: 1 } });
    expect(late?.errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
    expect(await identity.rows('select from identity.session where user_id = $1 and revoked_at is null', [actor.sub])).toEqual([]);
  });

  it('tells gateways of a hundred ended sessions in one statement', async () => {
    const [few, many] = [await signedIn('owner@rival.test'), await signedIn('viewer@demo.test')];
    await identity.rows(`insert into identity.session (tenant_id, id, user_id, family, epoch, refresh_hash, created_at, last_used_at)
      select tenant_id, gen_random_uuid(), user_id, gen_random_uuid(), 0, gen_random_uuid()::text, created_at, last_used_at from identity.session, generate_series(1, 99)
      where id = $1`, [many.sid]);
    const { database } = identity.subject.running;
    const costs = [];
    for (const { actor } of [few, many]) {
      const before = database.statements;
      await identity.subject.ask(LOGOUT, { input: { everywhere: true } }, actor);
      costs.push(database.statements - before);
    }
    expect(costs[1]).toBe(costs[0]);
    expect((await identity.rows(`select from identity.access_change c join identity.session s on s.id = c.session_id where s.user_id = $1`, [many.actor.sub]))).toHaveLength(100);
  });

  it('works for people of the platform', async () => {
    const root = await signedIn('root@demo.test');
    expect((await identity.subject.ask(LOGOUT, { input: {} }, root.actor)).data).toMatchObject({ logout: { sessionsEnded: 1 } });
    expect((await identity.audit('auth.logout')).at(-1)).toMatchObject({ tenant: null });
  });

  it('needs a token', async () => {
    const before = await identity.rows('select id, epoch, revoked_at from identity.session order by id');
    const { data, errors } = await identity.subject.ask(LOGOUT, { input: { everywhere: true } });
    expect(data).toEqual({ logout: null });
    expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
    expect(await identity.rows('select id, epoch, revoked_at from identity.session order by id')).toEqual(before);
  });
});

describe('the gateway\'s port', () => {
  it('knows live sessions only', async () => {
    const { sid, actor } = await signedIn('viewer@demo.test');
    expect(await identity.port.session(sid)).toEqual({
      ok: true, sub: actor.sub, tenant: AURORA, session: sid, permissions: ['conversation:read', 'order:read'], epoch: 0,
      expiresAt: '2026-12-05T09:00:00.000Z', validUntil: null,
    });
    expect(await identity.port.session(newId())).toEqual({ ok: false, reason: 'invalid' });
    expect(await identity.port.session('\' or true --')).toEqual({ ok: false, reason: 'invalid' });
  });

  it('tells the tenant of a session that is over and still used, once a minute', async () => {
    const { sid, actor } = await signedIn('viewer@demo.test');
    await identity.subject.ask(LOGOUT, { input: {} }, actor);
    const told = async () => (await identity.audit('session.refuse')).filter(({ event }) => event.resource?.id === encodeId('sess', sid));
    for (let uses = 0; uses < 3; uses += 1) expect(await identity.port.session(sid)).toEqual({ ok: false, reason: 'revoked' });
    expect(await told()).toMatchObject([{ tenant: AURORA, event: {
      outcome: 'DENIED', reason: 'UNAUTHENTICATED', actor: { kind: 'user', id: encodeId('user', actor.sub ?? '') }, after: { refused: 'revoked' } } }]);
    identity.advance(60_000);
    await identity.port.session(sid);
    expect(await told()).toHaveLength(2);
  });

  it('takes four statements, and notes the use at most once a minute', async () => {
    const { sid } = await signedIn('viewer@demo.test');
    const { database } = identity.subject.running;
    const ask = async (): Promise<number> => {
      const before = database.statements;
      await identity.port.session(sid);
      return database.statements - before;
    };
    const lastUsed = async (): Promise<Date | undefined> =>
      (await identity.rows<{ at: Date }>('select last_used_at as at from identity.session where id = $1', [sid]))[0]?.at;
    expect(await ask()).toBe(4);
    identity.advance(59_000);
    expect(await ask()).toBe(4);
    const before = await lastUsed();
    identity.advance(1_000);
    await identity.port.session(sid);
    const deadline = Date.now() + 2_000;
    while ((await lastUsed())?.getTime() === before?.getTime() && Date.now() < deadline) {
      await new Promise((resolve) => { setTimeout(resolve, 10); });
    }
    expect(await lastUsed()).toEqual(identity.now);
    expect(await ask()).toBe(4);
  });
});

describe('the signing key', () => {
  it('is published without its private half and stored sealed', async () => {
    const { keys } = await identity.port.jwks();
    expect(keys).toHaveLength(1);
    expect(Object.keys(keys[0] ?? {}).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x']);
    const [stored] = await identity.rows<{ private_jwk: Buffer }>('select private_jwk from identity.signing_key');
    expect(stored?.private_jwk.toString('latin1')).not.toContain('"d"');
    expect(await identity.audit('signing_key.create'))
      .toMatchObject([{ tenant: null, event: { type: 'SECURITY', resource: { id: keys[0]?.['kid'] } } }]);
  });

  it('is one, whichever process needs it first', async () => {
    await identity.rows('delete from identity.signing_key');
    const processes = await Promise.all([1, 2, 3, 4].map(() => identity.sibling()));
    const found = await Promise.all(processes.map(({ services }) => services.signingKeys.keys()));
    expect(new Set(found.map(({ kid }) => kid)).size).toBe(1);
    expect(await identity.rows('select from identity.signing_key')).toHaveLength(1);
    await Promise.all(processes.map((process) => process.close()));
  });

  it('is served as a JWKS anybody may cache', async () => {
    const { declarations, port } = identity.subject.running.routes;
    expect(declarations)
      .toMatchObject([{ name: 'jwks', method: 'GET', path: '/.well-known/jwks.json', auth: 'public', subgraph: 'identity' }]);
    const answer = await port.handle('jwks', {
      params: {}, query: new URLSearchParams(), headers: {}, body: Buffer.alloc(0), oversize: false, ip: null,
      correlationId: 'x', url: 'http://x/',
    });
    expect(answer.status).toBe(200);
    expect(answer.headers?.['cache-control']).toBe('public, max-age=300');
    expect(JSON.parse(String(answer.body))).toEqual(await identity.port.jwks());
  });
});
