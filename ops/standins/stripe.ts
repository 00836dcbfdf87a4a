// Stands in for Stripe's API on loopback: payment intents, refunds and disputes as documented, with its idempotency keys; and can be told to fail.
import { randomBytes } from 'node:crypto';
import { isRecord, startStandIn, type Json, type OtherCall, type Reply, type SendCall, type StandIn, type StandInOptions } from './standin.server.js';

const PATH = /^\/v1\/(payment_intents|refunds)(?:\/(pi_\w+)\/(confirm|capture|cancel))?$/;

/** One call that did something, as `GET /_sent` lists them, oldest first; `repeated`: its key was known, and it did nothing. */
export interface StripeSent { path: string; idempotencyKey: string; form: Record<string, string>; repeated: boolean; id: string }

interface Known { intents: Map<string, Json>; refunds: Map<string, Json>; disputes: Map<string, Json>; answers: Map<string, { said: string; reply: Reply }> }

const newId = (prefix: string): string => `${prefix}_${randomBytes(12).toString('hex')}`;
const seconds = (): number => Math.floor(Date.now() / 1000);
const error = (status: number, type: string, code: string, message: string, more: Json = {}): Reply => ({ status, body: { error: { type, code, message, ...more } } });
const unexpected = (intent: Json): Reply =>
  error(400, 'invalid_request_error', 'payment_intent_unexpected_state', `This PaymentIntent could not be changed because it has a status of ${String(intent['status'])}.`, { payment_intent: intent });

/**
 * `PUT /_disputes` with `{ payment_intent, status, amount? }` begins a dispute or changes it. `PUT /_refunds` with `{ payment_intent, amount, metadata? }` gives back as somebody
 * would at Stripe's dashboard, `{ id, status }` changes one. Payment methods: `pm_card_visa` pays, `pm_card_authenticationRequired` asks the customer first
 * (`PUT /_authenticate` with `{ id }` lets them agree), `pm_card_chargeDeclined` is declined, `pm_bank` takes its time (`PUT /_authenticate` ends it).
 */
export function startStripeStandIn(options?: StandInOptions): Promise<StandIn> {
  const known: Known = { intents: new Map(), refunds: new Map(), disputes: new Map(), answers: new Map() };
  return startStandIn<StripeSent>({
    sends: (path) => PATH.test(path),
    read: (bytes) => new URLSearchParams(bytes.toString('utf8')),
    refuse: ({ authorization, body }) => {
      if (!isKey(authorization)) return error(401, 'invalid_request_error', 'api_key_invalid', 'Invalid API Key provided.');
      return body instanceof URLSearchParams ? null : error(413, 'invalid_request_error', 'request_too_large', 'Request is larger than 1 MiB');
    },
    take: (call) => take(known, call),
    other: (call) => other(known, call),
    error: (what, words) => ({ error: { type: what === 'script' || what === 'unknown' ? 'invalid_request_error' : 'api_error', code: what === 'unknown' ? 'resource_missing' : undefined, message: words } }),
  }, options);
}

const isKey = (authorization: string): boolean => /^Bearer (sk|rk)_(test|live)_\w+$/.test(authorization);

/** The same key with the same parameters is the same answer, whatever it was; with others it is refused. */
function take(known: Known, { path, headers, body }: SendCall): { taken: StripeSent; reply: Reply } {
  const form = body as URLSearchParams;
  const idempotencyKey = headers['idempotency-key'] ?? '';
  const said = `${path}?${form.toString()}`;
  const before = idempotencyKey === '' ? undefined : known.answers.get(idempotencyKey);
  const mixed = before !== undefined && before.said !== said;
  const reply = mixed ? error(400, 'idempotency_error', 'idempotency_key_in_use', 'Keys for idempotent requests can only be used with the same parameters they were first used with.') : before?.reply ?? act(known, path, form);
  if (!before && idempotencyKey !== '') known.answers.set(idempotencyKey, { said, reply });
  const id = isRecord(reply.body) && typeof reply.body['id'] === 'string' ? reply.body['id'] : '';
  return { taken: { path, idempotencyKey, form: Object.fromEntries(form), repeated: before !== undefined, id }, reply: { status: reply.status, body: structuredClone(reply.body) } };
}

function act(known: Known, path: string, form: URLSearchParams): Reply {
  const [, what, id, verb] = PATH.exec(path) ?? [];
  if (what === 'refunds') return refund(known, form);
  if (id === undefined) return create(known, form);
  const intent = known.intents.get(id);
  if (!intent) return error(404, 'invalid_request_error', 'resource_missing', `No such payment_intent: '${id}'`);
  const { status } = intent;
  if (verb === 'confirm') return ['requires_payment_method', 'requires_confirmation', 'requires_action'].includes(String(status)) ? confirm(intent, form.get('payment_method') ?? '') : unexpected(intent);
  if (verb === 'capture') {
    const amount = Number(form.get('amount_to_capture') ?? intent['amount']);
    if (status !== 'requires_capture') return unexpected(intent);
    if (amount > Number(intent['amount'])) return error(400, 'invalid_request_error', 'amount_too_large', 'The amount to capture is greater than what is capturable.');
    return { status: 200, body: Object.assign(intent, { status: 'succeeded', amount_received: amount, amount_capturable: 0 }) };
  }
  if (status === 'succeeded' || status === 'canceled') return unexpected(intent);
  return { status: 200, body: Object.assign(intent, { status: 'canceled', amount_capturable: 0, canceled_at: seconds() }) };
}

