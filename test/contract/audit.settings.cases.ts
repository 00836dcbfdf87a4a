// What the trail tells of a tenant's settings.
import { encodeId } from '../../subgraphs/kernel/base/ids.js';
import type { AuditCases } from './audit.world.js';

const OWNER = 'owner@demo.test';

export const settingsCases: AuditCases = {
  tenantSettingsUpdate: async (world) => {
    const by = await world.token(OWNER);
    const { rows: [tenant] } = await world.admin.query<{ id: string }>('select tenant_id as id from identity.membership where email = $1', [OWNER]);
    return {
      by, input: { expectedVersion: 0, ipAllow: ['127.0.0.0/8', '::1'], branding: { whiteLabel: true } },
      told: () => ({
        id: encodeId('tnt', tenant?.id ?? ''), actor: world.of(by).user,
        before: { ipAllow: [], whiteLabel: false }, after: { ipAllow: ['127.0.0.0/8', '::1'], whiteLabel: true },
      }),
    };
  },
};
