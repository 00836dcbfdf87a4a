// What the trail tells of each mutation of compliance.
import { expect } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { demoTenancyFacts } from '../../ops/demo/demo.facts.js';
import { decodeId, encodeId } from '../../subgraphs/kernel/base/ids.js';
import { until } from '../kit/until.js';
import type { AuditCases, AuditWorld, Payload } from './audit.world.js';

const OWNER = 'owner@demo.test';
const idOf = (payload: Payload, name: string): string => (payload[name] as { id: string }).id;

/** One that the compliance officer has not looked at yet: a role that gives much was made. */
async function securityEvent(world: AuditWorld): Promise<string> {
  const by = await world.token(OWNER);
  await world.done('roleCreate', { by, input: { name: 'Watched', permissions: ['audit:manage'] } });
  const found = async (): Promise<string | undefined> => (await world.query<{ securityEvents: { nodes: { id: string }[] } }>(
    '{ securityEvents(filter: { rules: [ROLE_WIDENED], state: OPEN }) { nodes { id } } }', by)).securityEvents.nodes[0]?.id;
  await until(async () => await found() !== undefined, 'a security event');
  return await found() ?? '';
}

/** An export of a list, as if the ones before had been asked for long ago. @param held no worker finds it */
export async function listExport(world: AuditWorld, by: string, { held = false } = {}): Promise<string> {
  await world.admin.query(`update compliance.data_export set requested_at = requested_at - interval '2 hours'`);
  const { export: begun } = await world.done('exportCreate', { by, input: { operation: '{ inboxes { nodes { id name } } }', format: 'CSV', idempotencyKey: randomUUID() }, select: 'export { id }' });
  const { id } = begun as { id: string };
  if (held) await world.admin.query(`update compliance.data_export set due_at = now() + interval '1 hour' where id = $1 and state in ('QUEUED', 'RUNNING')`, [decodeId('exp', id)]);
  return id;
}

/** The day's own has been tried, where its hour has come. */
async function noBackupRuns({ admin }: AuditWorld): Promise<void> {
  await until(async () => (await admin.query(`select from compliance.backup_run where state = 'RUNNING'`)).rowCount === 0
    && (new Date().getUTCHours() < 2 || (await admin.query('select from compliance.backup_run')).rowCount !== 0), 'no backup runs');
}

export const complianceCases: AuditCases = {
  auditVerificationRequest: async (world) => {
    const by = await world.token(OWNER);
    return { by, input: {}, select: 'verification { id }', told: (payload) => ({ id: idOf(payload, 'verification'), actor: world.of(by).user }) };
  },
  auditExportRequest: async (world) => {
    const by = await world.token(OWNER);
    return {
      by, input: { format: 'CSV', filter: { action: 'role.*' }, idempotencyKey: randomUUID() }, select: 'auditExport { id }',
      told: (payload) => ({ id: idOf(payload, 'auditExport'), actor: world.of(by).user, after: { format: 'CSV', filter: { actionPrefix: 'role.' } } }),
    };
  },
  exportCreate: async (world) => {
    const by = await world.token(OWNER);
    await world.admin.query(`update compliance.data_export set requested_at = requested_at - interval '2 hours'`);
    return {
      by, input: { operation: '{ inboxes { nodes { id name } } }', format: 'CSV', idempotencyKey: randomUUID() }, select: 'export { id }',
      told: (payload) => ({
        id: idOf(payload, 'export'), actor: world.of(by).user, after: { format: 'CSV', list: 'inboxes', operation: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown as string, columns: 'id, name' },
      }),
    };
  },
  exportCancel: async (world) => {
    const by = await world.token(OWNER);
    const id = await listExport(world, by, { held: true });
    return { by, input: { id }, select: 'export { id }', told: () => ({ id, actor: world.of(by).user }) };
  },
  backupCreate: async (world) => {
    const by = await world.token('root@demo.test');
    await noBackupRuns(world);
    return { by, input: { label: 'by-hand' }, select: 'run { id }', told: (payload) => ({ id: idOf(payload, 'run'), actor: world.of(by).user, after: { label: 'by-hand' } }) };
  },
  tenantBackupCreate: async (world) => {
    const by = await world.token('root@demo.test');
    await noBackupRuns(world);
    const tenant = demoTenancyFacts.tenants[0]?.id ?? '';
    return { by, input: { tenantId: encodeId('tnt', tenant) }, select: 'run { id }', told: (payload) => ({ id: idOf(payload, 'run'), actor: world.of(by).user, after: { label: 'manual', tenant } }) };
  },
  backupVerify: async (world) => {
    const by = await world.token('root@demo.test');
    return { by, input: { level: 'L1' }, select: 'run { id }', told: (payload) => ({ id: idOf(payload, 'run'), actor: world.of(by).user, after: { label: 'manual', wanted: 'L1' } }) };
  },
  isolationDrillRun: async (world) => {
    const by = await world.token('root@demo.test');
    return { by, input: { timeoutSeconds: 20 }, select: 'drill { id }', told: (payload) => ({ id: idOf(payload, 'drill'), actor: world.of(by).user, after: { seconds: 20 } }) };
  },
  securityEventAcknowledge: async (world) => {
    const [by, id] = [await world.token(OWNER), await securityEvent(world)];
    return { by, input: { id, note: 'Known.' }, told: () => ({ id, actor: world.of(by).user, before: { state: 'OPEN' }, after: { state: 'ACKNOWLEDGED', note: true } }) };
  },
};
