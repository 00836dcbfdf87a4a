// What is Twilio's own: its signatures, its forms and its error codes. What all channels share is in channel.contract.test.ts.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { StandIn } from '../../../ops/standins/standin.server.js';
import { startTwilioStandIn, type TwilioSent } from '../../../ops/standins/twilio.js';
import { arrival, call, CLIENT_REFERENCE, outboundText, providersAt, RECEIVED_AT } from '../../../test/kit/channels.js';
import type { OutboundFile, OutboundMessage } from './channel.port.js';
import { twilioSmsChannel, twilioWhatsappChannel } from './twilio.channel.js';

const ACCOUNT = 'AC00000000000000000000000000000001';
const OURS = '+15550001000';
const ANA = '+15550009999';
const credentials = { accountSid: ACCOUNT, authToken: 'auth-token', externalId: OURS };

describe('a signature', () => {
  // Source: spec/validation.spec.js of twilio-node (MIT), and the example of "Webhooks security" of Twilio's documentation.
  const url = 'https://mycompany.com/myapp.php?foo=1&bar=2';
  const form = 'CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212';
  const json = '{"property": "value", "boolean": true}';
  const digest = 'bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620';
  it.each<[string, string, string, string, boolean]>([
    ['as published', url, form, 'RSOYDt4T1cUTdK1PDd93/VVr8B8=', true],
    ['of nonsense', url, form, 'WRONG_SIGNATURE', false],
    ['made without our port', 'https://mycompany.com:1234/myapp.php?foo=1&bar=2', form, 'RSOYDt4T1cUTdK1PDd93/VVr8B8=', true],
    ['made with our port', 'http://mycompany.com:1234/myapp.php?foo=1&bar=2', form, 'Zmvh+3yNM1Phv2jhDCwEM3q5ebU=', true],
    ['made with :443', url, form, 'kvajT1Ptam85bY51eRf/AJRuM3w=', true],
    ['made with :80', 'http://mycompany.com/myapp.php?foo=1&bar=2', form, '0ZXoZLH/DfblKGATFgpif+LLRf4=', true],
    ['of an address with a password', 'https://user:pass@mycompany.com/myapp.php?foo=1&bar=2', form, 'CukzLTc1tT5dXEDIHm/tKBanW10=', true],
    ['of an address with a quote', 'https://mycompany.com/myapp.php?foo=1&bar=2&Body=It\'s+amazing', form, 'TfZzewPq8wqrGlMfyAud8+/IvJ0=', true],
    ['of a repeated name', url, 'MessagingBinding.Address=%2B1415xxxxxxx&MessagingBinding.Address=%2B1325xxxxxxx', '83O6e2vORAoJHUNzJjDWN1jz+BA=', true],
    ['of a repeated value', url, 'Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234', 'IK+Dwps556ElfBT0I3Rgjkr1wJU=', true],
    ['of another value', url, form.replace('1234&', '1235&'), 'RSOYDt4T1cUTdK1PDd93/VVr8B8=', false],
    ['of one field more', url, `${form}&X=1`, 'RSOYDt4T1cUTdK1PDd93/VVr8B8=', false],
    ['of another query', `${url}&x=1`, form, 'RSOYDt4T1cUTdK1PDd93/VVr8B8=', false],
    ['of JSON by its digest', `${url}&${digest}`, json, 'a9nBmqA0ju/hNViExpshrM61xv4=', true],
    ['of JSON whose digest is all there is', `https://mycompany.com/myapp.php?${digest}`, json, 'y77kIzt2vzLz71DgmJGsen2scGs=', true],
    ['of other JSON than the digest says', `${url}&${digest}`, `${json} `, 'a9nBmqA0ju/hNViExpshrM61xv4=', false],
    ['of JSON without a digest', url, json, 'RSOYDt4T1cUTdK1PDd93/VVr8B8=', false],
  ])('%s', (_name, address, body, signature, valid) => {
    const given = call({ url: address, headers: { 'x-twilio-signature': signature }, body: Buffer.from(body) });
    expect(twilioSmsChannel.open({ ...credentials, authToken: '12345' }).verify(given)).toBe(valid);
  });

  it('holds behind a proxy that takes the encryption off', () => {
    const given = call({ url: url.replace('https:', 'http:'), headers: { 'x-twilio-signature': 'RSOYDt4T1cUTdK1PDd93/VVr8B8=' }, body: Buffer.from(form) });
    expect(twilioSmsChannel.open({ ...credentials, authToken: '12345' }).verify(given)).toBe(true);
  });

  it('opens nothing of an inbox without a token', () => {
    expect(twilioSmsChannel.open({ ...credentials, authToken: '' }).verify(call({ url, headers: { 'x-twilio-signature': 'RSOYDt4T1cUTdK1PDd93/VVr8B8=' }, body: Buffer.from(form) }))).toBe(false);
  });
});

