// Lanes of selling: what is in stock, a voucher, and a cart that many fill. Each also has writers who look first and write later, without asking again: only the constraint stops those.
import { decodeId } from '../../subgraphs/kernel/base/ids.js';
import type { RaceLane } from './races.lane.js';
import type { RaceWorld } from './races.world.js';

export const CLIENTS = 64;
export const CARELESS = 8;
const IN_STOCK = 10;
export const times = <Made>(count: number, make: (place: number) => Promise<Made>): Promise<Made[]> => Promise.all(Array.from({ length: count }, (_none, place) => make(place)));

export async function made<Made>(world: RaceWorld, field: string, input: Record<string, unknown>, select: string): Promise<Made> {
  const payload = await world.send(field, input, select);
  if (payload.userErrors.length > 0) throw new Error(`${field}: ${JSON.stringify(payload.userErrors)}`);
  return Object.values(payload)[0] as Made;
}
export const customer = (world: RaceWorld) => made<{ id: string }>(world, 'customerCreate', { name: 'Racer' }, 'customer { id }');
export async function variant(world: RaceWorld, tracksInventory: boolean): Promise<string> {
  const { variants } = await made<{ variants: { id: string }[] }>(world, 'productCreate', {
    kind: 'PRODUCT', name: 'Prize', variants: [{ sku: 'PRIZE', tracksInventory, prices: [{ minor: '100', currency: 'EUR' }] }],
  }, 'product { variants { id } }');
  return variants[0]?.id ?? '';
}
export async function cart(world: RaceWorld, customerId: string, variantId: string, voucherCode?: string): Promise<string> {
  const { id } = await made<{ id: string }>(world, 'cartCreate', { customerId, fulfillment: 'PICKUP' }, 'cart { id }');
  await made(world, 'cartLineAdd', { cartId: id, variantId, quantity: 1 }, 'cart { id }');
  if (voucherCode !== undefined) await made(world, 'cartUpdate', { cartId: id, voucherCode }, 'cart { id }');
  return id;
}
/** @returns whether it was ordered @throws when it was refused for another reason than the expected one */
async function place(world: RaceWorld, cartId: string, key: string, expected: string): Promise<boolean> {
  const { userErrors } = await world.send('orderPlace', { cartId, idempotencyKey: key }, 'order { id }');
  const wrong = userErrors.find(({ __typename }) => __typename !== expected);
  if (wrong) throw new Error(JSON.stringify(wrong));
  return userErrors.length === 0;
}

/** Who look before the race and write after it. @returns how many came through */
export async function careless(world: RaceWorld, race: () => Promise<number>, { look, write, id }: { look: string; write: string; id: string }): Promise<number> {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const looked: Promise<void>[] = [];
  const writers = Array.from({ length: CARELESS }, () => {
    const seen = Promise.withResolvers<void>();
    looked.push(seen.promise);
    return world.careless(async (query) => {
      const [row] = await query(look, [id]);
      seen.resolve();
      if (row?.['free'] !== true) throw new Error('There was nothing to be had before the race.');
      await over;
      await query(write, [id]);
    }).then(() => 1, (error: { code?: string }) => {
      // By a check, or by a unique index.
      if (error.code === '23514' || error.code === '23505') return 0;
      throw error;
    });
  });
  await Promise.all(looked);
  const won = await race().finally(resolve);
  return won + (await Promise.all(writers)).reduce((all, one) => all + one, 0);
}

const stock: RaceLane = {
  name: 'stock',
  breaks: 'alter table commerce.stock drop constraint stock_not_oversold',
  run: async (world, small) => {
    const each = small ? 2 : 20;
    const [variantId, { id: customerId }] = [await variant(world, true), await customer(world)];
    await made(world, 'stockAdjust', { variantId, change: IN_STOCK, idempotencyKey: 'count' }, 'stock { onHand }');
    const carts = await times(CLIENTS, () => cart(world, customerId, variantId));
    const race = async (): Promise<number> => {
      const won = await times(CLIENTS, async (client) => {
        let own = 0;
        let cartId = carts[client] ?? '';
        for (let attempt = 0; attempt < each; attempt += 1) {
          if (!await place(world, cartId, `${client}/${attempt}`, 'OutOfStock')) continue;
          own += 1;
          cartId = await cart(world, customerId, variantId);
        }
        return own;
      });
      return won.reduce((all, one) => all + one, 0);
    };
    const uuid = decodeId('vrnt', variantId) ?? '';
    const won = await careless(world, race, {
      id: uuid, look: 'select on_hand - reserved > 0 as free from commerce.stock where variant_id = $1', write: 'update commerce.stock set reserved = reserved + 1 where variant_id = $1',
    });
    const [row] = await world.rows<{ hand: number; reserved: number; orders: number; moved: number }>(`select s.on_hand::int as hand, s.reserved::int as reserved, (select count(*)::int from commerce.sales_order) as orders,
      (select sum(reserved_change)::int from commerce.stock_movement) as moved from commerce.stock s where s.variant_id = $1`, [uuid]);
    const { hand = 0, reserved = 0, orders = 0, moved = 0 } = row ?? {};
    return {
      attempts: CLIENTS * each + CARELESS, won,
      violations: [
        ...(reserved > hand ? [`${reserved} are promised of ${hand}`] : []), ...(won === IN_STOCK ? [] : [`${won} came through for ${IN_STOCK}`]),
        ...(orders === moved ? [] : [`${orders} orders moved ${moved}`]),
      ],
    };
  },
};

