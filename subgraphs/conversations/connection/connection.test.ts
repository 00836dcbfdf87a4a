// Connecting by Meta's dialogue, against the stand-in: bound to who began and whose browser agreed, each code once; tokens exchanged in time; numbers verified.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { TestConversations } from '../../../test/kit/conversations.js';
import { person } from '../../../test/kit/subgraph.js';
import { VERIFICATION_CODE } from '../../../ops/standins/meta-graph.accounts.js';
import type { Actor } from '../../kernel/base/actor.js';
import { decodeId, encodeId, newId } from '../../kernel/base/ids.js';
import { tenantScope } from '../../kernel/data/scope.js';
import type { RouteResponse } from '../../kernel/base/subgraph-port.js';
import { refreshTokenJob } from '../jobs.js';
import { conversationsDoor } from '../public.js';

let house: TestConversations;
let manager: Actor;
const PERMISSIONS = ['conversation:read', 'inbox:read', 'inbox:manage'];
beforeAll(async () => {
  house = await TestConversations.boot({ sending: true });
  manager = person(house.tenantId, PERMISSIONS);
});
beforeEach(() => accounts({ refused: [], denies: null }));
afterAll(() => house?.close());

const accounts = async (script: object): Promise<void> => {
  const { ok } = await fetch(`${house.standIn?.url}/_accounts`, { method: 'PUT', body: JSON.stringify(script) });
  if (!ok) throw new Error('The stand-in took no script.');
};
const asked = async (): Promise<Record<string, unknown>[]> => await (await fetch(`${house.standIn?.url}/_accounts`)).json() as Record<string, unknown>[];

type Answer = Record<string, unknown> & { userErrors: { __typename: string; field: string[] | null }[] };
async function ask(mutation: string, input: Record<string, unknown>, select: string, by = manager): Promise<Answer> {
  const Input = `${mutation[0]?.toUpperCase() ?? ''}${mutation.slice(1)}Input`;
  const { data, errors } = await house.ask(`mutation ($input: ${Input}!) { ${mutation}(input: $input) { ${select} userErrors { __typename field ... on PhoneVerificationRefused { providerCode } } } }`, { input }, by);
  if (errors) throw new Error(JSON.stringify(errors));
  return data?.[mutation] as Answer;
}

const begin = async (channel: string, by = manager): Promise<{ connectionId: string; url: string }> => await ask('inboxConnectBegin', { channel }, 'connectionId url', by) as never;
/** What the browser of who agrees is sent back to us with. */
const agree = async (url: string): Promise<URL> => new URL((await fetch(url, { redirect: 'manual' })).headers.get('location') ?? '');
const callback = (query: URLSearchParams): Promise<RouteResponse> => house.subject.running.routes.port.handle('metaConnectCallback', {
  params: {}, query, headers: {}, body: Buffer.alloc(0), oversize: false, ip: null, correlationId: 'callback', url: '' });
const fragment = ({ headers }: RouteResponse): Record<string, string> => Object.fromEntries(new URLSearchParams(new URL(headers?.['location'] ?? '').hash.slice(1)));
/** From beginning to the frontend. */
async function agreed(channel: string, by = manager): Promise<{ connectionId: string; token: string }> {
  const { url } = await begin(channel, by);
  const { connection = '', token = '' } = fragment(await callback((await agree(url)).searchParams));
  return { connectionId: connection, token };
}
const choices = async ({ connectionId, token }: { connectionId: string; token: string }, by = manager): Promise<unknown> =>
  (await house.ask('query ($id: ID!, $token: String!) { inboxConnect(id: $id, token: $token) { id channel choices { externalId name } } }', { id: connectionId, token }, by)).data?.['inboxConnect'];
const INBOX = 'inbox { id name channel state externalId webhookUrl tokenExpiresAt } subscription { passed code message }';
const finish = (ready: { connectionId: string; token: string }, externalId: string, by = manager): Promise<Answer> => ask('inboxConnectFinish', { ...ready, externalId }, INBOX, by);

const NUMBER = '106540352242999';

