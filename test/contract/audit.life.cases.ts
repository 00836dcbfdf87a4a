// What the trail tells of the life of a tenant, in the order in which one leads to the next: the last leaves the tenant as it was.
import { expect } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { until } from '../kit/until.js';
import type { AuditCases, AuditWorld } from './audit.world.js';

const [OWNER, ROOT, REASON] = ['owner@rival.test', 'root@demo.test', 'Unpaid since May'];
const anInstant = expect.stringMatching(/^\d{4}-.*Z$/);

/** Of the rival, so that everybody else works on. */
async function rival(world: AuditWorld): Promise<{ by: string; actor: string; id: string; name: string }> {
  const by = await world.token(OWNER);
  const { tenant: { id, name } } = await world.query<{ tenant: { id: string; name: string } }>('{ tenant { id name } }', by);
  return { by, actor: world.of(by).user, id, name };
}
async function asPlatform(world: AuditWorld): Promise<{ by: string; actor: string; id: string }> {
  const [{ id }, by] = [await rival(world), await world.token(ROOT)];
  return { by, actor: world.of(by).user, id };
}

export const lifeCases: AuditCases = {
  tenantUpdate: async (world) => {
    const { by, actor, id } = await rival(world);
    return { by, input: { locale: 'fr-CH' }, told: () => ({ id, actor, before: { locale: expect.any(String) }, after: { locale: 'fr-CH' } }) };
  },
  tenantSuspend: async (world) => {
    const { by, actor, id } = await asPlatform(world);
    return {
      by, input: { tenantId: id, reason: REASON },
      told: () => ({ id, actor, before: { state: 'ACTIVE', suspensionReason: null }, after: { state: 'SUSPENDED', suspensionReason: REASON }, elsewhere: 1 }),
    };
  },
  tenantReactivate: async (world) => {
    const { by, actor, id } = await asPlatform(world);
    return {
      by, input: { tenantId: id },
      told: () => ({ id, actor, before: { state: 'SUSPENDED', suspensionReason: REASON }, after: { state: 'ACTIVE', suspensionReason: null }, elsewhere: 1 }),
    };
  },
  tenantExportRequest: async (world) => {
    const { by, actor } = await rival(world);
    return { by, input: { idempotencyKey: randomUUID() }, select: 'tenantExport { id }', told: (payload) => ({ id: (payload['tenantExport'] as { id: string }).id, actor }) };
  },
  tenantDelete: async (world) => {
    const { by, actor, id, name } = await rival(world);
    return {
      by, input: { confirmName: name },
      told: () => ({ id, actor, before: { state: 'ACTIVE', deletionDueAt: null }, after: { state: 'DELETING', deletionDueAt: anInstant } }),
    };
  },
  tenantDeletionCancel: async (world) => {
    const { by, actor, id } = await rival(world);
    return {
      by, input: { tenantId: id },
      told: async () => {
        // Whoever comes next works in this tenant again.
        const works = async () => (await world.platform.ask('{ users { nodes { id } } }', {}, by)).errors === undefined;
        await until(works, 'the tenant is open again');
        return { id, actor, before: { state: 'DELETING', deletionDueAt: anInstant }, after: { state: 'ACTIVE', deletionDueAt: null } };
      },
    };
  },
};