const incoming = (more: object = {}) => ({ MessageSid: 'SM1', SmsStatus: 'received', AccountSid: ACCOUNT, From: ANA, To: OURS, NumMedia: '0', ...more });
const read = (body: object, notes = {}, own = {}) => twilioSmsChannel.open({ ...credentials, ...own }).parse(body, arrival(notes));
const whatsapp = (body: object) => twilioWhatsappChannel.open(credentials).parse({ ...incoming(), From: `whatsapp:${ANA}`, To: `whatsapp:${OURS}`, ...body }, arrival());
const file = (url: string, mimeType: string) => ({ externalId: null, url, mimeType, fileName: null, sha256: null });
const media = (...types: string[]) => Object.fromEntries([['NumMedia', String(types.length)], ...types.flatMap((type, at) => [[`MediaUrl${at}`, `https://m/${at}`], [`MediaContentType${at}`, type]])]);

describe('what a customer sends', () => {
  it.each<[string, object, string, string | null, object | null]>([
    ['picture', { Body: 'Look', ...media('image/jpeg') }, 'IMAGE', 'Look', { kind: 'media', voice: false, media: [file('https://m/0', 'image/jpeg')] }],
    ['pictures', { Body: '', ...media('image/png', 'video/mp4') }, 'IMAGE', null, { kind: 'media', voice: false, media: [file('https://m/0', 'image/png'), file('https://m/1', 'video/mp4')] }],
    ['sticker', media('image/webp'), 'STICKER', null, { kind: 'media', voice: false, media: [file('https://m/0', 'image/webp')] }],
    ['card', media('text/vcard'), 'DOCUMENT', null, { kind: 'media', voice: false, media: [file('https://m/0', 'text/vcard')] }],
    ['place', { Latitude: '45.07', Longitude: '-7.6', Label: 'Home', Address: 'Via Po 1' }, 'LOCATION', 'Home', { kind: 'location', latitude: 45.07, longitude: -7.6, name: 'Home', address: 'Via Po 1' }],
    ['button', { Body: 'Yes', ButtonText: 'Yes', ButtonPayload: 'YES' }, 'CHOICE', 'Yes', { kind: 'choice', choiceId: 'YES', description: null, answers: null }],
    ['row of a list', { Body: 'Rome', ListId: 'rome', ListTitle: 'Rome' }, 'CHOICE', 'Rome', { kind: 'choice', choiceId: 'rome', description: null, answers: null }],
    ['place beyond the pole', { Latitude: '95', Longitude: '7' }, 'UNSUPPORTED', null, null],
    ['nothing', {}, 'UNSUPPORTED', null, null],
  ])('reads a %s', (_name, body, type, text, content) => {
    expect(whatsapp(body)).toMatchObject([{ kind: 'message', contact: { externalId: ANA, phone: ANA }, type, text, content, sentAt: RECEIVED_AT }]);
  });

  it('says who it is, what it answers, that it was passed on, and what brought them', () => {
    expect(whatsapp({ Body: 'Hi', ProfileName: 'Ana', OriginalRepliedMessageSid: 'SM0', Forwarded: 'true', ReferralSourceId: '120', ReferralSourceType: 'ad', ReferralHeadline: 'Summer' })).toMatchObject([
      { contact: { name: 'Ana' }, replyTo: 'SM0', forwarded: true, referral: { source: 'AD', sourceId: '120', headline: 'Summer' } },
    ]);
  });

  it.each<[string, object, boolean | undefined]>([
    ...['STOP', ' stop ', 'StopAll', 'UNSUBSCRIBE', 'cancel', 'END', 'QUIT'].map((word): [string, object, boolean] => [word, { Body: word }, false]),
    ...['START', 'yes', 'UNSTOP'].map((word): [string, object, boolean] => [word, { Body: word }, true]),
    ['a word of the number\'s own', { Body: 'BASTA', OptOutType: 'STOP' }, false], ['a sentence', { Body: 'Please stop by' }, undefined], ['help', { Body: 'HELP', OptOutType: 'HELP' }, undefined],
  ])('takes %j as what they want, by SMS and not by WhatsApp', (_name, body, wanted) => {
    const contact = { externalId: ANA, name: null, phone: ANA };
    expect(read(incoming(body)).slice(1)).toEqual(wanted === undefined ? [] : [{ kind: 'consent', contact, wanted, occurredAt: RECEIVED_AT }]);
    expect(whatsapp(body)).toHaveLength(1);
  });

  it('is of this inbox when its account, its number and its kind are', () => {
    expect(read(incoming({ Body: 'x', To: '+15550002000' }))).toEqual([]);
    expect(read(incoming({ Body: 'x', AccountSid: 'AC2' }))).toEqual([]);
    expect(read(incoming({ Body: 'x', From: `whatsapp:${ANA}`, To: `whatsapp:${OURS}` }))).toEqual([]);
    const service = { externalId: 'MG1' };
    expect(read(incoming({ Body: 'x', MessagingServiceSid: 'MG1' }), {}, service)).toHaveLength(1);
    expect(read(incoming({ Body: 'x', MessagingServiceSid: 'MG2' }), {}, service)).toEqual([]);
  });
});

