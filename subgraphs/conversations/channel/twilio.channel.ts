// Twilio: SMS and WhatsApp by one API, one signature and one kind of form.
import { askProvider } from './provider.ask.js';
import { z } from 'zod';
import { UNBOUND, WHATSAPP_WINDOW } from './channel.rules.js';
import { defineChannel, type ChannelSpec, type OutboundMessage, type RefusalClass, type SendOutcome } from './channel.port.js';
import type { MessageType } from './content.js';
import { decodeJson } from './meta.webhook.js';
import { clean, identifier, isRecord } from './payload.js';
import { callProvider, outcomeOfStatus } from './provider.call.js';
import type { ChannelMedia } from './media.port.js';
import { TWILIO_SMS_MEDIA, TWILIO_WHATSAPP_MEDIA, fetchTwilioMedia } from './twilio.media.js';
import { readTwilioCall, type TwilioSender } from './twilio.inbound.js';
import { listTwilioTemplates, templateFields } from './twilio.templates.js';
import { TWILIO_SIGNATURE, twilioSigned } from './twilio.signature.js';

export const TWILIO_URL = 'https://api.twilio.com';

const credentials = z.object({
  /** `AC…` */
  accountSid: z.string().regex(/^AC[0-9a-zA-Z]{1,64}$/),
  authToken: z.string(),
  /** What messages come from: a phone number with its plus sign, a short code, or the id of a messaging service (`MG…`). */
  externalId: z.string().min(1),
});
type Credentials = z.infer<typeof credentials>;

// Source: "Error and Warning Dictionary" of Twilio's documentation. What is not here goes by the HTTP status.
const CODES: Record<RefusalClass, readonly number[]> = {
  // Too many calls, too many messages a second, a queue that is full.
  retry: [14107, 20429, 21611, 30001, 30022, 63018],
  // Limits of a day, and what WhatsApp holds back for the time being.
  later: [30023, 30027, 63038, 63049],
  // No such number, not one that takes messages, no permission for its country, words or files that are not taken, no such template, or one that WhatsApp lets nobody send.
  permanent: [21211, 21212, 21214, 21217, 21408, 21602, 21604, 21605, 21606, 21608, 21609, 21612, 21614, 21617, 21620, 21623, 21654, 21655, 21656, 63003, 63007, 63013, 63015, 63024, 63027, 63028, 63032, 63040, 63041, 63042],
  // Wrong key, an account that is suspended or not active.
  reauthorise: [20003, 20005, 20008, 30002],
  'opt-out': [21610],
  window: [63016],
};
const MEANING = new Map(Object.entries(CODES).flatMap(([name, codes]) => codes.map((code): [number, RefusalClass] => [code, name as RefusalClass])));

interface TwilioDialect extends Pick<ChannelSpec<unknown>, 'name' | 'slug' | 'sending'> {
  /** For words: `Twilio SMS`. */
  provider: string;
  prefix: TwilioSender['prefix'];
  sends: MessageType[];
  media: ChannelMedia;
  templates?: true;
}

