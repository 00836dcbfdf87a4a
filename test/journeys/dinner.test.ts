// From outside: a chat becomes a booking with a deposit and an order for its table, both followed live; the guest is reminded in the chat, comes, eats and goes; another tenant sees nothing of it.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { signStripeBody } from '../../ops/standins/sign-webhook.js';
import type { StandIn } from '../../ops/standins/standin.server.js';
import { startStripeStandIn } from '../../ops/standins/stripe.js';
import { makeVenue, type MadeVenue } from '../kit/booking.js';
import { operation } from '../kit/client.js';
import { TestClock } from '../kit/conversations.js';
import { stripeEvent } from '../kit/payments.js';
import { bootPlatform, type TestPlatform } from '../kit/platform.js';
import { until } from '../kit/until.js';

type Payload = Record<string, unknown> & { userErrors: { __typename: string; field: string[] | null }[] };
const SECRETS = { secretKey: 'sk_test_dinner0123456789', webhookSecret: 'whsec_dinner0123456789' };
const HOUR_MS = 3_600_000;

const clock = new TestClock();
let platform: TestPlatform;
let stripe: StandIn;
let venue: MadeVenue;
let [owner, agent, rival] = ['', '', ''];

beforeAll(async () => {
  stripe = await startStripeStandIn();
  platform = await bootPlatform({ clock, config: { stripeUrl: stripe.url } });
  await signIn();
  venue = await makeVenue((field, input, select) => send(field, input, select, owner) as never, { tables: [[1, 4]], timeZone: 'UTC', opens: '00:00', closes: '00:00' });
});
afterAll(async () => {
  await platform?.stop();
  await stripe?.close();
});

async function signIn(): Promise<void> {
  [owner, agent, rival] = await Promise.all([platform.signIn('owner@demo.test'), platform.signIn('agent@demo.test'), platform.signIn('owner@rival.test')]);
}
async function query<Data>(text: string, variables: Record<string, unknown> = {}, token = agent): Promise<Data> {
  const { data, errors } = await platform.ask(text, variables, token);
  if (errors) throw new Error(JSON.stringify(errors));
  return data as Data;
}
async function send(field: string, input: Record<string, unknown>, select: string, token = agent): Promise<Payload> {
  const Input = `${field[0]?.toUpperCase() ?? ''}${field.slice(1)}Input`;
  return (await query<Record<string, Payload>>(`mutation ($input: ${Input}!) { ${field}(input: $input) { ${select} userErrors { __typename field code } } }`, { input }, token))[field] as Payload;
}
async function made<Made>(field: string, input: Record<string, unknown>, select: string, token = agent): Promise<Made> {
  const payload = await send(field, input, select, token);
  expect(payload.userErrors).toEqual([]);
  return Object.values(payload)[0] as Made;
}

