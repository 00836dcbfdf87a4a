// The installation's own app delivers for many inboxes at once: each tenant gets its own part, and nobody a word of another's.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { TestConversations, batchBody } from '../../../test/kit/conversations.js';
import { signMetaBody } from '../../../ops/standins/sign-webhook.js';
import { Client } from 'pg';
import { newId } from '../../kernel/base/ids.js';
import type { RouteResponse } from '../../kernel/base/subgraph-port.js';
import { noteAddressJob } from '../jobs.js';
import { ADDRESS_DUE } from '../migrations/20261201-13-address-due.js';
import { conversationsDoor } from '../public.js';

const APP = 'test-app-secret';
const [MINE, THEIRS] = ['110000000000001', '110000000000002'];
const [OURS, FOREIGN] = ['900000000000001', '900000000000002'];
const rival = newId();

let house: TestConversations;
beforeAll(async () => {
  house = await TestConversations.boot({ sending: true });
  for (const [tenantId, channel, externalId] of [[house.tenantId, 'MESSENGER', MINE], [rival, 'MESSENGER', THEIRS], [house.tenantId, 'WHATSAPP', OURS], [rival, 'WHATSAPP', FOREIGN]] as const) {
    const id = await house.createInbox(tenantId, `app-${externalId}`, externalId, channel);
    await house.rows('update conversations.inbox set external_id = $2 where id = $1', [id, externalId]);
  }
});
beforeEach(() => house.admin.query('truncate conversations.webhook_delivery, conversations.webhook_replay, conversations.webhook_refusal, conversations.message cascade'));
afterAll(() => house?.close());

const call = (route: string, query: Record<string, string>, body: string, secret = APP): Promise<RouteResponse> => house.subject.running.routes.port.handle(route, {
  params: {}, query: new URLSearchParams(query), headers: secret === '' ? {} : { 'x-hub-signature-256': signMetaBody(body, secret) }, body: Buffer.from(body), oversize: false, ip: null, correlationId: 'app', url: '' });
const receive = (body: string, secret = APP): Promise<RouteResponse> => call('metaAppReceive', {}, body, secret);

const at = 1_749_416_383_000;
const entry = (page: string, text: string) => ({ id: page, time: at, messaging: [{ sender: { id: `person-of-${page}` }, recipient: { id: page }, timestamp: at, message: { mid: `m_${text}`, text } }] });
const pages = (...entries: object[]): string => JSON.stringify({ object: 'page', entry: entries });
const stored = (): Promise<object[]> => house.rows(`select tenant_id = $1 as mine, status, convert_from(body, 'UTF8') as body from conversations.webhook_delivery order by 1`, [house.tenantId]);
const texts = async (tenantId: string): Promise<unknown[]> => (await house.rows('select text from conversations.message where tenant_id = $1 order by text', [tenantId])).map(({ text }) => text);

describe('a delivery of the app', () => {
  it('is taken apart by page: each tenant is handed its own, once, and not a word of the other', async () => {
    const body = pages(entry(MINE, 'mine'), entry(THEIRS, 'theirs'), entry(MINE, 'mine too'), entry('120000000000000', 'of nobody'));
    for (let time = 0; time < 2; time += 1) expect(await receive(body)).toMatchObject({ status: 200, body: 'EVENT_RECEIVED' });
    expect(await stored()).toEqual([
      { mine: false, status: 'RECEIVED', body: pages(entry(THEIRS, 'theirs')) }, { mine: true, status: 'RECEIVED', body: pages(entry(MINE, 'mine'), entry(MINE, 'mine too')) }]);
    await house.ingestAll();
    expect([await texts(house.tenantId), await texts(rival)]).toEqual([['mine', 'mine too'], ['theirs']]);
  });

  it('is taken apart by number within one business account', async () => {
    const of = (number: string, text: string): unknown => (JSON.parse(batchBody([{ id: `wamid.${text}`, text, from: '15550001111', name: 'Ana' }])
      .replaceAll(/"phone_number_id":"\d+"/g, `"phone_number_id":"${number}"`)) as { entry: [{ changes: [unknown] }] }).entry[0].changes[0];
    const body = JSON.stringify({ object: 'whatsapp_business_account', entry: [{ id: '1', changes: [of(OURS, 'ours'), of(FOREIGN, 'foreign'), of(OURS, 'ours too')] }] });
    expect((await receive(body)).status).toBe(200);
    expect((await stored()).map((row) => JSON.stringify(row).includes('foreign'))).toEqual([true, false]);
    await house.ingestAll();
    expect([await texts(house.tenantId), await texts(rival)]).toEqual([['ours', 'ours too'], ['foreign']]);
  });

  it.each<[string, string, string, number]>([
    ['without a signature', pages(entry(MINE, 'x')), '', 401], ["signed with an inbox's own secret", pages(entry(MINE, 'x')), 'test-secret', 401], ['that is no JSON', '{', APP, 400],
    ['of an object that is none of ours', '{"object":"user","entry":[{"id":"1"}]}', APP, 200], ['of no list', '{"object":"page","entry":7}', APP, 200],
    ['of addresses that are none', '{"object":"page","entry":[{"id":7},null,[],{"id":""}]}', APP, 200], ['of nothing', 'null', APP, 200],
  ])('%s stores nothing', async (_, body, secret, status) => {
    expect([(await receive(body, secret)).status, await stored()]).toEqual([status, []]);
  });

  it('is begun with the verify token of the installation', async () => {
    const query = (token: string) => ({ 'hub.mode': 'subscribe', 'hub.verify_token': token, 'hub.challenge': '42' });
    expect(await call('metaAppVerify', query('test-app-verify-token'), '')).toMatchObject({ status: 200, body: '42' });
    for (const wrong of ['guess', '']) expect((await call('metaAppVerify', query(wrong), '')).status).toBe(403);
  });
});