function twilioChannel({ provider, prefix, sends, templates, ...own }: TwilioDialect) {
  const spec: ChannelSpec<Credentials> = {
    ...own,
    credentials,
    acknowledgement: { contentType: 'text/xml; charset=utf-8', body: '<?xml version="1.0" encoding="UTF-8"?><Response></Response>' },
    signatureHeader: TWILIO_SIGNATURE,
    // Source: the parameter Body of "Message resource" of Twilio's documentation.
    textLimit: { most: 1_600, unit: 'characters' },
    sends: new Set(sends),

    verify: (call, { authToken }) => twilioSigned(call, authToken),
    note: ({ url }): Record<string, string> => {
      const message = /[?&]message=(msg_[0-9a-z]{26})(?:[&#]|$)/.exec(url)?.[1];
      return message === undefined ? {} : { message };
    },
    decode: decodeForm,
    envelopeId: () => null,
    parse: (body, { accountSid, externalId }, arrival) => readTwilioCall(body, { prefix, accountSid, externalId }, arrival),

    send: (message, { accountSid, authToken, externalId }, options) => {
      const basic = Buffer.from(`${accountSid}:${authToken}`).toString('base64');
      return callProvider({
        provider, secret: [authToken, basic], classify: (status, body) => spec.classify(status, body),
        url: `${options.providers.twilio}/2010-04-01/Accounts/${accountSid}/Messages.json`,
        headers: { authorization: `Basic ${basic}`, 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
        body: messageForm(message, { prefix, accountSid, externalId }, reportsTo(options.webhookUrl, options.providers.twilio)).toString(),
      }, options);
    },

    // Whether the account is theirs; what it may send from, Twilio says with each message.
    test: async ({ accountSid, authToken }, options) => {
      const basic = Buffer.from(`${accountSid}:${authToken}`).toString('base64');
      const answer = await askProvider({
        provider, secrets: [authToken, basic], headers: { authorization: `Basic ${basic}`, accept: 'application/json' }, url: `${options.providers.twilio}/2010-04-01/Accounts/${accountSid}.json`,
      }, (status, body) => asRefusal(classify(provider, status, body)), options);
      if (answer.kind !== 'answer') return answer;
      return answer.body.status === 'active' ? { kind: 'passed' } : { kind: 'refused', class: 'reauthorise', code: 'account-inactive', message: `${provider} says that the account is ${clean(String(answer.body.status))}.` };
    },
    classify: (status, body) => classify(provider, status, body),
    listTemplates: (account, options) => (templates ? listTwilioTemplates(account, (status, body) => asRefusal(classify(provider, status, body)), options) : null),
    fetchMedia: (reference, account, options) => fetchTwilioMedia(reference, account, options.providers.twilio, options),
  };
  return defineChannel(spec);
}

const asRefusal = (outcome: SendOutcome): Extract<SendOutcome, { kind: 'refused' }> | null => (outcome.kind === 'refused' ? outcome : null);

/** Twilio refuses the whole message for an address that it cannot reach. Its stand-in is on this machine too. */
function reportsTo(webhookUrl: string | undefined, provider: string): string | null {
  if (webhookUrl === undefined) return null;
  return webhookUrl.startsWith('https:') || provider.startsWith('http:') ? webhookUrl : null;
}

/** Reports come with our own id of the message: one that is earlier than Twilio's answer finds it too. */
function messageForm({ to, said: { text, content }, files, clientReference }: OutboundMessage, { prefix, externalId }: TwilioSender, reports: string | null): URLSearchParams {
  const form = new URLSearchParams({ To: `${prefix}${to}`, ...(externalId.startsWith('MG') ? { MessagingServiceSid: externalId } : { From: `${prefix}${externalId}` }) });
  if (content?.kind === 'template') for (const [name, value] of templateFields(content)) form.append(name, value);
  // A place without a name has words too: Twilio takes no message without.
  const body = text ?? (content?.kind === 'location' ? `${content.latitude},${content.longitude}` : null);
  if (body !== null && content?.kind !== 'template') form.append('Body', body.toWellFormed());
  for (const file of files) form.append('MediaUrl', file.url());
  if (content?.kind === 'location') form.append('PersistentAction', `geo:${content.latitude},${content.longitude}|${content.name ?? content.address ?? ''}`);
  if (reports !== null) form.append('StatusCallback', `${reports}?message=${encodeURIComponent(clientReference)}`);
  return form;
}

/** A form, or what Twilio sends as JSON; one value a name, and of several the last. */
function decodeForm(body: Buffer): unknown {
  const first = body.find((byte) => byte > 0x20);
  if (first === undefined) return undefined;
  return first === 0x7b ? decodeJson(body) : Object.fromEntries(new URLSearchParams(body.toString('utf8')));
}

function classify(provider: string, status: number, body: unknown): SendOutcome {
  const answer = isRecord(body) ? body : {};
  const sid = identifier(answer.sid);
  if (status >= 200 && status < 300 && sid !== null) return { kind: 'accepted', externalId: sid };
  const number = /^\d{1,6}$/.test(String(answer.code)) ? Number(answer.code) : null;
  const message = typeof answer.message === 'string' && answer.message !== '' ? clean(answer.message) : `${provider} answered HTTP ${status} without a message id or a reason.`;
  const meaning = number === null ? undefined : MEANING.get(number);
  const code = number === null ? `http-${status}` : String(number);
  return meaning === undefined ? outcomeOfStatus(status, code, message) : { kind: 'refused', class: meaning, code, message };
}

export const twilioSmsChannel = twilioChannel({ name: 'TWILIO_SMS', slug: 'twilio-sms', sending: UNBOUND, provider: 'Twilio SMS', prefix: '', media: TWILIO_SMS_MEDIA, sends: ['TEXT', 'IMAGE', 'VIDEO', 'AUDIO', 'DOCUMENT'] });

export const twilioWhatsappChannel = twilioChannel({
  name: 'TWILIO_WHATSAPP', slug: 'twilio-whatsapp', sending: { ...UNBOUND, window: WHATSAPP_WINDOW }, provider: 'Twilio WhatsApp', prefix: 'whatsapp:', media: TWILIO_WHATSAPP_MEDIA, sends: ['TEXT', 'IMAGE', 'VIDEO', 'AUDIO', 'DOCUMENT', 'LOCATION', 'TEMPLATE'], templates: true,
});