function create({ intents }: Known, form: URLSearchParams): Reply {
  const [amount, currency, id] = [Number(form.get('amount')), form.get('currency') ?? '', newId('pi')];
  if (!Number.isInteger(amount) || amount < 1) return error(400, 'invalid_request_error', 'parameter_invalid_integer', 'Invalid integer: amount');
  if (!/^[a-z]{3}$/.test(currency)) return error(400, 'invalid_request_error', 'currency_invalid', 'Invalid currency');
  const intent = {
    id, object: 'payment_intent', amount, amount_capturable: 0, amount_received: 0, currency, capture_method: form.get('capture_method') ?? 'automatic', client_secret: `${id}_secret_${randomBytes(12).toString('hex')}`,
    created: seconds(), last_payment_error: null, latest_charge: null, livemode: false, metadata: metadataOf(form), payment_method: null, status: 'requires_payment_method',
  };
  intents.set(id, intent);
  return { status: 200, body: intent };
}

function confirm(intent: Json, method: string): Reply {
  if (method === 'pm_card_chargeDeclined') {
    const fault = { type: 'card_error', code: 'card_declined', decline_code: 'generic_decline', message: 'Your card was declined.' };
    Object.assign(intent, { status: 'requires_payment_method', last_payment_error: fault });
    return { status: 402, body: { error: { ...fault, payment_intent: intent } } };
  }
  const status = method === 'pm_card_authenticationRequired' ? 'requires_action' : method === 'pm_bank' ? 'processing' : null;
  Object.assign(intent, { payment_method: method, last_payment_error: null }, status === null ? paid(intent) : { status });
  return { status: 200, body: intent };
}

const paid = (intent: Json): Json => ({
  latest_charge: newId('ch'),
  ...(intent['capture_method'] === 'manual' ? { status: 'requires_capture', amount_capturable: intent['amount'] } : { status: 'succeeded', amount_received: intent['amount'] }),
});

const sumOf = ({ refunds }: Known, intent: string): number =>
  [...refunds.values()].filter((one) => one['payment_intent'] === intent && one['status'] !== 'failed').reduce((all, one) => all + Number(one['amount']), 0);

function refund(known: Known, form: URLSearchParams): Reply {
  const intent = known.intents.get(form.get('payment_intent') ?? '');
  if (!intent || intent['status'] !== 'succeeded') return error(400, 'invalid_request_error', 'resource_missing', 'This PaymentIntent has no successful charge to refund.');
  return giveBack(known, intent, Number(form.get('amount') ?? intent['amount_received']), metadataOf(form));
}

function giveBack(known: Known, intent: Json, amount: number, metadata: Json): Reply {
  const left = Number(intent['amount_received']) - sumOf(known, String(intent['id']));
  if (left === 0) return error(400, 'invalid_request_error', 'charge_already_refunded', 'The charge has already been refunded.');
  if (!(amount > 0) || amount > left) return error(400, 'invalid_request_error', 'amount_too_large', `Refund amount is greater than unrefunded amount on charge (${left}).`);
  const made = { id: newId('re'), object: 'refund', amount, charge: intent['latest_charge'], created: seconds(), currency: intent['currency'], metadata, payment_intent: intent['id'], reason: null, status: 'succeeded' };
  known.refunds.set(made.id, made);
  return { status: 200, body: made };
}

function other(known: Known, { method, pathname, query, body, authorization }: OtherCall): Reply | null {
  if (method === 'PUT' && isRecord(body)) return script(known, pathname, body);
  if (method !== 'GET' || !pathname.startsWith('/v1/')) return null;
  if (!isKey(authorization)) return error(401, 'invalid_request_error', 'api_key_invalid', 'Invalid API Key provided.');
  const intent = known.intents.get(/^\/v1\/payment_intents\/(pi_\w+)$/.exec(pathname)?.[1] ?? '');
  if (intent) return { status: 200, body: intent };
  const list = pathname === '/v1/refunds' ? known.refunds : pathname === '/v1/disputes' ? known.disputes : null;
  if (!list) return error(404, 'invalid_request_error', 'resource_missing', `No such resource: ${pathname}`);
  const data = [...list.values()].filter((one) => one['payment_intent'] === query.get('payment_intent')).reverse();
  return { status: 200, body: { object: 'list', data, has_more: false, url: pathname } };
}

function script(known: Known, pathname: string, given: Json): Reply | null {
  const intent = known.intents.get(String(given['payment_intent'] ?? given['id']));
  if (pathname === '/_authenticate' && intent) return { status: 200, body: Object.assign(intent, paid(intent)) };
  if (pathname === '/_refunds' && intent) return giveBack(known, intent, Number(given['amount']), {});
  const refunded = known.refunds.get(String(given['id']));
  if (pathname === '/_refunds' && refunded) return { status: 200, body: Object.assign(refunded, { status: given['status'] }) };
  if (pathname !== '/_disputes' || !intent) return null;
  const before = [...known.disputes.values()].find((one) => one['payment_intent'] === intent['id']);
  const dispute = before ?? { id: newId('dp'), object: 'dispute', amount: given['amount'] ?? intent['amount_received'], charge: intent['latest_charge'], created: seconds(), currency: intent['currency'], payment_intent: intent['id'], reason: 'fraudulent' };
  known.disputes.set(String(dispute['id']), Object.assign(dispute, { status: given['status'] }));
  return { status: 200, body: dispute };
}

const metadataOf = (form: URLSearchParams): Json =>
  Object.fromEntries([...form].flatMap(([name, value]) => { const [, key] = /^metadata\[(\w+)\]$/.exec(name) ?? []; return key === undefined ? [] : [[key, value]]; }));
