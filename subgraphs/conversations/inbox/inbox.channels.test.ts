// Inboxes of the channels that are not Meta's: made, shown to work, and given new secrets.
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { signStandardWebhook, signTwilioForm } from '../../../ops/standins/sign-webhook.js';
import { startTwilioStandIn } from '../../../ops/standins/twilio.js';
import type { StandIn } from '../../../ops/standins/standin.server.js';
import { TestConversations } from '../../../test/kit/conversations.js';
import { person } from '../../../test/kit/subgraph.js';
import { newId } from '../../kernel/base/ids.js';
import type { RouteRequest, RouteResponse } from '../../kernel/base/subgraph-port.js';

let house: TestConversations;
let twilio: StandIn;
beforeAll(async () => {
  twilio = await startTwilioStandIn();
  house = await TestConversations.boot({ config: { twilioUrl: twilio.url } });
});
afterAll(async () => {
  await house?.close();
  await twilio?.close();
});

interface Answer { inbox: { id: string; webhookUrl: string } | null; signingSecret?: string | null; userErrors: { __typename: string; field: string[] }[] }

const manager = (tenantId = house.tenantId) => person(tenantId, ['inbox:read', 'inbox:manage']);

async function ask(mutation: 'inboxCreate' | 'inboxSecretRotate', input: Record<string, unknown>, by = manager()): Promise<Answer> {
  const told = mutation === 'inboxCreate' ? 'signingSecret' : '';
  const { data, errors } = await house.ask(`mutation ($input: ${mutation === 'inboxCreate' ? 'InboxCreateInput' : 'InboxSecretRotateInput'}!) {
    ${mutation}(input: $input) { ${told} inbox { id webhookUrl } userErrors { __typename field } } }`, { input }, by);
  if (errors) throw new Error(JSON.stringify(errors));
  return data?.[mutation] as Answer;
}
const create = (part: Record<string, unknown>, by = manager()): Promise<Answer> => ask('inboxCreate', { name: 'New', idempotencyKey: newId(), ...part }, by);
const refusals = ({ inbox, userErrors }: Answer) => [inbox, userErrors.map(({ __typename, field }) => [__typename, field.join('.')])];

function call(route: string, { webhookUrl }: { webhookUrl: string }, body: string, headers: Record<string, string> = {}): Promise<RouteResponse> {
  const [channel = '', inboxKey = ''] = webhookUrl.split('/').slice(-2);
  const request: RouteRequest = {
    params: { channel, inboxKey }, query: new URLSearchParams(), headers, body: Buffer.from(body), oversize: false, ip: '127.0.0.1', correlationId: 'test', url: webhookUrl,
  };
  return house.subject.running.routes.port.handle(route, request);
}
/** Every process has noticed by then. */
const noticed = (): Promise<void> => new Promise((resolve) => { setTimeout(resolve, 1_050); });

describe('an inbox of Twilio', () => {
  const sender = (from = '+15550100001') => ({ accountSid: `AC${'0'.repeat(31)}1`, authToken: 'token', from });

  it('takes what the account signs, and is nobody else\'s', async () => {
    const { inbox } = await create({ twilioSms: sender() });
    if (!inbox) throw new Error('No inbox.');
    const form = { AccountSid: sender().accountSid, MessageSid: `SM${'a'.repeat(32)}`, From: '+15550009999', To: sender().from, Body: 'Hello', NumMedia: '0' };
    const deliver = (authToken: string): Promise<RouteResponse> => call('webhookReceive', inbox, new URLSearchParams(form).toString(), {
      'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': signTwilioForm(inbox.webhookUrl, form, authToken),
    });
    expect([(await deliver('other')).status, (await deliver('token')).status]).toEqual([401, 200]);
    await house.ingestAll();
    expect(await house.rows(`select text from conversations.message where external_id = $1`, [form.MessageSid])).toEqual([{ text: 'Hello' }]);
    expect(refusals(await create({ twilioSms: sender() }, manager(newId())))).toEqual([null, [['InboxAddressTaken', 'input.twilioSms']]]);
    expect((await create({ twilioWhatsapp: sender() })).inbox).not.toBeNull();
  });

  it.each<[string, Record<string, unknown>, string, string]>([
    ['a token that Twilio refuses', { twilioSms: { ...sender('+15550100002'), authToken: ' ' } }, 'InputInvalid', 'input.twilioSms.authToken'],
    ['an account that is none', { twilioSms: { ...sender(), accountSid: 'AC1' } }, 'InputInvalid', 'input.twilioSms.accountSid'],
    ['a sender that is none', { twilioWhatsapp: sender('whatsapp:+15550100001') }, 'InputInvalid', 'input.twilioWhatsapp.from'],
  ])('with %s is refused', async (_, part, type, field) => {
    expect(refusals(await create(part))).toEqual([null, [[type, field]]]);
  });
});

