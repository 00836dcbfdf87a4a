// What must hold when all was killed and came to rest: each row that a question finds is a violation, by the sentence it gives.
import { OVERLAPS } from './races.booking.js';
import { STRIPE_KEY } from './kills.guests.js';
import type { KillWorld } from './kills.world.js';

const CAPTURED = `(select coalesce(sum(e.minor), 0) from commerce.payment_event e where e.payment_id = p.id and e.kind = 'CAPTURED')`;
const GIVEN_BACK = `(select coalesce(sum(r.minor), 0) from commerce.payment_refund r where r.payment_id = p.id and r.state = 'SUCCEEDED')`;

const QUESTIONS: readonly string[] = [
  `select format('order %s was charged %s times', p.order_id, count(*)) as text from commerce.payment p join commerce.payment_event e on e.payment_id = p.id where e.kind = 'CAPTURED' group by p.order_id having count(*) > 1`,
  `select format('the events of payment %s leave %s, and it has %s', p.id, b.minor, p.captured_minor - ${GIVEN_BACK}) as text
    from commerce.payment p, lateral (select coalesce(sum(e.minor), 0) as minor from commerce.payment_event e where e.payment_id = p.id) b where b.minor <> p.captured_minor - ${GIVEN_BACK} or p.captured_minor <> ${CAPTURED}`,
  `select format('%s were given back of payment %s, of which %s were taken', ${GIVEN_BACK}, p.id, p.captured_minor) as text from commerce.payment p where ${GIVEN_BACK} > p.captured_minor or p.refunded_minor <> ${GIVEN_BACK}`,
  `select format('order %s is %s and %s, with %s taken and %s given back of %s', o.id, o.charge_status, o.refund_status, s.captured, s.refunded, o.total_minor) as text
    from commerce.sales_order o, lateral (select coalesce(sum(p.captured_minor), 0) as captured, coalesce(sum(p.refunded_minor), 0) as refunded from commerce.payment p where p.order_id = o.id) s
    where o.charge_status <> (case when s.captured = 0 then 'NONE' when s.captured < o.total_minor then 'PARTIAL' when s.captured = o.total_minor then 'FULL' else 'OVERCHARGED' end)
      or o.refund_status <> (case when s.refunded = 0 then 'NONE' when s.refunded < s.captured then 'PARTIAL' else 'FULL' end)`,
  `select format('of %s there are %s with %s promised, and orders say %s and %s', s.variant_id, s.on_hand, s.reserved, m.hand - r.sold, r.held) as text from commerce.stock s,
    lateral (select sum(on_hand_change) filter (where kind = 'ADJUSTED') as hand, sum(on_hand_change) as moved, sum(reserved_change) as promised from commerce.stock_movement where variant_id = s.variant_id) m,
    lateral (select coalesce(sum(quantity) filter (where state = 'SOLD'), 0) as sold, coalesce(sum(quantity) filter (where state = 'HELD'), 0) as held from commerce.stock_reservation where variant_id = s.variant_id) r
    where s.on_hand <> m.moved or s.reserved <> m.promised or s.on_hand <> m.hand - r.sold or s.reserved <> r.held or s.reserved > s.on_hand`,
  `select format('order %s is paid and its goods are only kept', o.id) as text from commerce.sales_order o join commerce.stock_reservation r on r.order_id = o.id where r.state = 'HELD' and o.charge_status = 'FULL'`,
  `select format('a voucher was taken %s times of %s by %s orders', v.used, v.most_uses, o.n) as text from commerce.voucher v,
    lateral (select count(*) as n from commerce.sales_order where voucher_id = v.id and fulfillment_status not in ('CANCELED', 'REJECTED', 'EXPIRED')) o where v.used <> o.n or v.used > v.most_uses`,
  `select format('cart %s says it has %s lines and has %s', c.id, c.size, l.n) as text from commerce.cart c, lateral (select count(*) as n from commerce.cart_line where cart_id = c.id) l where c.size <> l.n`,
  `select format('cart %s became order %s and says %s', o.cart_id, o.id, c.order_id) as text from commerce.sales_order o left join commerce.cart c on c.id = o.cart_id where c.order_id is distinct from o.id`,
  `select format('order %s has %s steps of its history', o.id, count(e.seq)) as text from commerce.sales_order o left join commerce.order_event e on e.order_id = o.id group by o.id having count(e.seq) <> max(e.seq)`,
  OVERLAPS,
  `select format('event %s of Stripe was noted %s times', event_id, count(*)) as text from commerce.payment_webhook group by event_id having count(*) > 1`,
  `select format('event %s of Stripe is %s', event_id, state) as text from commerce.payment_webhook where state <> 'PROCESSED'`,
  `select format('payment %s still waits: %s, due %s', id, pending, due_at) as text from commerce.payment where pending is not null or due_at is not null`,
  `select format('refund %s is still on its way', id) as text from commerce.payment_refund where state = 'PENDING'`,
];