describe('a report', () => {
  const report = (MessageStatus: unknown, more: object = {}) => ({ MessageSid: 'SM9', MessageStatus, AccountSid: ACCOUNT, From: OURS, To: ANA, ...more });
  it.each([['accepted', 'SENT'], ['queued', 'SENT'], ['sending', 'SENT'], ['sent', 'SENT'], ['delivered', 'DELIVERED'], ['read', 'READ'], ['undelivered', 'FAILED'], ['failed', 'FAILED'], ['canceled', 'FAILED']])(
    'that it is %s means %s, of the message that the address named', (word, state) => {
      const message = { message: CLIENT_REFERENCE };
      expect(read(report(word, { ErrorCode: '30003', RawDlrDoneDate: '2611291100' }), message)).toEqual([{
        kind: 'status', externalId: 'SM9', state, occurredAt: RECEIVED_AT, clientReference: CLIENT_REFERENCE, error: state === 'FAILED' ? { code: '30003', title: `Twilio says ${word}.` } : null,
      }]);
    });

  it('of a word of tomorrow, and of another number, says nothing', () => {
    expect(read(report('scheduled'))).toEqual([]);
    expect(read(report('sent', { From: '+15550002000' }))).toEqual([]);
  });

  it('names the message in the address that it was sent to, if that is one of ours', () => {
    const noted = (url: string) => twilioSmsChannel.open(credentials).note(call({ url }));
    expect(noted(`https://x/webhooks/twilio-sms/k?message=${CLIENT_REFERENCE}`)).toEqual({ message: CLIENT_REFERENCE });
    for (const url of ['https://x/k', 'https://x/k?message=', 'https://x/k?message=drop', '', `https://x/k?xmessage=${CLIENT_REFERENCE}`]) expect(noted(url)).toEqual({});
  });
});

