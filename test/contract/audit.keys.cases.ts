// What the trail tells of a rotation of keys.
import type { AuditCases } from './audit.world.js';

export const keysCases: AuditCases = {
  tenantKeyRotate: async (world) => {
    const by = await world.token('owner@demo.test');
    return {
      by, input: { note: 'Somebody left.' }, select: 'rotation { id }',
      told: (payload) => ({ id: (payload['rotation'] as { id: string }).id, actor: world.of(by).user, after: { state: 'RUNNING', note: true } }),
    };
  },
};
