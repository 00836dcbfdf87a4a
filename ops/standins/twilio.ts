// Stands in for Twilio's Programmable Messaging API on loopback: takes SMS and WhatsApp messages as documented, and can be told to fail.
import { randomBytes } from 'node:crypto';
import { contentFlaw, contentPage, type StandInContent } from './twilio.content.js';
import { isRecord, startStandIn, type Json, type Reply, type SendCall, type StandIn, type StandInOptions } from './standin.server.js';

const SEND_PATH = /^\/2010-04-01\/Accounts\/([^/]+)\/Messages\.json$/;
/** Characters, as Twilio documents. */
const MAX_BODY = 1600;
const MAX_MEDIA = 10;

/** One message that the stand-in took, as `GET /_sent` lists them, oldest first. What it refused is not listed. */
export interface TwilioSent {
  accountSid: string;
  authorization: string;
  /** Of a field that came several times, all values. */
  form: Record<string, string | string[]>;
  sid: string;
}

/** `POST /2010-04-01/Accounts/{Sid}/Messages.json` sends. `PUT /_contents` replaces the templates of accounts: `{ [accountSid]: StandInContent[] }`. */
export function startTwilioStandIn(options?: StandInOptions): Promise<StandIn> {
  let contents: Record<string, StandInContent[]> = {};
  return startStandIn<TwilioSent>({
    sends: (path) => SEND_PATH.test(path),
    read: (bytes) => new URLSearchParams(bytes.toString('utf8')),
    refuse: (call) => refuse(call, contents[SEND_PATH.exec(call.path)?.[1] ?? ''] ?? []),
    take: ({ path, authorization, body }) => {
      const fields = body as URLSearchParams;
      const form = Object.fromEntries([...new Set(fields.keys())].map((name) => {
        const values = fields.getAll(name);
        return [name, values.length > 1 ? values : (values[0] ?? '')];
      }));
      const accountSid = SEND_PATH.exec(path)?.[1] ?? '';
      const sid = `${fields.has('MediaUrl') ? 'MM' : 'SM'}${randomBytes(16).toString('hex')}`;
      return { taken: { accountSid, authorization, form, sid }, reply: { status: 201, body: resource(accountSid, sid, fields) } };
    },
    other: ({ method, pathname, authorization, query, href, body }) => {
      if (method === 'PUT' && pathname === '/_contents' && isRecord(body)) {
        contents = body as Record<string, StandInContent[]>;
        return { status: 204 };
      }
      if (method === 'GET' && pathname === '/v1/ContentAndApprovals') {
        const named = accountIn(authorization);
        return named === null ? { status: 401, body: twilioError(401, 20003, 'Authenticate') } : { status: 200, body: contentPage(contents[named] ?? [], query, href) };
      }
      const account = /^\/2010-04-01\/Accounts\/([^/]+)\.json$/.exec(pathname)?.[1];
      if (method !== 'GET' || account === undefined) return null;
      return isAuthorised(authorization, account) ? { status: 200, body: { sid: account, status: 'active', type: 'Full' } } : { status: 401, body: twilioError(401, 20003, 'Authenticate') };
    },
    error: (what, words) => what === 'unknown'
      ? twilioError(404, 20404, `The requested resource ${words} was not found`) : twilioError(what === 'script' ? 400 : 500, 20500, words),
  }, options);
}

/** Whose token it is; null: none. */
function accountIn(authorization: string): string | null {
  const [account, token] = Buffer.from(/^Basic (\S+)$/.exec(authorization)?.[1] ?? '', 'base64').toString('utf8').split(':');
  return token !== undefined && token !== '' ? account ?? null : null;
}

const isAuthorised = (authorization: string, wanted: string | undefined): boolean => wanted !== undefined && accountIn(authorization) === wanted;

/** Source: "Create a Message" and "Twilio's Response" of Twilio's documentation. */
function refuse({ path, authorization, body }: SendCall, contents: readonly StandInContent[]): Reply | null {
  const fault = (status: number, code: number, message: string): Reply => ({ status, body: twilioError(status, code, message) });
  if (!isAuthorised(authorization, SEND_PATH.exec(path)?.[1])) return fault(401, 20003, 'Authenticate');
  if (!(body instanceof URLSearchParams)) return fault(413, 20413, 'Request is larger than 1 MiB');
  const [to, from, text] = ['To', 'From', 'Body'].map((name) => body.get(name) ?? '') as [string, string, string];
  const media = body.getAll('MediaUrl');
  if (to === '') return fault(400, 21604, "A 'To' phone number is required.");
  if (!/^(whatsapp:)?\+?\d{3,15}$/.test(to)) return fault(400, 21211, `Invalid 'To' Phone Number: ${to}`);
  if (from === '' && !body.has('MessagingServiceSid')) return fault(400, 21603, "A 'From' phone number is required.");
  if (from !== '' && from.startsWith('whatsapp:') !== to.startsWith('whatsapp:')) return fault(400, 21910, "Invalid From and To pair. From and To should be of the same channel");
  if (text === '' && media.length === 0 && !body.has('ContentSid')) return fault(400, 21602, 'Message body is required.');
  const flaw = contentFlaw(contents, body);
  if (flaw) return fault(400, flaw.code, flaw.message);
  if (text.length > MAX_BODY) return fault(400, 21617, 'The concatenated message body exceeds the 1600 character limit');
  if (media.length > MAX_MEDIA) return fault(400, 21623, 'Number of media files exceeds allowed limit');
  if (media.some((url) => !URL.canParse(url))) return fault(400, 21620, 'Invalid media URL(s)');
  const reports = body.get('StatusCallback');
  return reports !== null && !URL.canParse(reports) ? fault(400, 21609, `The 'StatusCallback' URL ${reports} is not a valid URL.`) : null;
}

function twilioError(status: number, code: number, message: string): Json {
  return { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status };
}

function resource(accountSid: string, sid: string, fields: URLSearchParams): Json {
  const now = new Date().toUTCString();
  return {
    account_sid: accountSid, api_version: '2010-04-01', body: fields.get('Body') ?? '', date_created: now, date_sent: null, date_updated: now, direction: 'outbound-api',
    error_code: null, error_message: null, from: fields.get('From'), messaging_service_sid: fields.get('MessagingServiceSid'), num_media: String(fields.getAll('MediaUrl').length),
    num_segments: '1', price: null, price_unit: null, sid, status: 'queued', to: fields.get('To'), uri: `/2010-04-01/Accounts/${accountSid}/Messages/${sid}.json`,
  };
}
