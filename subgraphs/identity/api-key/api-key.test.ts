// API keys: made once visible, kept hashed, narrow, rotated with overlap, revoked; who may see and manage them.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import type { Actor } from '../../kernel/base/actor.js';
import { apiKeyHash, isApiKey } from '../../kernel/base/api-key.js';
import { decodeId, encodeId, newId } from '../../kernel/base/ids.js';
import type { KeyAuthentication } from '../../kernel/base/subgraph-port.js';
import { AURORA, TestIdentity } from '../../../test/kit/identity.js';
import { until } from '../../../test/kit/until.js';

const FIELDS = 'id name hint status scopes ips createdAt createdBy { id } expiresAt revokedAt lastUsedAt lastUsedIp';
const ERRORS = 'userErrors { __typename code field ... on ScopesRefused { scopes } }';
const CREATE = `mutation ($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) { apiKey { ${FIELDS} } secret ${ERRORS} } }`;
const UPDATE = `mutation ($input: ApiKeyUpdateInput!) { apiKeyUpdate(input: $input) { apiKey { ${FIELDS} } ${ERRORS} } }`;
const ROTATE = `mutation ($input: ApiKeyRotateInput!) { apiKeyRotate(input: $input) { apiKey { hint } secret oldSecretEndsAt ${ERRORS} } }`;
const REVOKE = `mutation ($input: ApiKeyRevokeInput!) { apiKeyRevoke(input: $input) { apiKey { status revokedAt } ${ERRORS} } }`;
const LIST = `query ($first: Int, $after: String) { apiKeys(first: $first, after: $after) { nodes { id status } pageInfo { hasNextPage endCursor } } }`;
const HOUR = 3_600_000;

let identity: TestIdentity;
let owner: Actor;
let viewer: Actor;
let rival: Actor;
beforeAll(async () => {
  identity = await TestIdentity.boot();
  [owner, viewer, rival] = await Promise.all(['owner@demo.test', 'viewer@demo.test', 'owner@rival.test']
    .map(async (email) => identity.actorOf((await identity.signIn(email)).accessToken))) as [Actor, Actor, Actor];
});
afterAll(() => identity.close());

interface Payload { apiKey: Record<string, unknown> | null; secret?: string | null; oldSecretEndsAt?: string; userErrors: Record<string, unknown>[] }
async function ask(document: string, input: Record<string, unknown>, actor = owner): Promise<Payload> {
  const { data, errors } = await identity.subject.ask(document, { input }, actor);
  if (errors) throw new Error(JSON.stringify(errors));
  return Object.values(data ?? {})[0] as Payload;
}
async function make(more: Record<string, unknown> = {}): Promise<{ id: string; uuid: string; secret: string }> {
  const { apiKey, secret, userErrors } = await ask(CREATE, { name: 'till', scopes: ['order:read'], ...more });
  expect(userErrors).toEqual([]);
  const id = String(apiKey?.['id']);
  return { id, uuid: decodeId('key', id) ?? '', secret: secret ?? '' };
}
const check = (secret: string, ip = '10.0.0.1'): Promise<KeyAuthentication> => identity.port.apiKey(apiKeyHash(secret), ip);
const refusedOf = async (id: string) => (await identity.audit('api_key.refuse')).filter(({ event }) => event.resource?.id === id)
  .map(({ tenant, event: { outcome, reason, after, actor } }) => (expect([tenant, outcome, reason, actor]).toEqual([AURORA, 'DENIED', 'UNAUTHENTICATED', { kind: 'api_key', id }]), after?.['refused']));
const stored = async () => (await identity.rows<{ n: number }>('select count(*)::int as n from identity.api_key'))[0]?.n;
const keyActor = (uuid: string, permissions: string[]): Actor => ({ ...owner, kind: 'api_key', sub: null, session: null, apiKey: uuid, permissions });