it('is a dinner', async () => {
  // The owner asks larger parties for a deposit, and has an account at Stripe and a dish.
  const account = await made<{ id: string; webhookUrl: string }>('paymentAccountCreate', { name: 'Till', ...SECRETS }, 'paymentAccount { id webhookUrl }', owner);
  const rule = { fromParty: 3, amount: { minor: '1500', currency: 'EUR' }, per: 'PERSON' };
  expect((await query<{ venueDepositSet: Payload }>(operation('venue-deposit-set'), { input: { venueId: venue.id, rule } }, owner)).venueDepositSet).toMatchObject({ venue: { deposit: { fromParty: 3, amount: { formatted: '€15.00' }, keptWhenLate: true } }, userErrors: [] });
  const dish = await made<{ variants: { id: string }[] }>('productCreate', { kind: 'MENU_ITEM', name: 'Menu', variants: [{ sku: 'MENU', prices: [{ minor: '4200', currency: 'EUR' }] }] }, 'product { variants { id } }', owner);

  // Both are followed live: each feed says by its gap that it stands.
  const told: { __typename: string; reservation?: { id: string; status: string; deposit: { status: string } | null } | null; order?: { id: string; fulfillmentStatus: string } | null }[] = [];
  const socket = createClient({ url: platform.wsUrl, webSocketImpl: WebSocket, connectionParams: { authorization: `Bearer ${agent}` } });
  for (const feed of ['reservation-feed', 'order-feed']) {
    socket.subscribe<Record<string, (typeof told)[number]>>({ query: operation(feed), variables: { after: 'bm9uc2Vuc2U' } }, { next: ({ data }) => { if (data) told.push(...Object.values(data)); }, error: () => undefined, complete: () => undefined });
  }
  await until(async () => told.length === 2, 'both feeds stand', 15_000);

  // Somebody who is known writes.
  await platform.deliver('A table for four, tomorrow or the day after?');
  interface Talk { id: string; contact: { name: string; customer: { id: string } | null } }
  const talks = async (): Promise<Talk[]> => (await query<{ conversations: { nodes: Talk[] } }>('{ conversations { nodes { id contact { name customer { id } } } } }')).conversations.nodes;
  await until(async () => (await talks()).length > 0, 'the customer has written', 15_000);
  const [talk] = await talks();
  const customerId = talk?.contact.customer?.id;

  // The agent finds a table and holds it; it is not had without its deposit.
  const earliest = clock.now().getTime() + 26 * HOUR_MS;
  const date = new Date(earliest).toISOString().slice(0, 10);
  const free = (await query<{ availability: { slots: { startsAt: string; state: string }[] } }>(operation('availability'), { venueId: venue.id, date, partySize: 4 })).availability.slots;
  const startsAt = free.find((slot) => slot.state === 'FREE' && Date.parse(slot.startsAt) >= earliest)?.startsAt ?? `${new Date(earliest + 24 * HOUR_MS).toISOString().slice(0, 10)}T00:00:00.000Z`;
  const hold = { venueId: venue.id, startsAt, partySize: 4, customerId, conversationId: talk?.id, guestName: 'Giulia', idempotencyKey: 'dinner-1' };
  const { id } = (await query<{ reservationHold: { reservation: { id: string } } }>(operation('reservation-hold'), { input: hold })).reservationHold.reservation;
  const confirm = async () => (await query<{ reservationConfirm: Payload }>(operation('reservation-confirm'), { input: { reservationId: id } })).reservationConfirm;
  expect(await confirm()).toMatchObject({ reservation: null, userErrors: [{ __typename: 'DepositRequired' }] });

  // The customer pays on their own device; Stripe tells of it, twice.
  const pay = (token = agent) => query<{ paymentCreate: Payload & { clientSecret: string | null; payment: { id: string; amount: { minor: string } } | null } }>(operation('deposit-pay'), { input: { reservationId: id, paymentAccountId: account.id, idempotencyKey: 'deposit-1' } }, token);
  const [{ paymentCreate: wished }, { paymentCreate: again }] = await Promise.all([pay(owner), pay(owner)]);
  expect([wished.userErrors, wished.payment?.amount.minor, again.payment?.id]).toEqual([[], '6000', wished.payment?.id]);
  const intent = wished.clientSecret?.split('_secret_')[0] ?? '';
  await fetch(`${stripe.url}/v1/payment_intents/${intent}/confirm`, { method: 'POST', headers: { authorization: `Bearer ${SECRETS.secretKey}` }, body: new URLSearchParams({ payment_method: 'pm_card_visa' }) });
  const event = JSON.stringify(stripeEvent('payment_intent.succeeded', { id: intent, object: 'payment_intent' }));
  for (let time = 0; time < 2; time += 1) {
    const answer = await fetch(`${platform.url}${new URL(account.webhookUrl).pathname}`, { method: 'POST', headers: { 'content-type': 'application/json', 'stripe-signature': signStripeBody(event, SECRETS.webhookSecret, clock.now()) }, body: event });
    expect(answer.status).toBe(200);
  }
  const look = async () => (await query<{ reservation: Record<string, unknown> }>('query ($id: ID!) { reservation(id: $id) { status deposit { status paid { minor } } payments { state } reminders { kind outcome } history { to } } }', { id }, owner)).reservation;
  await until(async () => (await look())['status'] === 'CONFIRMED', 'the deposit confirms the booking', 15_000);
  expect(await look()).toMatchObject({ deposit: { status: 'PAID', paid: { minor: '6000' } }, payments: [{ state: 'SUCCEEDED' }], history: [{ to: 'CONFIRMED' }, { to: 'HELD' }], reminders: [{ kind: 'H24', outcome: null }, { kind: 'H2', outcome: null }] });

  // What they will eat is ordered for that table.
  const { tables: [table] } = (await query<{ reservation: { tables: { name: string }[] } }>('query ($id: ID!) { reservation(id: $id) { tables { name } } }', { id })).reservation;
  const { id: cartId } = await made<{ id: string }>('cartCreate', { customerId, fulfillment: 'DINE_IN', address: `Table ${table?.name ?? ''}` }, 'cart { id }');
  await made('cartLineAdd', { cartId, variantId: dish.variants[0]?.id, quantity: 4 }, 'cart { id }');
  const order = await made<{ id: string }>('orderPlace', { cartId, idempotencyKey: 'dinner-order' }, 'order { id address }');
  expect(order).toMatchObject({ address: 'Table T1' });
  await until(async () => told.some((one) => one.order?.id === order.id) && told.some((one) => one.reservation?.status === 'CONFIRMED'), 'both were told live', 15_000);
  expect(told.flatMap(({ reservation }) => (reservation ? [reservation.id] : [])).every((one) => one === id)).toBe(true);
  expect(told.findLast(({ reservation }) => reservation)?.reservation).toMatchObject({ status: 'CONFIRMED', deposit: { status: 'PAID' } });
  await socket.dispose();

  // A day before, the clock says that it is time: the guest reads it in the chat.
  clock.advance(Date.parse(startsAt) - 24 * HOUR_MS - clock.now().getTime() + 1_000);
  await signIn();
  const read = async (): Promise<string[]> => (await (await fetch(`${platform.standIn.url}/_sent`)).json() as { body: { text?: { body: string } } }[]).flatMap(({ body }) => body.text?.body ?? []);
  await until(async () => (await read()).length > 0, 'the guest is reminded', 20_000);
  expect(await read()).toEqual([expect.stringMatching(/Trattoria, a table for 4/)]);
  await until(async () => JSON.stringify((await look())['reminders']) === JSON.stringify([{ kind: 'H24', outcome: 'SENT' }, { kind: 'H2', outcome: null }]), 'commerce knows that they were', 15_000);
  const talked = await query<{ conversation: { messages: { nodes: { text: string; author: unknown }[] }; reservations: { nodes: { id: string }[] } } }>(
    'query ($id: ID!) { conversation(id: $id) { messages(first: 5) { nodes { text author { __typename } } } reservations { nodes { id } } } }', { id: talk?.id });
  expect(talked.conversation).toMatchObject({ reservations: { nodes: [{ id }] }, messages: { nodes: expect.arrayContaining([expect.objectContaining({ author: null })]) } });

  // They come, eat and go; the deposit stays for the bill.
  for (const [verb, status] of [['Arrive', 'ARRIVED'], ['Seat', 'SEATED'], ['Complete', 'COMPLETED']]) {
    expect(await send(`reservation${verb}`, { reservationId: id }, 'reservation { status }')).toMatchObject({ reservation: { status }, userErrors: [] });
  }
  for (const to of ['ACCEPTED', 'PREPARING', 'READY', 'COMPLETED']) expect((await send('orderTransition', { orderId: order.id, to }, 'order { fulfillmentStatus }')).order).toEqual({ fulfillmentStatus: to });
  expect(await look()).toMatchObject({ status: 'COMPLETED', deposit: { status: 'PAID' } });

  // Nobody of another tenant sees or pays any of it.
  expect(await query('query ($id: ID!) { reservation(id: $id) { id } }', { id }, rival)).toEqual({ reservation: null });
  expect((await pay(rival)).paymentCreate).toMatchObject({ payment: null, userErrors: [{ __typename: 'ReservationNotFound' }] });
});
