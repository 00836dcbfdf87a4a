// What the trail tells of webhooks that go out, and of orders that come in from a till.
import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import { decodeId } from '../../subgraphs/kernel/base/ids.js';
import { sold } from './audit.commerce.cases.js';
import type { AuditCase, AuditCases, AuditWorld } from './audit.world.js';
import { OWNER } from './audit.work.cases.js';

const URL = 'https://till.example.com/hooks';
const MADE = { url: URL, description: 'Till', eventTypes: ['order.placed'] };

/** An endpoint that nothing is sent to while it is looked at: it is left alone for a day. A tenant has few. */
export async function endpointOf(world: AuditWorld, state = 'ACTIVE'): Promise<string> {
  await world.admin.query('delete from tenancy.webhook_endpoint');
  const { webhookEndpoint } = await world.done('webhookEndpointCreate', { by: await world.token(OWNER), input: { ...MADE, eventTypes: ['ORDER_PLACED'] }, select: 'webhookEndpoint { id }' });
  const { id } = webhookEndpoint as { id: string };
  await world.admin.query(`update tenancy.webhook_endpoint set url = 'https://10.0.0.1/', state = $2, disabled_at = case when $2 = 'DISABLED' then now() end, disabled_reason = case when $2 = 'DISABLED' then 'STAFF' end where id = $1`,
    [decodeId('whep', id), state]);
  return id;
}

/** One that was given up. */
export async function messageOf(world: AuditWorld): Promise<{ endpoint: string; id: string }> {
  const endpoint = await endpointOf(world);
  const { webhookMessage } = await world.done('webhookEndpointTest', { by: await world.token(OWNER), input: { webhookEndpointId: endpoint }, select: 'webhookMessage { id }' });
  const { id } = webhookMessage as { id: string };
  await world.admin.query(`update tenancy.webhook_endpoint set state = 'DISABLED', disabled_at = now(), disabled_reason = 'STAFF' where id = $1`, [decodeId('whep', endpoint)]);
  await world.admin.query(`update tenancy.webhook_message set state = 'FAILED', finished_at = now() where id = $1`, [decodeId('whm', id)]);
  return { endpoint, id };
}

const switching = (before: string, after: string): AuditCase => async (world) => {
  const [by, id] = [await world.token(OWNER), await endpointOf(world, before)];
  return { by, input: { webhookEndpointId: id }, told: () => ({ id, actor: world.of(by).user, before: { state: before }, after: { state: after } }) };
};
/** Of an address the trail names the host. */
const RECORDED = { ...MADE, url: 'https://till.example.com' };
const INSIDE = { ...MADE, url: 'https://10.0.0.1' };

export const webhookCases: AuditCases = {
  webhookEndpointCreate: async (world) => {
    const by = await world.token(OWNER);
    await world.admin.query('delete from tenancy.webhook_endpoint');
    return { by, input: { ...MADE, eventTypes: ['ORDER_PLACED'] }, select: 'webhookEndpoint { id }', told: ({ webhookEndpoint }) => ({ id: (webhookEndpoint as { id: string }).id, actor: world.of(by).user, after: RECORDED }) };
  },
  webhookEndpointUpdate: async (world) => {
    const [by, id] = [await world.token(OWNER), await endpointOf(world)];
    return { by, input: { webhookEndpointId: id, eventTypes: [] }, told: () => ({ id, actor: world.of(by).user, before: INSIDE, after: { ...INSIDE, eventTypes: [] } }) };
  },
  webhookEndpointSecretRotate: async (world) => {
    const [by, id] = [await world.token(OWNER), await endpointOf(world)];
    return { by, input: { webhookEndpointId: id }, told: () => ({ id, actor: world.of(by).user, after: { overlapUntil: expect.any(String) } }) };
  },
  webhookEndpointDisable: switching('ACTIVE', 'DISABLED'),
  webhookEndpointEnable: switching('DISABLED', 'ACTIVE'),
  webhookEndpointTest: async (world) => {
    const [by, id] = [await world.token(OWNER), await endpointOf(world)];
    return { by, input: { webhookEndpointId: id }, told: () => ({ id, actor: world.of(by).user }) };
  },
  webhookEndpointReplay: async (world) => {
    const [by, { endpoint }] = [await world.token(OWNER), await messageOf(world)];
    const since = '2026-01-01T00:00:00.000Z';
    return { by, input: { webhookEndpointId: endpoint, since }, told: () => ({ id: endpoint, actor: world.of(by).user, after: { since, replayed: 1 } }) };
  },
  webhookEndpointDelete: async (world) => {
    const [by, id] = [await world.token(OWNER), await endpointOf(world)];
    return { by, input: { webhookEndpointId: id }, told: () => ({ id, actor: world.of(by).user, before: INSIDE }) };
  },
  webhookMessageReplay: async (world) => {
    const [by, { id }] = [await world.token(OWNER), await messageOf(world)];
    return { by, input: { webhookMessageId: id }, told: () => ({ id, actor: world.of(by).user, before: { state: 'FAILED' }, after: { state: 'PENDING', eventType: 'webhook.test' } }) };
  },
  orderImport: async (world) => {
    const [by, { id: variantId }, externalId] = [await world.token(OWNER), await sold.counted(world), randomUUID()];
    const { rows: [variant] } = await world.admin.query<{ sku: string }>('select sku from commerce.variant where id = $1', [decodeId('vrnt', variantId)]);
    const { customer } = await world.done('customerCreate', { by, input: { name: 'A name that stays out of the trail' }, select: 'customer { id }' });
    const { id: customerId } = customer as { id: string };
    return {
      by, select: 'order { id number }',
      input: { source: 'Till 1', externalId, placedAt: new Date(Date.now() - 60_000).toISOString(), fulfillment: 'PICKUP', customerId, currency: 'EUR', totalMinor: '900', lines: [{ sku: variant?.sku, quantity: 1, unitMinor: '900' }] },
      told: ({ order }) => {
        const { id, number } = order as { id: string; number: number };
        return { id, actor: world.of(by).user, after: { number, source: 'Till 1', externalId, fulfillmentStatus: 'COMPLETED', currency: 'EUR', totalMinor: '900', customerId } };
      },
    };
  },
};