describe('apiKeyCreate', () => {
  it('shows the secret once, keeps its hash, and says who made it', async () => {
    const { apiKey, secret } = await ask(CREATE, { name: 'till', scopes: ['order:read', 'conversation:read'], ips: ['10.0.0.0/8'] });
    expect(isApiKey(secret ?? '') && secret?.startsWith('sb_test_')).toBe(true);
    expect(apiKey).toEqual({
      id: expect.stringMatching(/^key_/), name: 'till', hint: secret?.slice(0, 12), status: 'ACTIVE', scopes: ['conversation:read', 'order:read'],
      ips: ['10.0.0.0/8'], createdAt: identity.now.toISOString(), createdBy: { id: encodeId('user', owner.sub ?? '') }, expiresAt: null, revokedAt: null,
      lastUsedAt: null, lastUsedIp: null,
    });
    const rows = await identity.rows('select k.*, s.* from identity.api_key k join identity.api_key_secret s on s.api_key_id = k.id');
    expect(JSON.stringify(rows)).toContain(apiKeyHash(secret ?? ''));
    expect(JSON.stringify([rows, await identity.audit('api_key.create')])).not.toContain(secret);
    expect(await identity.audit('api_key.create')).toMatchObject([{
      tenant: AURORA, event: { type: 'SECURITY', resource: { type: 'ApiKey', id: apiKey?.['id'] }, after: { scopes: ['conversation:read', 'order:read'] } },
    }]);
    expect(await check(secret ?? '')).toEqual({
      ok: true, apiKey: decodeId('key', String(apiKey?.['id'])), tenant: AURORA, permissions: ['conversation:read', 'order:read'], ips: ['10.0.0.0/8'], expiresAt: null,
    });
  });

  it.each<[string, Record<string, unknown>, string, string[]]>([
    ['a scope that does not exist', { scopes: ['order:invented'] }, 'InputInvalid', ['input', 'scopes']],
    ['a scope no key can have', { scopes: ['api_key:manage'] }, 'InputInvalid', ['input', 'scopes']],
    ['the platform\'s scope', { scopes: ['system:admin'] }, 'InputInvalid', ['input', 'scopes']],
    ['no scope', { scopes: [] }, 'InputInvalid', ['input', 'scopes']],
    ['a scope twice', { scopes: ['order:read', 'order:read'] }, 'InputInvalid', ['input', 'scopes']],
    ['101 scopes', { scopes: Array.from({ length: 101 }, (_, at) => `a:b${at}`) }, 'InputInvalid', ['input', 'scopes']],
    ['an empty name', { name: '' }, 'InputInvalid', ['input', 'name']],
    ['a long name', { name: 'x'.repeat(101) }, 'InputInvalid', ['input', 'name']],
    ...['a\0b', 'two\nlines', '   ', 'a\u2028b', 'half \ud800'].map((name): [string, Record<string, unknown>, string, string[]] =>
      [`${JSON.stringify(name)} as its name`, { name }, 'InputInvalid', ['input', 'name']]),
    ['a wrong network', { ips: ['10.0.0.0/8', '10.0.0.0/40'] }, 'InputInvalid', ['input', 'ips']],
    ['51 networks', { ips: Array.from({ length: 51 }, (_, at) => `10.0.0.${at}`) }, 'InputInvalid', ['input', 'ips']],
    ['an end in the past', { expiresAt: '2020-01-01T00:00:00.000Z' }, 'InputInvalid', ['input', 'expiresAt']],
  ])('refuses %s and stores nothing', async (_, input, typename, field) => {
    const before = await stored();
    const payload = await ask(CREATE, { name: 'till', scopes: ['order:read'], ...input });
    expect(payload).toMatchObject({ apiKey: null, secret: null, userErrors: [{ __typename: typename, field }] });
    expect(await stored()).toBe(before);
  });

  it('gives nothing its maker does not hold, and is for people who manage keys', async () => {
    const before = await stored();
    const narrow: Actor = { ...owner, permissions: ['api_key:manage', 'order:read'] };
    expect(await ask(CREATE, { name: 'x', scopes: ['conversation:read', 'order:read'] }, narrow))
      .toMatchObject({ apiKey: null, userErrors: [{ __typename: 'ScopesRefused', code: 'GRANT_REFUSED', scopes: ['conversation:read'] }] });
    const input = { name: 'x', scopes: ['order:read'] };
    for (const actor of [viewer, keyActor(newId(), ['api_key:manage', 'order:read'])]) {
      expect((await identity.subject.ask(CREATE, { input }, actor)).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    }
    const root = await identity.actorOf((await identity.signIn('root@demo.test')).accessToken);
    expect((await identity.subject.ask(CREATE, { input }, root)).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    expect(await stored()).toBe(before);
    expect((await ask(CREATE, input, narrow)).userErrors).toEqual([]);
  });
});

describe('a key that is asked for', () => {
  it('ends at its time, revives with a later one, and stays dead once revoked', async () => {
    const expiresAt = new Date(identity.now.getTime() + HOUR).toISOString();
    const { id, secret } = await make({ expiresAt });
    expect(await check(secret)).toMatchObject({ ok: true, expiresAt });
    identity.advance(HOUR);
    expect(await check(secret)).toEqual({ ok: false, reason: 'expired' });
    expect((await ask(UPDATE, { apiKeyId: id, expiresAt: null })).apiKey).toMatchObject({ status: 'ACTIVE', expiresAt: null });
    expect(await check(secret)).toMatchObject({ ok: true, expiresAt: null });
    expect(await ask(REVOKE, { apiKeyId: id })).toMatchObject({ apiKey: { status: 'REVOKED', revokedAt: identity.now.toISOString() }, userErrors: [] });
    expect(await check(secret)).toEqual({ ok: false, reason: 'revoked' });
    await check(secret);
    expect(await refusedOf(id)).toEqual(['expired', 'revoked']);
    expect((await ask(REVOKE, { apiKeyId: id })).userErrors).toEqual([]);
    expect((await ask(UPDATE, { apiKeyId: id, name: 'x' })).userErrors).toMatchObject([{ __typename: 'ApiKeyRevoked', code: 'WRONG_STATE' }]);
    expect((await ask(ROTATE, { apiKeyId: id })).userErrors).toMatchObject([{ __typename: 'ApiKeyRevoked' }]);
    expect(await check('sb_test_unknown')).toEqual({ ok: false, reason: 'invalid' });
  });

  it('outlives its maker\'s membership and rights', async () => {
    const { secret } = await make();
    await identity.rows(`update identity.membership set status = 'SUSPENDED' where email = 'owner@demo.test'`);
    expect(await check(secret)).toMatchObject({ ok: true, permissions: ['order:read'] });
    await identity.rows(`update identity.membership set status = 'ACTIVE' where email = 'owner@demo.test'`);
  });

  it('notes its last use at most once a minute, and no use its list refuses', async () => {
    const { id, uuid, secret } = await make({ ips: ['10.0.0.0/8'] });
    const used = async () => (await identity.rows<{ at: Date | null; ip: string | null }>('select last_used_at as at, last_used_ip as ip from identity.api_key where id = $1', [uuid]))[0];
    for (const ip of ['192.0.2.1', '192.0.2.2']) await check(secret, ip);
    expect(await refusedOf(id)).toEqual(['address']);
    const first = identity.now;
    await check(secret, '10.0.0.1');
    await until(async () => (await used())?.at?.getTime() === first.getTime(), 'the use is noted');
    identity.advance(59_999);
    await check(secret, '10.0.0.2');
    identity.advance(1);
    await check(secret, '10.0.0.3');
    await until(async () => (await used())?.at?.getTime() === identity.now.getTime(), 'the later use is noted');
    expect(await used()).toEqual({ at: identity.now, ip: '10.0.0.3' });
  });
});

describe('apiKeyRotate', () => {
  it('lets the old secret work beside the new one for the hours that were said', async () => {
    const { id, secret } = await make();
    const { secret: next, oldSecretEndsAt } = await ask(ROTATE, { apiKeyId: id, overlapHours: 2 });
    expect(oldSecretEndsAt).toBe(new Date(identity.now.getTime() + 2 * HOUR).toISOString());
    identity.advance(2 * HOUR - 1);
    expect([await check(secret), await check(next ?? '')]).toMatchObject([{ ok: true, expiresAt: oldSecretEndsAt }, { ok: true, expiresAt: null }]);
    identity.advance(1);
    expect([await check(secret), await check(next ?? '')]).toMatchObject([{ ok: false, reason: 'expired' }, { ok: true }]);
    const { secret: last } = await ask(ROTATE, { apiKeyId: id, overlapHours: 0 });
    expect([await check(next ?? ''), await check(last ?? '')]).toMatchObject([{ ok: false, reason: 'expired' }, { ok: true }]);
    expect(JSON.stringify(await identity.audit('api_key.rotate'))).not.toContain(last);
  });

  it('of many at once leaves one lasting secret', async () => {
    const { id, uuid } = await make();
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => ask(ROTATE, { apiKeyId: id, overlapHours: 1 })));
    expect(outcomes.flatMap(({ userErrors }) => userErrors)).toEqual([]);
    expect(await identity.rows('select 1 from identity.api_key_secret where api_key_id = $1 and ends_at is null', [uuid])).toHaveLength(1);
  });

  it('hands nobody a secret for what they do not hold', async () => {
    const { id, secret } = await make({ scopes: ['order:read', 'conversation:read'] });
    const narrow: Actor = { ...owner, permissions: ['api_key:manage', 'order:read'] };
    expect((await ask(ROTATE, { apiKeyId: id }, narrow)).userErrors).toMatchObject([{ __typename: 'ScopesRefused', scopes: ['conversation:read'] }]);
    for (const overlapHours of [-1, 169]) expect((await ask(ROTATE, { apiKeyId: id, overlapHours })).userErrors).toMatchObject([{ field: ['input', 'overlapHours'] }]);
    expect(await check(secret)).toMatchObject({ ok: true, expiresAt: null });
    // Taking away is open to who manages keys; adding is not.
    expect((await ask(UPDATE, { apiKeyId: id, scopes: ['conversation:read'] }, narrow)).apiKey).toMatchObject({ scopes: ['conversation:read'] });
    expect((await ask(UPDATE, { apiKeyId: id, scopes: ['conversation:read', 'user:read'] }, narrow)).userErrors).toMatchObject([{ scopes: ['user:read'] }]);
    expect(await check(secret)).toMatchObject({ permissions: ['conversation:read'] });
  });
});

