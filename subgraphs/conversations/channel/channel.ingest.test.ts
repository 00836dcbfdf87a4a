// Channels beyond Meta's, from a signed call to the tables and from a message to its provider.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { signTwilioForm } from '../../../ops/standins/sign-webhook.js';
import type { StandIn } from '../../../ops/standins/standin.server.js';
import { startTwilioStandIn, type TwilioSent } from '../../../ops/standins/twilio.js';
import { TestConversations } from '../../../test/kit/conversations.js';
import { encodeId } from '../../kernel/base/ids.js';
import type { RouteResponse } from '../../kernel/base/subgraph-port.js';

let house: TestConversations;
let twilio: StandIn;
beforeAll(async () => {
  twilio = await startTwilioStandIn();
  house = await TestConversations.boot({ config: { twilioUrl: twilio.url, apiUrl: 'https://house.test' } });
});
afterAll(async () => {
  await house?.close();
  await twilio?.close();
});

const conversationOf = async (externalId: string): Promise<string> => (await house.rows<{ id: string }>(`select c.id from conversations.conversation c
  join conversations.contact_identity i on i.tenant_id = c.tenant_id and i.contact_id = c.contact_id where i.external_id = $1`, [externalId]))[0]?.id ?? '';

describe('SMS through Twilio', () => {
  const ACCOUNT = 'AC00000000000000000000000000000001';
  const [OURS, ANA] = ['+15550001000', '+15550009999'];
  const TOKEN = 'twilio-token';
  const ADDRESS = 'https://house.test/webhooks/twilio-sms/sms';
  let inboxId: string;
  beforeAll(async () => {
    inboxId = await house.services.inboxes.create(house.tenantId, { key: 'sms', name: 'SMS', channel: 'TWILIO_SMS', credentials: { accountSid: ACCOUNT, authToken: TOKEN, externalId: OURS } });
  });

  const post = async (form: Record<string, string>, address = ADDRESS, signature = signTwilioForm(address, form, TOKEN)): Promise<RouteResponse> => {
    const body = new URLSearchParams(form).toString();
    const answer = await house.receive(body, { params: { channel: 'twilio-sms', inboxKey: 'sms' }, headers: { 'x-twilio-signature': signature }, url: address });
    await house.ingestAll();
    return answer;
  };
  const incoming = (sid: string, words: string): Record<string, string> => ({ MessageSid: sid, SmsStatus: 'received', AccountSid: ACCOUNT, From: ANA, To: OURS, NumMedia: '0', Body: words });
  const report = (sid: string, status: string): Record<string, string> => ({ MessageSid: sid, MessageStatus: status, AccountSid: ACCOUNT, From: OURS, To: ANA });
  const consent = () => house.rows('select external_id, opted_out, source from conversations.contact_consent where inbox_id = $1', [inboxId]);

  it('is answered with nothing to say, stored once, and a stop holds', async () => {
    for (let time = 0; time < 2; time += 1) {
      expect(await post(incoming('SM1', 'Hello'))).toEqual({ status: 200, headers: { 'content-type': 'text/xml; charset=utf-8' }, body: '<?xml version="1.0" encoding="UTF-8"?><Response></Response>' });
    }
    await post({ ...incoming('SM1', 'Hello'), ApiVersion: '2010-04-01' });
    expect(await house.rows('select text, status from conversations.message where inbox_id = $1', [inboxId])).toEqual([{ text: 'Hello', status: 'RECEIVED' }]);
    expect(await consent()).toEqual([]);
    await post(incoming('SM2', 'Stop'));
    expect(await consent()).toEqual([{ external_id: ANA, opted_out: true, source: 'CUSTOMER' }]);
    await post(incoming('SM3', 'START'));
    expect(await consent()).toEqual([{ external_id: ANA, opted_out: false, source: 'CUSTOMER' }]);
    expect((await post(incoming('SM4', 'x'), ADDRESS, signTwilioForm(ADDRESS, incoming('SM4', 'y'), TOKEN))).status).toBe(401);
    expect((await post(incoming('SM4', 'x'), `${ADDRESS}?a=1`, signTwilioForm(ADDRESS, incoming('SM4', 'x'), TOKEN))).status).toBe(401);
  });

  it('is sent with the address of its reports, and a report that overtakes the answer finds it by our id', async () => {
    const conversation = await conversationOf(ANA);
    const first = await house.queue(conversation, 'One');
    await house.drain(conversation);
    const [sent] = await (await fetch(`${twilio.url}/_sent`)).json() as TwilioSent[];
    expect(sent?.form).toMatchObject({ To: ANA, From: OURS, Body: 'One', StatusCallback: `${ADDRESS}?message=${encodeId('msg', first)}` });
    await post(report(sent?.sid ?? '', 'delivered'), `${ADDRESS}?message=${encodeId('msg', first)}`);
    expect(await house.standing(first)).toMatchObject({ status: 'DELIVERED', external_id: sent?.sid, state: 'ACCEPTED' });

    // The provider took it and died before it could answer.
    await fetch(`${twilio.url}/_next`, { method: 'PUT', body: JSON.stringify([{ drop: 'after' }]) });
    const second = await house.queue(conversation, 'Two');
    await house.drain(conversation);
    expect(await house.standing(second)).toMatchObject({ status: 'QUEUED', external_id: null, state: 'ATTEMPTED' });
    const taken = (await (await fetch(`${twilio.url}/_sent`)).json() as TwilioSent[]).at(-1);
    await post(report(taken?.sid ?? '', 'sent'), String(taken?.form['StatusCallback']));
    expect(await house.standing(second)).toMatchObject({ status: 'SENT', external_id: taken?.sid, state: 'ACCEPTED' });
    expect(await house.drain(conversation)).toBe(0);
  });
});
