// What the trail tells of each mutation of commerce.
import { randomInt, randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import type { AuditCases, AuditWorld } from './audit.world.js';

const OWNER = 'owner@demo.test';
const PRICE = { minor: '950', currency: 'EUR' };

async function byOwner(world: AuditWorld) {
  const by = await world.token(OWNER);
  return { by, actor: world.of(by).user };
}
const made = async <Made>(world: AuditWorld, field: string, input: Record<string, unknown>, select: string): Promise<Made> =>
  Object.values(await world.done(field, { ...await byOwner(world), input, select }))[0] as Made;
const idOf = (payload: Record<string, unknown>): string => (Object.values(payload).find((value) => typeof value === 'object' && value !== null && 'id' in value) as { id: string }).id;

const sku = (): string => `SKU-${randomUUID()}`;
const letters = (): string => Array.from({ length: 12 }, () => String.fromCharCode(65 + randomInt(26))).join('');
const category = (world: AuditWorld) => made<{ id: string; name: string }>(world, 'categoryCreate', { name: `Pizza ${randomUUID()}` }, 'category { id name }');
const customer = (world: AuditWorld) => made<{ id: string }>(world, 'customerCreate', { name: 'A name that stays out of the trail' }, 'customer { id }');
const voucher = (world: AuditWorld) => made<{ id: string; code: string }>(world, 'voucherCreate', { code: letters(), percentPpm: 100_000 }, 'voucher { id code }');

interface Sold { id: string; variants: { id: string; sku: string }[]; optionGroups: { choices: { id: string }[] }[] }
const product = (world: AuditWorld) => made<Sold>(world, 'productCreate', {
  kind: 'MENU_ITEM', name: 'Margherita', variants: [{ sku: sku(), prices: [PRICE] }], optionGroups: [{ name: 'Extra', least: 0, most: 1, choices: [{ name: 'Cheese' }] }],
}, 'product { id variants { id sku } optionGroups { choices { id } } }');
const variant = async (world: AuditWorld): Promise<{ id: string; sku: string }> => (await product(world)).variants[0] ?? { id: '', sku: '' };

const cart = async (world: AuditWorld) => made<{ id: string }>(world, 'cartCreate', { customerId: (await customer(world)).id, fulfillment: 'PICKUP' }, 'cart { id }');
interface Filled { id: string; line: string; choices: string[] }
async function filled(world: AuditWorld): Promise<Filled> {
  const [{ id }, { variants, optionGroups }] = [await cart(world), await product(world)];
  const { lines } = await made<{ lines: { id: string }[] }>(world, 'cartLineAdd', { cartId: id, variantId: variants[0]?.id, quantity: 2 }, 'cart { lines { id } }');
  return { id, line: lines[0]?.id ?? '', choices: optionGroups.flatMap(({ choices }) => choices.map((one) => one.id)) };
}
const order = async (world: AuditWorld) => made<{ id: string }>(world, 'orderPlace', { cartId: (await filled(world)).id, idempotencyKey: randomUUID() }, 'order { id }');

const SHOP = ['currency', 'timeZone', 'locale', 'pricesIncludeTax', 'taxRatePpm', 'holdMinutes'];

export const commerceCases: AuditCases = {
  shopUpdate: async (world) => {
    const { by, actor } = await byOwner(world);
    const { shop } = await world.query<{ shop: Record<string, unknown> }>(`{ shop { id ${SHOP.join(' ')} } }`, by);
    const { id, ...before } = shop;
    return { by, input: { timeZone: 'Europe/Rome' }, told: () => ({ id: String(id), actor, before, after: { ...before, timeZone: 'Europe/Rome' } }) };
  },
  categoryCreate: async (world) => {
    const [{ by, actor }, name] = [await byOwner(world), `Pasta ${randomUUID()}`];
    return { by, input: { name }, select: 'category { id }', told: (payload) => ({ id: idOf(payload), actor, after: { name, taxRatePpm: null } }) };
  },
  categoryUpdate: async (world) => {
    const [{ by, actor }, { id, name }] = [await byOwner(world), await category(world)];
    return { by, input: { categoryId: id, archived: true, taxRatePpm: 70_000 }, told: () => ({ id, actor, before: { name, taxRatePpm: null, archived: false }, after: { name, taxRatePpm: 70_000, archived: true } }) };
  },
  productCreate: async (world) => {
    const [{ by, actor }, { id: categoryId }] = [await byOwner(world), await category(world)];
    return {
      by, input: { kind: 'SERVICE', name: 'Table setting', categoryId, variants: [{ sku: sku(), prices: [PRICE] }] }, select: 'product { id }',
      told: (payload) => ({ id: idOf(payload), actor, after: { kind: 'SERVICE', name: 'Table setting', variants: 1 } }),
    };
  },
  productUpdate: async (world) => {
    const [{ by, actor }, { id }, { id: categoryId }] = [await byOwner(world), await product(world), await category(world)];
    return {
      by, input: { productId: id, name: 'Marinara', categoryId, windows: [] },
      told: () => ({ id, actor, before: { name: 'Margherita', archived: false }, after: { name: 'Marinara', archived: false, fields: ['categoryId', 'name', 'windows'] } }),
    };
  },
  productsImport: async (world) => {
    const { by, actor } = await byOwner(world);
    return { by, input: { csv: `kind,name,sku,price,currency\nPRODUCT,Chianti,${sku()},12.50,EUR\n` }, told: () => ({ id: null, actor, after: { products: 1, variants: 1, dryRun: false } }) };
  },
  variantCreate: async (world) => {
    const [{ by, actor }, { id }, own] = [await byOwner(world), await product(world), sku()];
    return { by, input: { productId: id, sku: own, prices: [PRICE] }, select: 'variant { id }', told: (payload) => ({ id: idOf(payload), actor, after: { product: id, sku: own } }) };
  },
  variantUpdate: async (world) => {
    const [{ by, actor }, { id, sku: own }] = [await byOwner(world), await variant(world)];
    return {
      by, input: { variantId: id, prices: [PRICE], tracksInventory: true },
      told: () => ({ id, actor, before: { sku: own, archived: false }, after: { sku: own, archived: false, fields: ['prices', 'tracksInventory'] } }),
    };
  },
  stockAdjust: async (world) => {
    const [{ by, actor }, { id }] = [await byOwner(world), await variant(world)];
    return { by, input: { variantId: id, change: 5, idempotencyKey: randomUUID() }, told: () => ({ id, actor, before: { onHand: 0 }, after: { onHand: 5, reserved: 0 } }) };
  },
  voucherCreate: async (world) => {
    const [{ by, actor }, code] = [await byOwner(world), letters()];
    return { by, input: { code, amount: PRICE }, select: 'voucher { id }', told: (payload) => ({ id: idOf(payload), actor, after: { code, percentPpm: null, ...PRICE } }) };
  },
  voucherArchive: async (world) => {
    const [{ by, actor }, { id }] = [await byOwner(world), await voucher(world)];
    return { by, input: { voucherId: id }, told: () => ({ id, actor, before: { archived: false }, after: { archived: true } }) };
  },
  customerCreate: async (world) => {
    const { by, actor } = await byOwner(world);
    return {
      by, input: { name: 'A name that stays out of the trail', email: 'guest@example.com', tags: ['Regular'] }, select: 'customer { id }',
      told: (payload) => ({ id: idOf(payload), actor, after: { fields: ['email', 'name', 'tags'] } }),
    };
  },
  customerUpdate: async (world) => {
    const [{ by, actor }, { id }] = [await byOwner(world), await customer(world)];
    return { by, input: { customerId: id, phone: '+393331234567' }, told: () => ({ id, actor, after: { fields: ['phone'] } }) };
  },
  customerMerge: async (world) => {
    const [{ by, actor }, { id: customerId }, { id }] = [await byOwner(world), await customer(world), await customer(world)];
    return { by, input: { customerId, intoCustomerId: id }, told: () => ({ id, actor, after: { merged: customerId } }) };
  },
  customerContactLink: async (world) => {
    const [{ by, actor }, { id: customerId }] = [await byOwner(world), await customer(world)];
    const { id } = await made<{ id: string }>(world, 'contactCreate', { name: 'A name that stays out of the trail' }, 'contact { id }');
    return { by, input: { contactId: id, customerId }, told: () => ({ id, actor, before: { customerId: null }, after: { customerId } }) };
  },
  cartCreate: async (world) => {
    const [{ by, actor }, { id: customerId }] = [await byOwner(world), await customer(world)];
    return { by, input: { customerId, fulfillment: 'DINE_IN' }, select: 'cart { id }', told: (payload) => ({ id: idOf(payload), actor, after: { currency: 'EUR', fulfillment: 'DINE_IN' } }) };
  },
  cartUpdate: async (world) => {
    const [{ by, actor }, { id }, { id: customerId }] = [await byOwner(world), await cart(world), await customer(world)];
    return { by, input: { cartId: id, customerId, note: 'A text that stays out of the trail' }, told: () => ({ id, actor, after: { fields: ['customerId', 'note'] } }) };
  },
  cartLineAdd: async (world) => {
    const [{ by, actor }, { id }, { variants, optionGroups }] = [await byOwner(world), await cart(world), await product(world)];
    return {
      by, input: { cartId: id, variantId: variants[0]?.id, quantity: 3, choiceIds: optionGroups.flatMap(({ choices }) => choices.map((one) => one.id)) },
      told: () => ({ id, actor, after: { line: expect.stringMatching(/^cline_/), variant: variants[0]?.id, quantity: 3 } }),
    };
  },
  cartLineUpdate: async (world) => {
    const [{ by, actor }, { id, line, choices }] = [await byOwner(world), await filled(world)];
    return { by, input: { lineId: line, quantity: 4, choiceIds: choices }, told: () => ({ id, actor, after: { line, quantity: 4 } }) };
  },
  cartLineRemove: async (world) => {
    const [{ by, actor }, { id, line }] = [await byOwner(world), await filled(world)];
    return { by, input: { lineId: line }, told: () => ({ id, actor, before: { line } }) };
  },
  orderPlace: async (world) => {
    const [{ by, actor }, { id }] = [await byOwner(world), await filled(world)];
    return {
      by, input: { cartId: id, idempotencyKey: randomUUID() }, select: 'order { id number customer { id } }',
      told: (payload) => {
        const { id: placed, number, customer: of } = payload['order'] as { id: string; number: number; customer: { id: string } };
        return { id: placed, actor, after: { number, fulfillmentStatus: 'PLACED', currency: 'EUR', totalMinor: '1900', customerId: of.id } };
      },
    };
  },
  orderRepeat: async (world) => {
    const [{ by, actor }, { id: orderId }] = [await byOwner(world), await order(world)];
    return { by, input: { orderId }, select: 'cart { id }', told: (payload) => ({ id: idOf(payload), actor, after: { currency: 'EUR', fulfillment: 'PICKUP', order: orderId } }) };
  },
  orderUpdate: async (world) => {
    const [{ by, actor }, { id }, more] = [await byOwner(world), await order(world), await variant(world)];
    return {
      by, input: { orderId: id, addLines: [{ variantId: more.id, quantity: 1 }], note: 'A text that stays out of the trail', idempotencyKey: randomUUID() },
      told: () => ({ id, actor, before: { version: 1, totalMinor: '1900' }, after: { version: 2, totalMinor: '2850', fields: ['note'], lines: 1 } }),
    };
  },
  orderTransition: async (world) => {
    const [{ by, actor }, { id }] = [await byOwner(world), await order(world)];
    return { by, input: { orderId: id, to: 'ACCEPTED' }, told: () => ({ id, actor, before: { fulfillmentStatus: 'PLACED' }, after: { fulfillmentStatus: 'ACCEPTED' } }) };
  },
};

/** A category with a dish in it. */
async function dishes(world: AuditWorld): Promise<{ id: string }> {
  const [{ id }, { id: productId }] = [await category(world), await product(world)];
  await made(world, 'productUpdate', { productId, categoryId: id }, 'product { id }');
  return { id };
}

/** A variant whose stock was counted. */
async function counted(world: AuditWorld): Promise<{ id: string }> {
  const { id } = await variant(world);
  await made(world, 'stockAdjust', { variantId: id, change: 7, idempotencyKey: randomUUID() }, 'stock { onHand }');
  return { id };
}

/** What the victim sells, for queries that take an id. */
export const sold = { product, filled, dishes, counted, order };