describe('apiKeyUpdate', () => {
  it('lets nobody revive or widen a key for what they do not hold, and everybody who manages keys narrow it', async () => {
    const narrow: Actor = { ...owner, permissions: ['api_key:manage', 'order:read'] };
    const soon = new Date(identity.now.getTime() + HOUR).toISOString();
    const sooner = new Date(identity.now.getTime() + HOUR / 2).toISOString();
    const { id, secret } = await make({ scopes: ['order:read', 'conversation:read'], ips: ['10.0.0.0/8'], expiresAt: soon });
    const refused = [{ __typename: 'ScopesRefused', code: 'GRANT_REFUSED', field: ['input', 'apiKeyId'], scopes: ['conversation:read'] }];
    for (const wider of [{ ips: [] }, { ips: ['10.0.0.0/7'] }, { ips: ['10.1.0.0/16', '192.0.2.1'] }, { expiresAt: null }, { expiresAt: new Date(identity.now.getTime() + 2 * HOUR).toISOString() }]) {
      expect(await ask(UPDATE, { apiKeyId: id, ...wider }, narrow)).toMatchObject({ apiKey: null, userErrors: refused });
    }
    expect(await check(secret)).toMatchObject({ ips: ['10.0.0.0/8'], expiresAt: soon });
    expect(await ask(UPDATE, { apiKeyId: id, name: 'kiosk', ips: ['10.1.0.0/16', '10.2.0.1'], expiresAt: sooner }, narrow))
      .toMatchObject({ apiKey: { name: 'kiosk', ips: ['10.1.0.0/16', '10.2.0.1'], expiresAt: sooner }, userErrors: [] });
    identity.advance(HOUR);
    const later = new Date(identity.now.getTime() + HOUR).toISOString();
    expect((await ask(UPDATE, { apiKeyId: id, expiresAt: later }, narrow)).userErrors).toMatchObject(refused);
    // Of what is left, everything is theirs.
    expect((await ask(UPDATE, { apiKeyId: id, expiresAt: later, ips: [], scopes: ['order:read'] }, narrow)).apiKey).toMatchObject({ status: 'ACTIVE', scopes: ['order:read'] });
  });
});

