// What the trail tells of a tenant's own integrations.
import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import { decodeId } from '../../subgraphs/kernel/base/ids.js';
import type { AuditCase, AuditCases, AuditWorld } from './audit.world.js';
import { AGENT, OWNER } from './audit.work.cases.js';

const URL = 'https://crm.example.com/cards';

interface Made { id: string; name: string }

/** Where nothing is ever called: it leads inside. */
async function integration(world: AuditWorld): Promise<Made> {
  const { customIntegration } = await world.done('customIntegrationCreate', { by: await world.token(OWNER), input: { name: `CRM ${randomUUID()}`, kind: 'CRM', url: URL }, select: 'customIntegration { id name }' });
  const made = customIntegration as Made;
  await world.admin.query(`update conversations.custom_integration set url = 'https://10.0.0.1/' where id = $1`, [decodeId('cint', made.id)]);
  return made;
}

const switching = (before: string, after: string): AuditCase => async (world) => {
  const [by, { id }] = [await world.token(OWNER), await integration(world)];
  await world.admin.query('update conversations.custom_integration set state = $2 where id = $1', [decodeId('cint', id), before]);
  return { by, input: { customIntegrationId: id }, told: () => ({ id, actor: world.of(by).user, before: { state: before }, after: { state: after } }) };
};

export const integrationCases: AuditCases = {
  customIntegrationCreate: async (world) => {
    const [by, name] = [await world.token(OWNER), `Till ${randomUUID()}`];
    await world.admin.query('delete from conversations.custom_integration');
    return { by, input: { name, kind: 'POS', url: URL }, select: 'customIntegration { id }',
      told: ({ customIntegration }) => ({ id: (customIntegration as Made).id, actor: world.of(by).user, after: { name, kind: 'POS', url: URL } }) };
  },
  customIntegrationUpdate: async (world) => {
    const [by, { id, name }] = [await world.token(OWNER), await integration(world)];
    return { by, input: { customIntegrationId: id, url: URL }, told: () => ({ id, actor: world.of(by).user, before: { name, kind: 'CRM', url: 'https://10.0.0.1/' }, after: { name, kind: 'CRM', url: URL } }) };
  },
  customIntegrationSecretRotate: async (world) => {
    const [by, { id }] = [await world.token(OWNER), await integration(world)];
    return { by, input: { customIntegrationId: id }, told: () => ({ id, actor: world.of(by).user, after: { overlapUntil: expect.any(String) } }) };
  },
  customIntegrationTest: async (world) => {
    const [by, { id }] = [await world.token(OWNER), await integration(world)];
    return { by, input: { customIntegrationId: id }, told: () => ({ id, actor: world.of(by).user, after: { passed: false, code: 'unreachable' } }) };
  },
  customIntegrationDisable: switching('ACTIVE', 'DISABLED'),
  customIntegrationEnable: switching('DISABLED', 'ACTIVE'),
  customIntegrationDelete: async (world) => {
    const [by, { id, name }] = [await world.token(OWNER), await integration(world)];
    return { by, input: { customIntegrationId: id }, told: () => ({ id, actor: world.of(by).user, before: { name, kind: 'CRM', url: 'https://10.0.0.1/' } }) };
  },
  contactCardsRefresh: async (world) => {
    const [by, made] = [await world.token(AGENT), await integration(world)];
    const { contact } = await world.done('contactCreate', { by, input: { name: 'A name that stays out of the trail' }, select: 'contact { id }' });
    const { id } = contact as { id: string };
    await world.admin.query(`update conversations.custom_integration set state = 'DISABLED' where id <> $1`, [decodeId('cint', made.id)]);
    return { by, input: { contactId: id }, told: () => ({ id, actor: world.of(by).user, after: { asked: 1, answered: 0 } }) };
  },
};