describe('an inbox that was made before addresses were kept', () => {
  const OLD = '110000000000003';
  const door = () => conversationsDoor(house.services);
  const due = async () => (await door().overdue(house.admin)).flatMap(({ job, payloads }) => (job === noteAddressJob ? payloads.map((one) => noteAddressJob.payload.parse(one)) : []));
  const made = (tenantId: string, key: string, externalId: string, accessToken: string): Promise<string> => house.services.inboxes.create(tenantId, {
    key, name: key, channel: 'MESSENGER', credentials: { appSecret: 'secret', verifyToken: 'verify', accessToken, externalId } });
  /** As the owner of the tables, whom row-level security binds too. */
  async function migrated(): Promise<void> {
    const owner = new Client({ connectionString: house.subject.database.urls.owner });
    await owner.connect();
    for (const statement of ADDRESS_DUE) await owner.query(statement);
    await owner.end();
  }

  it('gets it once, from what it has sealed, if its provider says so and no other inbox has it', async () => {
    await fetch(`${house.standIn?.url}/_accounts`, { method: 'PUT', body: JSON.stringify({ refused: ['ended'] }) });
    const ids = [await made(house.tenantId, 'old-mine', OLD, `mine-${OLD}`), await made(rival, 'old-theirs', OLD, `theirs-${OLD}`), await made(rival, 'old-ended', '110000000000004', 'ended')];
    const chat = await house.services.inboxes.create(house.tenantId, { key: 'old-chat', name: 'Chat', channel: 'WEB_CHAT', credentials: { identitySecret: 'x'.repeat(32), tokenSecret: 'x'.repeat(32) } });
    await migrated();
    expect([(await receive(pages(entry(OLD, 'too early')))).status, await stored()]).toEqual([200, []]);
    const waiting = await due();
    expect(waiting.map(({ inboxId }) => inboxId)).toEqual(expect.arrayContaining(ids));
    expect(waiting.map(({ inboxId }) => inboxId)).not.toContain(chat);
    for (const payload of [...waiting, ...waiting]) await door().noteAddress(payload);
    expect(await due()).toEqual([]);
    const rows = await house.rows('select id, external_id, address_due_at from conversations.inbox where id = any($1) order by array_position($1, id)', [ids]);
    expect(rows).toEqual(ids.map((id, index) => ({ id, external_id: index === 0 ? OLD : null, address_due_at: null })));
    expect(await house.rows(`select event->>'outcome' as outcome, event->'after'->>'code' as code from conversations.audit_staging where event->>'action' = 'inbox.note_address' and tenant_id = $1 order by 2`, [rival]))
      .toEqual([{ outcome: 'FAILURE', code: '190' }, { outcome: 'FAILURE', code: 'NAME_TAKEN' }]);
    expect((await receive(pages(entry(OLD, 'found')))).status).toBe(200);
    await house.ingestAll();
    expect([await texts(house.tenantId), await texts(rival)]).toEqual([['found'], []]);
  });

  it('waits for a provider that cannot be asked, and for nobody of another tenant', async () => {
    const id = await made(house.tenantId, 'old-later', '110000000000005', 'mine-110000000000005');
    await migrated();
    expect(await door().noteAddress({ tenantId: rival, inboxId: id })).toBe(false);
    const { providers } = house.services;
    const { meta } = providers;
    providers.meta = 'http://127.0.0.1:1';
    expect(await door().noteAddress({ tenantId: house.tenantId, inboxId: id })).toBe(false);
    providers.meta = meta;
    expect([await door().noteAddress({ tenantId: house.tenantId, inboxId: id }), (await due()).filter(({ inboxId }) => inboxId === id)]).toEqual([false, []]);
    house.clock.advance(3_600_001);
    expect(await door().noteAddress({ tenantId: house.tenantId, inboxId: id })).toBe(true);
    expect(await house.rows('select external_id from conversations.inbox where id = $1', [id])).toEqual([{ external_id: '110000000000005' }]);
  });
});
