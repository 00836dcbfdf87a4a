// What the trail tells of each mutation of payments.
import { randomUUID } from 'node:crypto';
import { sold } from './audit.commerce.cases.js';
import type { AuditCases, AuditWorld } from './audit.world.js';

const OWNER = 'owner@demo.test';
const SECRETS = { secretKey: 'sk_test_contract0123456789', webhookSecret: 'whsec_contract0123456789' };
type Field = 'paymentConfirm' | 'paymentCapture' | 'paymentCancel' | 'paymentRefund';

async function byOwner(world: AuditWorld) {
  const by = await world.token(OWNER);
  return { by, actor: world.of(by).user };
}
const made = async <Made>(world: AuditWorld, field: string, input: Record<string, unknown>, select: string): Promise<Made> =>
  Object.values(await world.done(field, { ...await byOwner(world), input, select }))[0] as Made;
const idOf = (payload: Record<string, unknown>, name: string): string => (payload[name] as { id: string }).id;

const account = (world: AuditWorld) => made<{ id: string }>(world, 'paymentAccountCreate', { name: 'Till', ...SECRETS }, 'paymentAccount { id }');
/** One account for all cases: a tenant has few. */
const accounts = new WeakMap<AuditWorld, Promise<{ id: string }>>();
const shared = (world: AuditWorld): Promise<{ id: string }> => {
  const known = accounts.get(world) ?? account(world);
  accounts.set(world, known);
  return known;
};
const order = async (world: AuditWorld): Promise<string> => (await made<{ id: string }>(world, 'orderPlace', { cartId: (await sold.filled(world)).id, idempotencyKey: randomUUID() }, 'order { id }')).id;
const wish = async (world: AuditWorld, more: Record<string, unknown> = {}): Promise<string> =>
  (await made<{ id: string }>(world, 'paymentCreate', { orderId: await order(world), paymentAccountId: (await shared(world)).id, idempotencyKey: randomUUID(), ...more }, 'payment { id }')).id;
async function paid(world: AuditWorld, more: Record<string, unknown> = {}): Promise<string> {
  const paymentId = await wish(world, more);
  await made(world, 'paymentConfirm', { paymentId, paymentMethodId: 'pm_card_visa', idempotencyKey: randomUUID() }, 'payment { id }');
  return paymentId;
}
const asked = (of: (world: AuditWorld) => Promise<string>, state: string, ask: string, more: Record<string, unknown>): AuditCases[Field] => async (world) => {
  const [{ by, actor }, paymentId] = [await byOwner(world), await of(world)];
  return { by, input: { paymentId, ...more }, told: () => ({ id: paymentId, actor, before: { state }, after: { asked: ask } }) };
};

export const paymentCases: AuditCases = {
  paymentAccountCreate: async (world) => {
    const { by, actor } = await byOwner(world);
    return { by, input: { name: 'Second till', ...SECRETS }, select: 'paymentAccount { id }', told: (payload) => ({ id: idOf(payload, 'paymentAccount'), actor, after: { name: 'Second till', provider: 'STRIPE', webhookSigned: true } }) };
  },
  paymentAccountUpdate: async (world) => {
    const [{ by, actor }, { id }] = [await byOwner(world), await account(world)];
    return { by, input: { paymentAccountId: id, disabled: true }, told: () => ({ id, actor, before: { name: 'Till', state: 'ACTIVE' }, after: { name: 'Till', state: 'DISABLED' } }) };
  },
  paymentAccountSecretsRotate: async (world) => {
    const [{ by, actor }, { id }] = [await byOwner(world), await account(world)];
    return { by, input: { paymentAccountId: id, secretKey: 'rk_test_contract9876543210' }, told: () => ({ id, actor, after: { rotated: ['secretKey'], overlapUntil: null } }) };
  },
  paymentCreate: async (world) => {
    const [{ by, actor }, orderId, { id }] = [await byOwner(world), await order(world), await shared(world)];
    return {
      by, input: { orderId, paymentAccountId: id, idempotencyKey: randomUUID() }, select: 'payment { id }',
      told: (payload) => ({ id: idOf(payload, 'payment'), actor, after: { order: orderId, provider: 'STRIPE', amountMinor: '1900', currency: 'EUR' } }),
    };
  },
  paymentRecord: async (world) => {
    const [{ by, actor }, orderId] = [await byOwner(world), await order(world)];
    return {
      by, input: { orderId, method: 'CASH', idempotencyKey: randomUUID() }, select: 'payment { id }',
      told: (payload) => ({ id: idOf(payload, 'payment'), actor, after: { order: orderId, provider: 'MANUAL', method: 'CASH', amountMinor: '1900', currency: 'EUR' } }),
    };
  },
  paymentConfirm: asked(wish, 'REQUIRES_METHOD', 'CONFIRM', { paymentMethodId: 'pm_card_visa', idempotencyKey: randomUUID() }),
  paymentCapture: asked((world) => paid(world, { manualCapture: true }), 'REQUIRES_CAPTURE', 'CAPTURE', { idempotencyKey: randomUUID() }),
  paymentCancel: asked(wish, 'REQUIRES_METHOD', 'CANCEL', {}),
  paymentRefund: async (world) => {
    const [{ by, actor }, paymentId] = [await byOwner(world), await paid(world)];
    const { payment } = await world.query<{ payment: { order: { lines: { id: string }[] } } }>('query ($id: ID!) { payment(id: $id) { order { lines { id } } } }', by, { id: paymentId });
    return {
      by, input: { paymentId, lines: [{ orderLineId: payment.order.lines[0]?.id, quantity: 1 }], reason: 'A text that stays out of the trail', idempotencyKey: randomUUID() }, select: 'refund { id }',
      told: (payload) => ({ id: paymentId, actor, after: { refund: idOf(payload, 'refund'), amountMinor: '950', currency: 'EUR', lines: 1, restocked: false } }),
    };
  },
};

/** What the victim was paid, for queries that take an id; and where its provider calls. */
export const taken = { paid, address: async (world: AuditWorld) => new URL((await made<{ webhookUrl: string }>(world, 'paymentAccountUpdate', { paymentAccountId: (await shared(world)).id }, 'paymentAccount { webhookUrl }')).webhookUrl).pathname, ...SECRETS };
