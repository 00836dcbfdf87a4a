// Webhook deliveries as Meta's WhatsApp Cloud API sends them, and their signature: for the demo, tests and benchmarks.
import { createHmac } from 'node:crypto';

const BUSINESS_ACCOUNT_ID = '419561257915477';
const DISPLAY_PHONE_NUMBER = '15550783881';

export interface WhatsappText {
  phoneNumberId: string;
  /** The sender's WhatsApp id: digits, without a plus sign. */
  from: string;
  /** The sender's profile name. */
  name: string;
  /** The provider's message id, `wamid.…`. */
  id: string;
  text: string;
  /** Seconds since 1970; now if left out. */
  timestamp?: number;
}

export interface WhatsappStatus {
  phoneNumberId: string;
  /** The provider's id of the message that was sent. */
  id: string;
  status: 'sent' | 'delivered' | 'read' | 'failed';
  /** The recipient's WhatsApp id. */
  recipient: string;
  /** The `biz_opaque_callback_data` of the send request; not echoed if left out. */
  clientReference?: string;
  /** Seconds since 1970; now if left out. */
  timestamp?: number;
  /** Only with status `failed`. */
  error?: { code: number; title: string };
}

/** The value of the `X-Hub-Signature-256` header over exactly these bytes. */
export function signMetaBody(body: string | Buffer, appSecret: string): string {
  return `sha256=${createHmac('sha256', appSecret).update(body).digest('hex')}`;
}

/** The JSON body of a delivery with one inbound text message. */
export function whatsappTextDelivery({ phoneNumberId, from, name, id, text, timestamp = nowInSeconds() }: WhatsappText): string {
  return whatsappDelivery(phoneNumberId, {
    contacts: [{ profile: { name }, wa_id: from }],
    messages: [{ from, id, timestamp: String(timestamp), type: 'text', text: { body: text } }],
  });
}

/** The JSON body of a delivery with one status update of an outbound message. */
export function whatsappStatusDelivery(update: WhatsappStatus): string {
  const { phoneNumberId, id, status, recipient, clientReference, timestamp = nowInSeconds(), error } = update;
  return whatsappDelivery(phoneNumberId, {
    statuses: [
      {
        id,
        status,
        timestamp: String(timestamp),
        recipient_id: recipient,
        ...(clientReference === undefined ? {} : { biz_opaque_callback_data: clientReference }),
        ...(error === undefined ? {} : { errors: [{ ...error, message: error.title }] }),
      },
    ],
  });
}

/** The JSON body of a delivery of any items: `contacts`, `messages`, `statuses`, or `message_echoes` of the field `smb_message_echoes`. */
export function whatsappDelivery(phoneNumberId: string, items: Record<string, unknown[]>, field = 'messages'): string {
  const metadata = { display_phone_number: DISPLAY_PHONE_NUMBER, phone_number_id: phoneNumberId };
  const value = { messaging_product: 'whatsapp', metadata, ...items };
  const entry = [{ id: BUSINESS_ACCOUNT_ID, changes: [{ value, field }] }];
  return escapeLikeMeta(JSON.stringify({ object: 'whatsapp_business_account', entry }));
}

/** Meta escapes slashes and all that is not ASCII before it signs: a receiver that serialises anew computes another signature. */
function escapeLikeMeta(json: string): string {
  return json
    .replaceAll('/', '\\/')
    .replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function nowInSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

/** The value of the `X-Twilio-Signature` header over a form that is posted to exactly this address. */
export function signTwilioForm(url: string, form: Record<string, string>, authToken: string): string {
  const fields = Object.entries(form).sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, value]) => name + value);
  return createHmac('sha1', authToken).update(url + fields.join('')).digest('base64');
}

/** The headers of a webhook after Standard Webhooks. @param secret `whsec_` and base64 */
export function signStandardWebhook(id: string, body: string, secret: string, at = new Date()): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const signature = createHmac('sha256', Buffer.from(secret.replace(/^whsec_/, ''), 'base64')).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}

/** The value of the `Stripe-Signature` header over exactly these bytes. @param secret `whsec_…`, whole */
export function signStripeBody(body: string | Buffer, secret: string, at = new Date()): string {
  const time = Math.floor(at.getTime() / 1000);
  return `t=${time},v1=${createHmac('sha256', secret).update(`${time}.`).update(body).digest('hex')}`;
}
