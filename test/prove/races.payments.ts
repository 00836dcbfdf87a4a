// Lanes of payments: what is left of one to be given back.
import { decodeId } from '../../subgraphs/kernel/base/ids.js';
import type { RaceLane } from './races.lane.js';
import { careless, CARELESS, cart, CLIENTS, customer, made, times, variant } from './races.sell.js';

const TAKEN = 1_000n;
const EACH = 100n;

const refunds: RaceLane = {
  name: 'refunds',
  breaks: 'alter table commerce.payment drop constraint payment_not_overrefunded',
  run: async (world, small) => {
    const clients = small ? 24 : CLIENTS;
    const cartId = await cart(world, (await customer(world)).id, await variant(world, false));
    const { lines } = (await world.ask('query ($id: ID!) { cart(id: $id) { lines { id } } }', { id: cartId })).data?.['cart'] as { lines: { id: string }[] };
    await made(world, 'cartLineUpdate', { lineId: lines[0]?.id, quantity: 10 }, 'cart { id }');
    const { id: orderId } = await made<{ id: string }>(world, 'orderPlace', { cartId, idempotencyKey: 'order' }, 'order { id }');
    const { id: paymentId } = await made<{ id: string }>(world, 'paymentRecord', { orderId, method: 'CASH', idempotencyKey: 'cash' }, 'payment { id }');
    const race = async (): Promise<number> => (await times(clients, async (client) => {
      const { userErrors } = await world.send('paymentRefund', { paymentId, amount: { minor: String(EACH), currency: 'EUR' }, idempotencyKey: `refund/${client}` }, 'refund { id }');
      const wrong = userErrors.find(({ __typename }) => __typename !== 'RefundTooLarge');
      if (wrong) throw new Error(JSON.stringify(wrong));
      return userErrors.length === 0;
    })).filter(Boolean).length;
    let given = 0;
    const id = decodeId('pay', paymentId) ?? '';
    const won = await careless(world, async () => (given = await race()), {
      id, look: `select captured_minor - refunded_minor >= ${EACH} as free from commerce.payment where id = $1`, write: `update commerce.payment set refunded_minor = refunded_minor + ${EACH} where id = $1`,
    });
    const [row] = await world.rows<{ refunded: string; balance: string; made: string }>(`select p.refunded_minor::text as refunded, (select sum(minor)::text from commerce.payment_event where payment_id = p.id) as balance,
      (select coalesce(sum(minor), 0)::text from commerce.payment_refund where payment_id = p.id and state = 'SUCCEEDED') as made from commerce.payment p where p.id = $1`, [id]);
    const [refunded, balance, sum] = [BigInt(row?.refunded ?? 0), BigInt(row?.balance ?? 0), BigInt(row?.made ?? 0)];
    return {
      attempts: clients + CARELESS, won,
      violations: [
        ...(refunded > TAKEN ? [`${refunded} were given back of ${TAKEN}`] : []), ...(BigInt(won) * EACH === TAKEN ? [] : [`${won} came through for ${TAKEN / EACH}`]),
        ...(balance === TAKEN - sum ? [] : [`events leave ${balance}, refunds ${TAKEN - sum}`]), ...(BigInt(given) * EACH === sum ? [] : [`${given} were answered and ${sum} given back`]),
      ],
    };
  },
};

export const paymentLanes: readonly RaceLane[] = [refunds];
