// What the trail tells of maintenance windows: one that is far away, so that whoever comes next works on.
import { expect } from '@jest/globals';
import { encodeId } from '../../subgraphs/kernel/base/ids.js';
import type { AuditCases, AuditWorld, Payload } from './audit.world.js';

const DAY_MS = 86_400_000;
const day = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString();
const [STARTS, ENDS, LATER] = [day(30), day(31), day(32)];
const TEXT = 'en: The database moves.';
const idOf = (payload: Payload): string => (payload['window'] as { id: string }).id;

let windowId = '';

async function asPlatform(world: AuditWorld) {
  const by = await world.token('root@demo.test');
  const { rows: [tenant] } = await world.admin.query<{ id: string }>(`select tenant_id as id from identity.membership where email = 'owner@demo.test'`);
  return { by, actor: world.of(by).user, tenantId: encodeId('tnt', tenant?.id ?? '') };
}

export const windowCases: AuditCases = {
  maintenanceWindowSchedule: async (world) => {
    const { by, actor, tenantId } = await asPlatform(world);
    return {
      by, input: { tenantId, startsAt: STARTS, endsAt: ENDS, texts: [{ language: 'en', text: 'The database moves.' }] }, select: 'window { id }',
      told: (payload) => ({ id: windowId = idOf(payload), actor, after: { tenant: tenantId, startsAt: STARTS, endsAt: ENDS, refusesWrites: false, texts: [TEXT] } }),
    };
  },
  maintenanceWindowUpdate: async (world) => {
    const { by, actor } = await asPlatform(world);
    const before = { startsAt: STARTS, endsAt: ENDS, refusesWrites: false, texts: [TEXT] };
    return { by, input: { windowId, endsAt: LATER }, told: () => ({ id: windowId, actor, before, after: { ...before, endsAt: LATER } }) };
  },
  maintenanceWindowCancel: async (world) => {
    const { by, actor } = await asPlatform(world);
    return { by, input: { windowId }, told: () => ({ id: windowId, actor, before: { cancelledAt: null }, after: { cancelledAt: expect.stringMatching(/^\d{4}-.*Z$/) } }) };
  },
};