/** Everything was looked into, asked, written and told. */
const WAITING = `select (select count(*) from commerce.payment where pending is not null or due_at is not null) + (select count(*) from commerce.payment_webhook where state = 'RECEIVED') + (select count(*) from commerce.outbox) as waiting`;
/** What is due later is due now: nobody waits for an hour here. */
const NOW = `update commerce.payment set due_at = now() where due_at > now()`;
const QUIET_MS = 60_000;
const LOOK_MS = 250;

/** Until nothing waits; what still does after a minute is found by the questions. */
export async function comeToRest(world: KillWorld): Promise<void> {
  const end = Date.now() + QUIET_MS;
  for (;;) {
    const [row] = await world.rows<{ waiting: string }>(WAITING);
    if (row?.waiting === '0' || Date.now() > end) return;
    await world.rows(NOW);
    await new Promise((resolve) => { setTimeout(resolve, LOOK_MS); });
  }
}

/** Of the database, and of what Stripe was asked for. */
export async function violationsOf(world: KillWorld): Promise<string[]> {
  const found: string[] = [];
  for (const question of QUESTIONS) found.push(...(await world.rows<{ text: string }>(question)).map(({ text }) => text));
  return [...found, ...await ofStripe(world)];
}

interface Sent { path: string; form: Record<string, string>; repeated: boolean; id: string }

/** One intent for each payment, one refund for each of ours, and of each as much taken and given back as is written down here. */
async function ofStripe(world: KillWorld): Promise<string[]> {
  const sent = (await (await fetch(`${world.stripe.url}/_sent`)).json() as Sent[]).filter(({ repeated, id }) => !repeated && id !== '');
  const twice = (path: string, by: string): string[] => [...Map.groupBy(sent.filter((one) => one.path === path), ({ form }) => form[`metadata[${by}]`])]
    .flatMap(([id, all]) => (all.length > 1 ? [`Stripe was asked ${all.length} times for ${by} ${id}`] : []));
  const payments = await world.rows<{ id: string; external: string; captured: string; refunded: string }>(`select p.id, p.external_id as external, p.captured_minor::text as captured, ${GIVEN_BACK}::text as refunded from commerce.payment p where p.external_id is not null`);
  const headers = { authorization: `Bearer ${STRIPE_KEY}` };
  const said = await Promise.all(payments.map(async ({ id, external, captured, refunded }) => {
    const intent = await (await fetch(`${world.stripe.url}/v1/payment_intents/${external}`, { headers })).json() as { amount_received: number };
    const { data } = await (await fetch(`${world.stripe.url}/v1/refunds?payment_intent=${external}`, { headers })).json() as { data: { amount: number; status: string }[] };
    const back = data.filter(({ status }) => status === 'succeeded').reduce((all, { amount }) => all + amount, 0);
    return String(intent.amount_received) === captured && String(back) === refunded ? [] : [`Stripe took ${intent.amount_received} and gave back ${back} of payment ${id}, which says ${captured} and ${refunded}`];
  }));
  return [...twice('/v1/payment_intents', 'payment_id'), ...twice('/v1/refunds', 'refund_id'), ...said.flat()];
}