describe('a message to a customer', () => {
  let standIn: StandIn;
  beforeAll(async () => { standIn = await startTwilioStandIn(); });
  beforeEach(() => fetch(`${standIn.url}/_sent`, { method: 'DELETE' }));
  afterAll(() => standIn.close());
  const taken = async () => (await (await fetch(`${standIn.url}/_sent`)).json()) as TwilioSent[];
  const options = () => ({ providers: providersAt(standIn.url), webhookUrl: 'https://house.test/webhooks/twilio-sms/key', signal: AbortSignal.timeout(5_000) });
  const sms = (changed: Partial<OutboundMessage> = {}, own = {}) => twilioSmsChannel.open({ ...credentials, ...own }).send(outboundText({ to: ANA, ...changed }), options());
  const picture: OutboundFile = { mimeType: 'image/png', fileName: null, size: 1, open: () => Promise.reject(new Error('not read')), url: () => 'https://house.test/file?until=1' };

  it('goes with the account, the sender, and where to report', async () => {
    const outcome = await sms();
    const [sent] = await taken();
    expect(outcome).toEqual({ kind: 'accepted', externalId: sent?.sid });
    expect(sent).toMatchObject({
      accountSid: ACCOUNT, authorization: `Basic ${Buffer.from(`${ACCOUNT}:auth-token`).toString('base64')}`,
      form: { To: ANA, From: OURS, Body: 'Ciao 👋', StatusCallback: `https://house.test/webhooks/twilio-sms/key?message=${CLIENT_REFERENCE}` },
    });
  });

  it('goes through a messaging service, with files and places where there are any', async () => {
    await sms({ said: { type: 'IMAGE', text: null, content: null }, files: [picture, picture] }, { externalId: 'MG1' });
    const place = { kind: 'location' as const, latitude: 45.5, longitude: 7, name: 'Home', address: null };
    await twilioWhatsappChannel.open(credentials).send(outboundText({ to: ANA, said: { type: 'LOCATION', text: 'Here', content: place } }), options());
    const [mms, location] = await taken();
    expect(mms?.form).toMatchObject({ MessagingServiceSid: 'MG1', MediaUrl: [picture.url(), picture.url()] });
    expect(mms?.form).not.toHaveProperty('From');
    expect(location?.form).toMatchObject({ To: `whatsapp:${ANA}`, From: `whatsapp:${OURS}`, Body: 'Here', PersistentAction: 'geo:45.5,7|Home' });
  });

  it('says where a place is that has no name', async () => {
    const place = { kind: 'location' as const, latitude: 45.5, longitude: -7, name: null, address: null };
    expect(await twilioWhatsappChannel.open(credentials).send(outboundText({ to: ANA, said: { type: 'LOCATION', text: null, content: place } }), options())).toMatchObject({ kind: 'accepted' });
    expect((await taken())[0]?.form).toMatchObject({ Body: '45.5,-7', PersistentAction: 'geo:45.5,-7|' });
  });

  it('brings a file that a customer sent: the account shows itself to Twilio, and to nobody whom Twilio names', async () => {
    const url = 'https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1';
    const asked: [string, string | null][] = [];
    const answering: typeof fetch = async (address, init) => {
      asked.push([String(address), new Headers(init?.headers).get('authorization')]);
      return asked.length === 1 ? new Response(null, { status: 307, headers: { location: 'https://mms.twiliocdn.com/1' } }) : new Response('bytes');
    };
    const answer = await twilioSmsChannel.open(credentials).fetchMedia({ externalId: null, url, mimeType: null, fileName: null, sha256: null }, { providers: providersAt('https://api.twilio.com'), fetch: answering, signal: AbortSignal.timeout(1_000) });
    expect(answer).toMatchObject({ kind: 'file' });
    expect(asked).toEqual([[url, `Basic ${Buffer.from(`${ACCOUNT}:auth-token`).toString('base64')}`], ['https://mms.twiliocdn.com/1', null]]);
  });

  it('names no address that the provider cannot reach', async () => {
    const own = twilioSmsChannel.open(credentials);
    const bodies: string[] = [];
    const answering = async (_url: unknown, init?: RequestInit) => { bodies.push(String(init?.body)); return Response.json({ sid: 'SM1' }, { status: 201 }); };
    await own.send(outboundText(), { providers: providersAt('https://api.twilio.com'), webhookUrl: 'http://127.0.0.1:4000/webhooks/twilio-sms/key', signal: AbortSignal.timeout(1_000), fetch: answering as typeof fetch });
    expect(bodies[0]).not.toContain('StatusCallback');
  });

  it.each<[string, Partial<OutboundMessage>, object, string, string]>([
    ['no number', { to: 'nobody' }, {}, 'permanent', '21211'],
    ['too many characters', { said: { type: 'TEXT', text: 'x'.repeat(1_601), content: null } }, {}, 'permanent', '21617'],
    ['a wrong token', {}, { authToken: ' ' }, 'reauthorise', 'invalid-token'],
  ])('to %s is refused', async (_name, changed, own, refusal, code) => {
    expect(await sms(changed, own)).toMatchObject({ kind: 'refused', class: refusal, code });
    expect(await taken()).toEqual([]);
  });

  it.each<[number, string]>([
    ...[14107, 20429, 21611, 30001, 30022, 63018].map((code): [number, string] => [code, 'retry']), ...[30023, 63038].map((code): [number, string] => [code, 'later']),
    ...[21211, 21408, 21614, 63003, 63024, 99999].map((code): [number, string] => [code, 'permanent']), ...[20003, 20005].map((code): [number, string] => [code, 'reauthorise']), [21610, 'opt-out'], [63016, 'window'],
  ])('that is refused with %i is a case of %s', (code, refusal) => {
    expect(twilioSmsChannel.classify(400, { code, message: 'Reason', status: 400 })).toEqual({ kind: 'refused', class: refusal, code: String(code), message: 'Reason' });
  });
});

