// Webhooks at the door: exact refusals that store nothing but one security event a minute, and a handshake.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import { APP_SECRET, INBOX_KEY, TestConversations, textBody, VERIFY_TOKEN } from '../../../test/kit/conversations.js';
import { signMetaBody } from '../../../ops/standins/sign-webhook.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { SEEN_MS } from '../../kernel/crypto/data-keys.js';
import type { RouteRequest, RouteResponse } from '../../kernel/base/subgraph-port.js';

let house: TestConversations;
beforeAll(async () => { house = await TestConversations.boot(); });
beforeEach(() => house.admin.query(`truncate conversations.webhook_refusal, conversations.webhook_delivery, conversations.outbox, conversations.audit_staging,
  conversations.platform_audit_staging cascade`));
afterAll(() => house?.close());

const body = textBody({ id: 'wamid.1', text: 'Hello', from: '15550001111', name: 'Ana' });
const signed = (text: string, secret = APP_SECRET): { headers: Record<string, string> } => ({ headers: { 'x-hub-signature-256': signMetaBody(text, secret) } });
const refused = (status: number, error: string): RouteResponse => ({ status, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ error }) });
const ACCEPTED = { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: 'EVENT_RECEIVED' };

const handshake = (query: Record<string, string>, inboxKey = INBOX_KEY): Promise<RouteResponse> =>
  house.subject.running.routes.port.handle('webhookVerify', {
    params: { channel: 'whatsapp', inboxKey }, query: new URLSearchParams(query), headers: {}, body: Buffer.alloc(0), oversize: false, ip: '192.0.2.1', correlationId: 'hs', url: 'http://x/' });

interface Event {
  action: string; reason: string | null; outcome: string; type: string; resource: { type: string; id: string | null } | null; ip: string | null; correlationId: string;
}
const events = async (table: 'audit_staging' | 'platform_audit_staging'): Promise<Event[]> =>
  (await house.rows<{ event: Event }>(`select event from conversations.${table} order by id`))
    .map(({ event: { action, reason, outcome, type, resource, ip, correlationId } }) => ({ action, reason, outcome, type, resource, ip, correlationId }));
const security = (reason: string, id: string | null, correlationId = 'test-delivery', ip = '127.0.0.1'): Event =>
  ({ action: `webhook.${reason.replaceAll('-', '_')}`, reason, outcome: 'DENIED', type: 'SECURITY', resource: { type: 'Inbox', id }, ip, correlationId });
const own = (): string => encodeId('inb', house.inboxId);

describe('the handshake', () => {
  const right = { 'hub.mode': 'subscribe', 'hub.verify_token': VERIFY_TOKEN, 'hub.challenge': '42' };

  it('answers the bare challenge', async () => {
    expect(await handshake(right)).toEqual({ status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: '42' });
    expect(await events('audit_staging')).toEqual([]);
  });

  it.each<[string, Record<string, string>]>([
    ['a wrong token', { ...right, 'hub.verify_token': 'guess' }], ['no token', { 'hub.mode': 'subscribe', 'hub.challenge': '42' }],
    ['an empty token', { ...right, 'hub.verify_token': '' }], ['no challenge', { 'hub.mode': 'subscribe', 'hub.verify_token': VERIFY_TOKEN }],
    ['another mode', { ...right, 'hub.mode': 'unsubscribe' }], ['nothing', {}],
  ])('refuses %s', async (_, query) => {
    expect(await handshake(query)).toEqual(refused(403, 'bad-verify-token'));
    expect(await events('audit_staging')).toEqual([security('bad-verify-token', own(), 'hs', '192.0.2.1')]);
  });

  it('knows no inbox of another name', async () => {
    expect(await handshake(right, 'nobody')).toEqual(refused(404, 'unknown-inbox'));
    expect(await events('platform_audit_staging')).toEqual([security('unknown-inbox', null, 'hs', '192.0.2.1')]);
  });
});