describe('an inbox of a web chat', () => {
  it('lets in whom its secret proves, the former one too while both hold', async () => {
    const { inbox, signingSecret } = await create({ webChat: { origins: ['https://shop.example.com'], identityRequired: true } });
    if (!inbox || !signingSecret) throw new Error('No inbox.');
    const enter = async (secret: string): Promise<number> => (await call('webChatSession', inbox,
      JSON.stringify({ user: { userId: '42', hash: createHmac('sha256', secret).update('42').digest('hex') } }), { origin: 'https://shop.example.com' })).status;
    const next = 'another-identity-secret';
    expect([await enter(signingSecret), await enter(next)]).toEqual([200, 401]);
    expect((await ask('inboxSecretRotate', { inboxId: inbox.id, overlapHours: 1, webChat: { identitySecret: next } })).userErrors).toEqual([]);
    await noticed();
    expect([await enter(signingSecret), await enter(next)]).toEqual([200, 200]);
    house.clock.advance(3_600_000);
    await noticed();
    expect([await enter(signingSecret), await enter(next)]).toEqual([401, 200]);
    expect((await ask('inboxSecretRotate', { inboxId: inbox.id, webChat: { origins: [] } })).userErrors).toEqual([]);
    await noticed();
    expect(await enter(next)).toBe(403);
  });

  it.each([[['shop.example.com']], [['https://shop.example.com/path']], [Array.from({ length: 51 }, () => 'https://shop.example.com')]])('of pages that are none (%j) is refused', async (origins) => {
    expect(refusals(await create({ webChat: { origins } }))).toEqual([null, [['InputInvalid', 'input.webChat.origins']]]);
  });
});

describe('an inbox of a system of one\'s own', () => {
  it('takes what its secret signs, the former one too while both hold', async () => {
    const { inbox, signingSecret } = await create({ api: { callbackUrl: 'https://crm.example.com/hook' } });
    if (!inbox || !signingSecret) throw new Error('No inbox.');
    const next = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
    const deliver = async (secret: string): Promise<number> => {
      const body = JSON.stringify({ items: [{ kind: 'message', id: newId(), contact: { id: 'c1', name: 'Ana' }, sentAt: house.clock.now().toISOString(), text: 'Hello' }] });
      return (await call('webhookReceive', inbox, body, signStandardWebhook(newId(), body, secret, house.clock.now()))).status;
    };
    expect([await deliver(signingSecret), await deliver(next)]).toEqual([200, 401]);
    expect((await ask('inboxSecretRotate', { inboxId: inbox.id, overlapHours: 1, api: { secret: next } })).userErrors).toEqual([]);
    await noticed();
    expect([await deliver(signingSecret), await deliver(next)]).toEqual([200, 200]);
    house.clock.advance(3_600_000);
    await noticed();
    expect([await deliver(signingSecret), await deliver(next)]).toEqual([401, 200]);
  });

  it('without a place to call is refused', async () => {
    for (const callbackUrl of ['ftp://crm.example.com', 'http://10.0.0.1/hook', 'http://localhost.example.com/hook']) {
      expect(refusals(await create({ api: { callbackUrl } }))).toEqual([null, [['InputInvalid', 'input.api.callbackUrl']]]);
    }
    expect(refusals(await create({ api: { callbackUrl: 'https://crm.example.com/hook', secret: 'whsec_short' } }))).toEqual([null, [['InputInvalid', 'input.api.secret']]]);
  });
});
