// What the trail tells of each mutation of tenancy.
import { expect } from '@jest/globals';
import type { AuditCases, AuditWorld, Payload } from './audit.world.js';

const idOf = (payload: Payload): string => (payload['bot'] as { id: string }).id;

let bot = '';

async function byOwner(world: AuditWorld) {
  const by = await world.token('owner@demo.test');
  return { by, actor: world.of(by).user };
}

export const tenancyCases: AuditCases = {
  tenantPlanChange: async (world) => {
    const { by, actor } = await byOwner(world);
    const { viewer } = await world.query<{ viewer: { tenant: { id: string } } }>('{ viewer { tenant { id } } }', by);
    const [before, after] = [{ tier: 'PROFESSIONAL', plan: 'PROFESSIONAL' }, { tier: 'ENTERPRISE', plan: 'ENTERPRISE' }];
    return { by, input: { plan: 'ENTERPRISE' }, told: () => ({ id: viewer.tenant.id, actor, before, after: { ...after, at: expect.stringMatching(/^\d{4}-.*Z$/) } }) };
  },
  botCreate: async (world) => {
    const { by, actor } = await byOwner(world);
    return { by, input: { name: 'Porter' }, select: 'bot { id }', told: (payload) => ({ id: bot = idOf(payload), actor, after: { name: 'Porter', description: '', enabled: false } }) };
  },
  botUpdate: async (world) => {
    const { by, actor } = await byOwner(world);
    const before = { name: 'Porter', description: '' };
    return { by, input: { botId: bot, description: 'At night' }, told: () => ({ id: bot, actor, before, after: { ...before, description: 'At night' } }) };
  },
  botEnable: async (world) => {
    const { by, actor } = await byOwner(world);
    return { by, input: { botId: bot }, told: () => ({ id: bot, actor, before: { enabled: false }, after: { enabled: true } }) };
  },
  botDisable: async (world) => {
    const { by, actor } = await byOwner(world);
    return { by, input: { botId: bot }, told: () => ({ id: bot, actor, before: { enabled: true }, after: { enabled: false } }) };
  },
  botAssign: async (world) => {
    const { by, actor } = await byOwner(world);
    const { inboxes: { nodes } } = await world.query<{ inboxes: { nodes: { id: string }[] } }>('{ inboxes(first: 1) { nodes { id } } }', by);
    const inboxes = nodes.map(({ id }) => id);
    return { by, input: { botId: bot, inboxIds: inboxes }, told: () => ({ id: bot, actor, before: { inboxes: [] }, after: { inboxes } }) };
  },
  botDelete: async (world) => {
    const { by, actor } = await byOwner(world);
    return { by, input: { botId: bot }, select: 'botId', told: () => ({ id: bot, actor, before: { name: 'Porter', description: 'At night', enabled: false } }) };
  },
};