describe('templates', () => {
  const listing = async (pages: unknown[], twilio = 'https://api.twilio.com') => {
    const asked: string[] = [];
    const answering = async (url: unknown) => { asked.push(String(url)); return Response.json(pages[asked.length - 1] ?? {}); };
    const list = await twilioWhatsappChannel.open(credentials).listTemplates({ providers: { ...providersAt(''), twilio }, fetch: answering as typeof fetch, signal: AbortSignal.timeout(5_000) });
    return { list, asked };
  };

  it('are asked for at the host of the Content API, and nowhere else, whatever it calls the next page', async () => {
    const next = { contents: [], meta: { next_page_url: 'https://evil.test/v1/Elsewhere?Page=1&PageToken=ab%26c&PageSize=9' } };
    const { list, asked } = await listing([next, { contents: [], meta: { next_page_url: null } }]);
    expect(list).toEqual({ kind: 'listed', templates: [] });
    expect(asked).toEqual(['https://content.twilio.com/v1/ContentAndApprovals?PageSize=100', 'https://content.twilio.com/v1/ContentAndApprovals?PageSize=100&Page=1&PageToken=ab%26c']);
    expect((await listing(Array.from({ length: 200 }, () => next))).list).toMatchObject({ kind: 'failed', message: expect.stringMatching(/no end/) });
    expect(await twilioSmsChannel.open(credentials).listTemplates({ providers: providersAt(''), signal: AbortSignal.timeout(5_000) })).toBeNull();
  });

  it('are read of whatever comes, and of what is no template nothing', async () => {
    const whole = { sid: 'HX1', friendly_name: 'a', language: 'en', variables: { 1: 'x' }, types: { 'twilio/media': { body: 'Hi {{1}} {{first name}}', media: ['https://m/{{2}}'], actions: [{ title: 'T', url: '{{1}}' }] } }, approval_requests: null };
    const { list } = await listing([{ contents: [whole], meta: {} }]);
    expect(list).toMatchObject({ templates: [{ name: 'a', status: 'UNSUBMITTED', category: 'UNKNOWN', header: { format: 'MEDIA', text: 'https://m/{{2}}' }, sentAs: 'HX1', slots: [
      { part: 'BODY', position: 1, name: null }, { part: 'BODY', name: 'first name' }, { part: 'HEADER', position: 2 }] }] });
    for (const key of Object.keys(whole)) {
      for (const instead of [null, 7, '', [], ['x'], {}, { a: 7 }, 'a\0b\ud800']) {
        const read = (await listing([{ contents: [{ ...whole, [key]: instead }], meta: instead }])).list;
        expect([key, instead, read?.kind]).toEqual([key, instead, 'listed']);
        expect(JSON.stringify(read)).not.toMatch(/\\u0000|\\ud800/);
      }
    }
    for (const body of [{}, { contents: 'x' }, { contents: {} }]) expect((await listing([body])).list).toMatchObject({ kind: 'failed' });
  });
});

const corpus = resolve(process.env.SWITCHBOARD_FIXTURES ?? '../shared/fixtures', 'channels/twilio/webhooks');
const present = existsSync(corpus);
(present ? describe : describe.skip)(present ? 'vendor samples' : 'vendor samples: skipped, no folder of fixtures (SWITCHBOARD_FIXTURES)', () => {
  it.each(present ? readdirSync(corpus) : ['none'])('%s', (name) => {
    const sample = JSON.parse(readFileSync(join(corpus, name), 'utf8')) as Record<string, string>;
    const report = sample['MessageStatus'] !== undefined;
    const externalId = (report ? sample['From'] : sample['To'])?.replace('whatsapp:', '');
    const items = twilioWhatsappChannel.open({ accountSid: sample['AccountSid'], authToken: 't', externalId }).parse(sample, arrival());
    expect(items).toMatchObject([{ kind: report ? 'status' : 'message', externalId: sample['MessageSid'] }]);
    expect(JSON.stringify(items)).not.toContain('UNSUPPORTED');
  });
});