describe('a delivery', () => {
  it('to a tenant that is being erased finds nobody, once the key of its inbox is gone', async () => {
    const [tenantId, key] = [newId(), 'erased'];
    await house.services.inboxes.create(tenantId, {
      key, name: 'Erased', channel: 'WHATSAPP', credentials: { appSecret: APP_SECRET, verifyToken: VERIFY_TOKEN, accessToken: 'x', externalId: '1' },
    });
    await house.rows('delete from conversations.data_key where tenant_id = $1', [tenantId]);
    await wait(SEEN_MS + 50);
    expect(await house.receive(body, { params: { channel: 'whatsapp', inboxKey: key } })).toEqual(refused(404, 'unknown-inbox'));
    expect(await house.rows('select id from conversations.webhook_delivery')).toEqual([]);
  });

  it('that is signed is stored once, byte for byte', async () => {
    for (let time = 0; time < 3; time += 1) expect(await house.receive(body)).toEqual(ACCEPTED);
    expect(await house.rows('select body, status, attempts from conversations.webhook_delivery')).toEqual([{ body: Buffer.from(body), status: 'RECEIVED', attempts: 0 }]);
    expect((await events('audit_staging')).map(({ action }) => action)).toEqual(['webhook.receive']);
  });

  it('that comes beside many is stored once with them, each with its own trail, and none bears the fault of another', async () => {
    const texts = Array.from({ length: 30 }, (_, n) => textBody({ id: `wamid.beside.${n % 20}`, text: n % 20 === 7 ? 'no room for this' : 'Hello', from: '15550001111', name: 'Ana' }));
    await house.admin.query(`alter table conversations.webhook_delivery add constraint room check (position('no room' in encode(body, 'escape')) = 0)`);
    try {
      const answers = await Promise.allSettled(texts.map((text, n) => house.receive(text, { ...signed(text), correlationId: `beside-${n}` })));
      const refusals = answers.flatMap((answer, n) => (answer.status === 'rejected' ? [n] : []));
      expect(refusals).toEqual([7, 27]);
      expect(answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []))).toEqual(Array.from({ length: 28 }, () => ACCEPTED));
    } finally {
      await house.admin.query('alter table conversations.webhook_delivery drop constraint room');
    }
    const stored = await house.rows<{ body: Buffer; correlation_id: string; transaction: string }>('select body, correlation_id, xmin::text as transaction from conversations.webhook_delivery order by id');
    expect(stored.map(({ body: bytes }) => bytes.toString()).toSorted()).toEqual([...new Set(texts)].filter((text) => !text.includes('no room')).toSorted());
    expect((await events('audit_staging')).map(({ action, correlationId }) => `${action} ${correlationId}`).toSorted()).toEqual(stored.map(({ correlation_id: id }) => `webhook.receive ${id}`).toSorted());
  });

  it.each<[string, number, string, string, Partial<RouteRequest>]>([
    ['without a signature', 401, 'missing-signature', body, { headers: {} }],
    ['with an empty one', 401, 'missing-signature', body, { headers: { 'x-hub-signature-256': '' } }],
    ['with one of another secret', 401, 'bad-signature', body, signed(body, 'other')],
    ['with one of another body', 401, 'bad-signature', body, signed(`${body} `)],
    ['with one in upper case', 401, 'bad-signature', body, { headers: { 'x-hub-signature-256': signMetaBody(body, APP_SECRET).toUpperCase() } }],
    ['with one of another algorithm', 401, 'bad-signature', body, { headers: { 'x-hub-signature-256': signMetaBody(body, APP_SECRET).replace('sha256=', 'sha1=') } }],
    ['of malformed JSON', 400, 'malformed-json', '{"object":', {}],
    ['of nothing', 400, 'malformed-json', '', {}],
    ['that is too large', 413, 'too-large', '', { oversize: true, headers: {} }],
  ])('%s is refused, and stores one security event of the tenant', async (_, status, reason, text, changed) => {
    expect(await house.receive(text, changed)).toEqual(refused(status, reason));
    expect(await house.receive(text, { ...changed, correlationId: 'again' })).toEqual(refused(status, reason));
    expect([await house.count('webhook_delivery'), await house.count('outbox')]).toEqual([0, 0]);
    expect([await events('audit_staging'), await events('platform_audit_staging')]).toEqual([[security(reason, own())], []]);
    expect(await house.rows('select reason, count from conversations.webhook_refusal')).toEqual([{ reason, count: 2 }]);
    expect(await house.receive(body)).toEqual(ACCEPTED);
  });

  const strangers = ['nobody', '', 'test-inbox\0', '\0', 'TEST-INBOX', `test-inbox' or true --`, '🙂', 'x'.repeat(100_000)];
  it.each(strangers.map((key) => [key.slice(0, 30), key]))('to an inbox nobody has (%j) is the event of the platform', async (_, inboxKey) => {
    expect(await house.receive(body, { params: { channel: 'whatsapp', inboxKey } })).toEqual(refused(404, 'unknown-inbox'));
    expect([await events('audit_staging'), await events('platform_audit_staging')]).toEqual([[], [security('unknown-inbox', null)]]);
    expect(await house.count('webhook_delivery')).toBe(0);
  });

  it('refused fifty times at the same moment is one event for each reason', async () => {
    const requests = Array.from({ length: 50 }, (_, index) => [
      () => house.receive(body, signed(body, 'other')), () => house.receive(body, { headers: {} }), () => house.receive(body, { params: { channel: 'whatsapp', inboxKey: `nobody-${index}` } }),
    ][index % 3]);
    const answers = await Promise.all(requests.map((request) => request?.()));
    expect(new Set(answers.map((answer) => answer?.status))).toEqual(new Set([401, 404]));
    expect((await events('audit_staging')).map(({ reason }) => reason).sort()).toEqual(['bad-signature', 'missing-signature']);
    expect((await events('platform_audit_staging')).map(({ reason }) => reason)).toEqual(['unknown-inbox']);
    const counted = await house.rows<{ count: number }>('select count from conversations.webhook_refusal order by count');
    expect(counted.map(({ count }) => count)).toEqual([16, 17, 17]);
  });

  it('refused in the next minute is another event', async () => {
    await house.receive(body, { headers: {} });
    house.clock.advance(60_000);
    await house.receive(body, { headers: {} });
    await house.receive(body, { headers: {} });
    expect((await events('audit_staging')).map(({ reason }) => reason)).toEqual(['missing-signature', 'missing-signature']);
  });
});

describe('the look-up of an inbox', () => {
  it('costs no statement while it is remembered, and notices a change after two seconds', async () => {
    const key = `changing-${newId()}`;
    const id = await house.createInbox(house.tenantId, key);
    const { database } = house.subject.running;
    const found = async (): Promise<boolean> => (await house.services.inboxes.byKey(key)) !== null;
    expect(await found()).toBe(true);
    const before = database.statements;
    expect([await found(), await found(), database.statements - before]).toEqual([true, true, 0]);
    await house.admin.query('update conversations.inbox set key = $1 where id = $2', [`${key}-gone`, id]);
    expect(await found()).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    expect(await found()).toBe(false);
  });

  it('of one nobody has is not remembered', async () => {
    expect(await house.services.inboxes.byKey('later')).toBeNull();
    const id = await house.createInbox(house.tenantId, 'later');
    expect(await house.services.inboxes.byKey('later')).toMatchObject({ id, tenantId: house.tenantId });
  });
});