describe('keys', () => {
  it('are each tenant\'s own, listed page by page', async () => {
    const { id } = await make();
    for (const [document, input] of [[UPDATE, { name: 'x' }], [ROTATE, {}], [REVOKE, {}]] as const) {
      expect((await ask(document, { apiKeyId: id, ...input }, rival)).userErrors).toMatchObject([{ __typename: 'ApiKeyNotFound', code: 'NOT_FOUND' }]);
    }
    expect((await identity.subject.ask(LIST, {}, rival)).data).toMatchObject({ apiKeys: { nodes: [] } });
    expect((await identity.subject.ask(LIST, {}, viewer)).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN', permission: 'api_key:read' } }]);
    const first = (await identity.subject.ask(LIST, { first: 1 }, owner)).data?.['apiKeys'] as { nodes: object[]; pageInfo: { endCursor: string; hasNextPage: boolean } };
    expect(first).toMatchObject({ nodes: [{ id, status: 'ACTIVE' }], pageInfo: { hasNextPage: true } });
    const second = (await identity.subject.ask(LIST, { first: 100, after: first.pageInfo.endCursor }, owner)).data?.['apiKeys'] as { nodes: { id: string }[] };
    expect(second.nodes.map((node) => node.id)).not.toContain(id);
    expect((await identity.subject.ask(REVOKE, { input: { apiKeyId: 'nonsense' } }, owner)).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  it('see themselves, and no other, as the viewer', async () => {
    const [one, two] = [await make(), await make()];
    const query = '{ viewer { user { id } apiKey { id name } permissions } }';
    expect((await identity.subject.ask(query, {}, keyActor(one.uuid, ['order:read']))).data)
      .toEqual({ viewer: { user: null, apiKey: { id: one.id, name: 'till' }, permissions: ['order:read'] } });
    const changes = await identity.rows<{ id: string }>('select api_key_id as id from identity.access_change where api_key_id = $1', [two.uuid]);
    expect(changes).toEqual([]);
    await ask(UPDATE, { apiKeyId: two.id, name: 'other' });
    expect(await identity.rows('select home from identity.access_change where api_key_id = $1', [two.uuid])).toEqual([{ home: AURORA }]);
  });

  it('are hidden in SQL, as the application role, from who neither manages nor reads them nor is the key', async () => {
    const { uuid } = await make();
    const client = new Client({ connectionString: identity.subject.database.urls.app['identity'] });
    await client.connect();
    try {
      const as = (tenant: string, permissions: string, key = '') => client.query(
        `select set_config('app.tenant_id', $1, false), set_config('app.permissions', $2, false), set_config('app.api_key_id', $3, false)`, [tenant, permissions, key]);
      const seen = async () => [
        (await client.query('select 1 from identity.api_key where id = $1', [uuid])).rowCount,
        (await client.query('select 1 from identity.api_key_secret where api_key_id = $1', [uuid])).rowCount,
      ];
      const renamed = async () => (await client.query(`update identity.api_key set name = 'forged' where id = $1`, [uuid])).rowCount;
      await as(AURORA, 'user:manage');
      expect([await seen(), await renamed()]).toEqual([[0, 0], 0]);
      await as(rival.tenant ?? '', 'api_key:manage,api_key:read');
      expect([await seen(), await renamed()]).toEqual([[0, 0], 0]);
      await as(AURORA, 'api_key:read');
      expect([await seen(), await renamed()]).toEqual([[1, 1], 0]);
      await as(AURORA, '', uuid);
      expect(await seen()).toEqual([1, 1]);
      await as(AURORA, '', newId());
      expect(await seen()).toEqual([0, 0]);
      await as(AURORA, 'api_key:read');
      await expect(client.query(`insert into identity.api_key_secret values ($1, 'x', $2, now(), now())`, [AURORA, uuid])).rejects.toMatchObject({ code: '42501' });
      await as(AURORA, 'api_key:manage');
      expect([await seen(), await renamed()]).toEqual([[1, 1], 1]);
    } finally {
      await client.end();
    }
  });
});