describe('the dialogue', () => {
  it('connects a number of WhatsApp, whose deliveries Meta is told to send to the inbox', async () => {
    const { connectionId, url } = await begin('WHATSAPP');
    expect(Object.fromEntries(new URL(url).searchParams)).toMatchObject({
      client_id: '1234567890', redirect_uri: 'http://127.0.0.1:4000/oauth/meta/callback', response_type: 'code', scope: expect.stringContaining('whatsapp_business_messaging') });
    const answer = await callback((await agree(url)).searchParams);
    expect(answer).toMatchObject({ status: 302, headers: { location: expect.stringMatching(/^http:\/\/127\.0\.0\.1:4000\/connect-inbox#/), 'cache-control': 'no-store' } });
    const { connection, token = '' } = fragment(answer);
    expect(connection).toBe(connectionId);
    expect(await choices({ connectionId, token })).toEqual({ id: connectionId, channel: 'WHATSAPP', choices: [{ externalId: NUMBER, name: 'Trattoria Aurora +1 555-078-3881' }] });
    const made = await finish({ connectionId, token }, NUMBER);
    expect(made).toMatchObject({ inbox: { channel: 'WHATSAPP', state: 'ACTIVE', externalId: NUMBER, tokenExpiresAt: expect.any(String) }, subscription: { passed: true, code: null }, userErrors: [] });
    const { webhookUrl, id } = made['inbox'] as { webhookUrl: string; id: string };
    const subscription = (await asked()).at(-1);
    expect(subscription).toMatchObject({ path: '/v23.0/419561257915477/subscribed_apps', override_callback_uri: webhookUrl, verify_token: expect.stringMatching(/^[\w-]{32}$/) });
    // Meta checks that address with that token.
    const handshake = await house.subject.running.routes.port.handle('webhookVerify', {
      params: { channel: 'whatsapp', inboxKey: webhookUrl.split('/').at(-1) ?? '' }, headers: {}, body: Buffer.alloc(0), oversize: false, ip: null, correlationId: 'hs', url: webhookUrl,
      query: new URLSearchParams({ 'hub.mode': 'subscribe', 'hub.verify_token': String(subscription?.['verify_token']), 'hub.challenge': '42' }) });
    expect(handshake).toMatchObject({ status: 200, body: '42' });
    expect((await finish({ connectionId, token }, NUMBER))['inbox']).toMatchObject({ id });
    expect(await house.rows('select id from conversations.inbox where external_id = $1', [NUMBER])).toHaveLength(1);
  });

  it.each([['MESSENGER', '110000000000001', 'Trattoria Aurora'], ['INSTAGRAM', '17841400000000001', 'trattoria.aurora']])('connects %s by the token of the page, which does not end', async (channel, externalId, name) => {
    const ready = await agreed(channel);
    expect(await choices(ready)).toMatchObject({ choices: [{ externalId, name }] });
    expect(await finish(ready, externalId)).toMatchObject({ inbox: { channel, name, externalId, tokenExpiresAt: null }, subscription: { passed: true } });
    expect((await asked()).at(-1)).toMatchObject({ path: '/v23.0/110000000000001/subscribed_apps', token: 'EAApage-110000000000001', subscribed_fields: expect.stringContaining('messages') });
    const rival = person(newId(), PERMISSIONS);
    expect((await finish(await agreed(channel, rival), externalId, rival)).userErrors).toMatchObject([{ __typename: 'InboxAddressTaken', field: ['input', 'externalId'] }]);
  });

  it('connects an inbox of one\'s own once more: it gets the new token, is switched on if the provider had refused the old one, and is the same otherwise', async () => {
    const [{ id = '' } = {}] = await house.rows<{ id: string }>('select id from conversations.inbox where external_id = $1', [NUMBER]);
    const row = async (): Promise<Record<string, unknown>> => (await house.rows('select id, key, name, state, disabled_reason, token_expires_at > now() as ends from conversations.inbox where external_id = $1', [NUMBER]))[0] ?? {};
    const credentials = () => house.services.deps.database.inScope(tenantScope(house.tenantId), (tx) => house.services.inboxes.credentials(tx, house.tenantId, id), { readOnly: true });
    const before = [await row(), (await credentials())?.['verifyToken']];
    for (const [reason, state] of [['REAUTHORISE', 'ACTIVE'], ['MANUAL', 'DISABLED']] as const) {
      await house.rows(`update conversations.inbox set state = 'DISABLED', disabled_reason = $2, disabled_at = now(), token_expires_at = to_timestamp(0) where id = $1`, [id, reason]);
      expect(await finish(await agreed('WHATSAPP'), NUMBER)).toMatchObject({ inbox: { id: encodeId('inb', id), state }, subscription: { passed: true }, userErrors: [] });
      expect([await row(), (await credentials())?.['verifyToken']]).toEqual([{ ...before[0] as object, state, disabled_reason: state === 'ACTIVE' ? null : 'MANUAL' }, before[1]]);
    }
    expect((await house.rows(`select event->'after' as after from conversations.audit_staging where event->>'action' = 'inbox.connect_finish' order by id desc limit 1`))[0])
      .toEqual({ after: { state: 'DISABLED', disabledReason: 'MANUAL', rotated: ['accessToken'] } });
  });

  it('whose inbox was deleted since says so', async () => {
    const ready = await agreed('WHATSAPP');
    await house.rows(`update conversations.inbox set state = 'DELETED', credentials = null, external_id = null, disabled_reason = null, disabled_at = null where external_id = $1`, [NUMBER]);
    const { inbox } = await finish(ready, NUMBER);
    await house.rows(`update conversations.inbox set state = 'DELETED', credentials = null, external_id = null where external_id = $1`, [NUMBER]);
    expect([inbox, (await finish(ready, NUMBER)).userErrors]).toMatchObject([{ externalId: NUMBER }, [{ __typename: 'ChannelUnavailable', field: ['input', 'connectionId'] }]]);
  });

  it('is finished by who began it alone, with what their browser brought back', async () => {
    const ready = await agreed('MESSENGER');
    const others: [typeof ready, Actor][] = [
      [{ ...ready, token: 'x' }, manager], [ready, person(house.tenantId, PERMISSIONS)], [ready, person(newId(), PERMISSIONS, manager.sub ?? '')],
    ];
    for (const [tried, by] of others) {
      expect([await choices(tried, by), (await finish(tried, '110000000000001', by)).userErrors]).toMatchObject([null, [{ __typename: 'InboxConnectNotFound', field: ['input', 'connectionId'] }]]);
    }
    expect((await finish(ready, '999')).userErrors).toMatchObject([{ __typename: 'InputInvalid', field: ['input', 'externalId'] }]);
    expect(await choices(ready)).not.toBeNull();
    house.clock.advance(61 * 60_000);
    expect(await choices(ready)).toBeNull();
  });

  it('comes back once: of two callbacks at the same moment one goes on, and a state that is forged or late goes nowhere', async () => {
    const { connectionId, url } = await begin('MESSENGER');
    const { searchParams } = await agree(url);
    const twice = (await Promise.all([callback(searchParams), callback(searchParams)])).map(fragment);
    expect(twice.filter(({ token }) => token)).toHaveLength(1);
    expect(twice.filter(({ error }) => error === 'used')).toEqual([{ connection: connectionId, error: 'used' }]);
    const state = searchParams.get('state') ?? '';
    const flipped = Buffer.from(state, 'base64url');
    flipped[20] = 255 - (flipped[20] ?? 0);
    for (const forged of ['', 'x', flipped.toString('base64url')]) expect((await callback(new URLSearchParams({ code: 'x', state: forged }))).status).toBe(400);
    const { url: late } = await begin('MESSENGER');
    const back = (await agree(late)).searchParams;
    house.clock.advance(16 * 60_000);
    expect((await callback(back)).status).toBe(400);
  });

  it.each<[string, object, (query: URLSearchParams) => URLSearchParams, string]>([
    ['somebody does not agree', { denies: 'access_denied' }, (query) => query, 'access_denied'],
    ['the code is one that Meta does not know', {}, (query) => new URLSearchParams({ state: query.get('state') ?? '', code: 'guess' }), '100'],
  ])('ends without an inbox when %s', async (_, script, changed, error) => {
    await accounts(script);
    const { connectionId, url } = await begin('MESSENGER');
    expect(fragment(await callback(changed((await agree(url)).searchParams)))).toEqual({ connection: connectionId, error });
    expect(await house.rows('select state, granted from conversations.inbox_connection where id = $1', [decodeId('inc', connectionId)])).toEqual([{ state: 'FAILED', granted: null }]);
  });

  it('is for people, and what it granted is forgotten after an hour', async () => {
    const { connectionId } = await agreed('MESSENGER');
    await house.rows(`update conversations.inbox_connection set created_at = now() - interval '61 minutes'`);
    await conversationsDoor(house.services).tidy(house.admin);
    expect(await house.rows('select from conversations.inbox_connection where id = $1', [decodeId('inc', connectionId)])).toEqual([]);
    const key: Actor = { ...manager, kind: 'api_key', sub: null, apiKey: newId(), session: null };
    expect((await house.ask('mutation { inboxConnectBegin(input: { channel: WHATSAPP }) { url } }', {}, key)).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  });
});

describe('a token that ends', () => {
  let count = 0;
  /** An inbox whose token ends in some days. @returns its UUID */
  async function ending(days: number): Promise<string> {
    const id = await house.createInbox(house.tenantId, `ending-${count += 1}`, NUMBER);
    await house.rows('update conversations.inbox set token_expires_at = $2 where id = $1', [id, new Date(house.clock.now().getTime() + days * 86_400_000)]);
    return id;
  }
  const refresh = (id: string): Promise<boolean> => house.services.tokens.refresh(house.tenantId, id);
  const standing = async (id: string): Promise<Record<string, unknown>> => (await house.rows('select state, token_expires_at as ends, disabled_reason as reason from conversations.inbox where id = $1', [id]))[0] ?? {};
  const told = (id: string): Promise<Record<string, unknown>[]> => house.rows(`select payload->>'kind' as kind from conversations.attention_request where dedupe_key like $1`, [`%${id}%`]);

  it('is exchanged ten days before, once, however many try', async () => {
    const id = await ending(9);
    const before = house.clock.now().getTime();
    expect((await Promise.all([1, 2, 3].map(() => refresh(id)))).sort()).toEqual([false, false, true]);
    const { ends } = await standing(id);
    expect(((ends as Date).getTime() - before) / 86_400_000).toBeGreaterThan(59);
    expect(await refresh(id)).toBe(false);
    const later = await ending(11);
    expect(await refresh(later)).toBe(false);
    const { payloads } = (await conversationsDoor(house.services).overdue(house.admin)).find(({ job }) => job === refreshTokenJob) ?? { payloads: [] };
    expect(payloads).toEqual([]);
  });

  it('that Meta takes no more switches the inbox off', async () => {
    const id = await ending(3);
    await accounts({ refused: ['test-token'] });
    expect([await refresh(id), await standing(id), await told(encodeId('inb', id))]).toMatchObject([false, { state: 'DISABLED', reason: 'REAUTHORISE' }, [{ kind: 'INBOX_DISABLED' }]]);
    expect(await house.rows(`select event->'after' as after from conversations.audit_staging where event->>'action' = 'inbox.refresh_token' and event->>'outcome' = 'FAILURE'`)).toEqual([{ after: { code: '190' } }]);
  });

  it('and cannot be exchanged is told once, and tried again', async () => {
    const id = await ending(5);
    const { deps } = house.services;
    const app = deps.config.metaApp;
    deps.config.metaApp = undefined;
    expect([await refresh(id), await told(encodeId('inb', id))]).toEqual([false, [{ kind: 'INBOX_TOKEN_EXPIRING' }]]);
    house.clock.advance(6 * 3_600_000 + 1);
    expect([await refresh(id), await told(encodeId('inb', id))]).toEqual([false, [{ kind: 'INBOX_TOKEN_EXPIRING' }]]);
    deps.config.metaApp = app;
    expect(await refresh(id)).toBe(false);
    house.clock.advance(6 * 3_600_000 + 1);
    expect([await refresh(id), (await standing(id))['state']]).toEqual([true, 'ACTIVE']);
  });
});

describe('a number', () => {
  it('is verified by the code that came to it', async () => {
    const inboxId = encodeId('inb', house.inboxId);
    const confirm = (code: string): Promise<Answer> => ask('inboxPhoneVerificationConfirm', { inboxId, code }, 'inbox { id }');
    const start = (input: object): Promise<Answer> => ask('inboxPhoneVerificationBegin', { inboxId, method: 'SMS', language: 'en_US', ...input }, 'inbox { id }');
    expect((await confirm(VERIFICATION_CODE)).userErrors).toMatchObject([{ __typename: 'PhoneVerificationRefused', providerCode: '136025' }]);
    expect((await start({ language: 'English' })).userErrors).toMatchObject([{ __typename: 'InputInvalid', field: ['input', 'language'] }]);
    expect((await start({}))['inbox']).toEqual({ id: inboxId });
    expect((await confirm('000000')).userErrors).toMatchObject([{ __typename: 'PhoneVerificationRefused', field: ['input', 'code'] }]);
    expect((await confirm('12')).userErrors).toMatchObject([{ __typename: 'InputInvalid', field: ['input', 'code'] }]);
    expect(await confirm(VERIFICATION_CODE)).toMatchObject({ inbox: { id: inboxId }, userErrors: [] });
    const page = encodeId('inb', await house.createInbox(house.tenantId, 'a-page', '1', 'MESSENGER'));
    expect((await ask('inboxPhoneVerificationConfirm', { inboxId: page, code: VERIFICATION_CODE }, 'inbox { id }')).userErrors).toMatchObject([{ __typename: 'InputInvalid', field: ['input', 'inboxId'] }]);
  });
});