const voucher: RaceLane = {
  name: 'voucher',
  breaks: 'alter table commerce.voucher drop constraint voucher_not_overused',
  run: async (world, small) => {
    const [clients, most] = [small ? 24 : CLIENTS, 10];
    const variantId = await variant(world, false);
    const { id } = await made<{ id: string }>(world, 'voucherCreate', { code: 'RACE', percentPpm: 500_000, mostUses: most, mostUsesEach: 1 }, 'voucher { id }');
    const carts = await times(clients, async () => cart(world, (await customer(world)).id, variantId, 'RACE'));
    const race = async (): Promise<number> =>
      (await times(clients, (client) => place(world, carts[client] ?? '', `voucher/${client}`, 'VoucherUnusable'))).filter(Boolean).length;
    const won = await careless(world, race, {
      id: decodeId('vchr', id) ?? '', look: 'select used < most_uses as free from commerce.voucher where id = $1', write: 'update commerce.voucher set used = used + 1 where id = $1',
    });
    const [row] = await world.rows<{ used: number; orders: number }>(`select used, (select count(*)::int from commerce.sales_order where voucher_id is not null and discount_minor > 0) as orders from commerce.voucher`);
    const { used = 0, orders = 0 } = row ?? {};
    return {
      attempts: clients + CARELESS, won,
      violations: [...(used > most ? [`it was taken ${used} times of ${most}`] : []), ...(orders === most ? [] : [`${orders} orders cost less, of ${most}`])],
    };
  },
};

const cartEdits: RaceLane = {
  name: 'cart',
  breaks: 'alter table commerce.cart drop constraint cart_size',
  run: async (world, small) => {
    const [variantId, { id: customerId }, most] = [await variant(world, false), await customer(world), 50];
    const id = await cart(world, customerId, variantId);
    // Little has to be added until it is full: the rest is filled before.
    if (small) for (let line = 1; line < most - 10; line += 1) await made(world, 'cartLineAdd', { cartId: id, variantId, quantity: 1 }, 'cart { id }');
    const uuid = decodeId('cart', id) ?? '';
    const facts = async () => (await world.rows<{ size: number; version: number; lines: number }>(`select size, version, (select count(*)::int from commerce.cart_line where cart_id = $1) as lines from commerce.cart where id = $1`, [uuid]))[0];
    const before = await facts();
    const race = async (): Promise<number> => (await times(CLIENTS, async (client) => {
      const { userErrors } = await world.send('cartLineAdd', { cartId: id, variantId, quantity: 1 + client }, 'cart { id }');
      if (userErrors.some(({ __typename }) => __typename !== 'CartFull')) throw new Error(JSON.stringify(userErrors));
      return userErrors.length === 0;
    })).filter(Boolean).length;
    let edits = 0;
    const won = await careless(world, async () => (edits = await race()), {
      id: uuid, look: 'select size < 50 as free from commerce.cart where id = $1', write: 'update commerce.cart set size = size + 1 where id = $1',
    });
    const after = await facts();
    const { size = 0, version = 0, lines = 0 } = after ?? {};
    return {
      attempts: CLIENTS + CARELESS, won,
      violations: [
        ...(size > most ? [`it has ${size} lines of ${most}`] : []), ...(lines - (before?.lines ?? 0) === edits ? [] : [`${edits} were put in and ${lines - (before?.lines ?? 0)} are there`]),
        ...(version - (before?.version ?? 0) === edits ? [] : [`${edits} edits are ${version - (before?.version ?? 0)} versions`]),
      ],
    };
  },
};

export const sellLanes: readonly RaceLane[] = [stock, voucher, cartEdits];
