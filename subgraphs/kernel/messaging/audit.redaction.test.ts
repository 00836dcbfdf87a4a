// What the trail keeps of a changed property: as its class says, whoever stages the event, and nothing of what has no class.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { probe, type ProbeServices } from '../../../test/kit/probe.js';
import { bootSubgraph, type TestSubgraph } from '../../../test/kit/subgraph.js';
import { systemActor } from '../base/actor.js';
import { newId } from '../base/ids.js';
import { platformScope, tenantScope } from '../data/scope.js';
import type { AuditClasses, AuditFacts } from './audit.redaction.js';
import { runUnit } from './unit-of-work.js';

const CLASSES: AuditClasses = { Note: { state: 'plain', owner: 'personal', pin: 'sensitive', diagnosis: 'phi', parts: 'plain', secret: 'sensitive' } };
const [TENANT, RIVAL] = [newId(), newId()];

let subgraph: TestSubgraph<ProbeServices>;
let admin: Client;

beforeAll(async () => {
  subgraph = await bootSubgraph(probe);
  admin = new Client({ connectionString: subgraph.database.adminUrl });
  await admin.connect();
});
beforeEach(() => admin.query('truncate probe.audit_staging, probe.platform_audit_staging'));
afterAll(async () => {
  await admin?.end();
  await subgraph?.close();
});

/** What is stored of `after`, oldest first. */
async function kept(tenant: string | null, facts: AuditFacts[], { of = tenant, type = 'Note' }: { of?: string | null; type?: string } = {}): Promise<AuditFacts[]> {
  const { unit } = subgraph.running.services.deps;
  const scope = tenant === null ? platformScope : tenantScope(tenant);
  await runUnit({ ...unit, classes: CLASSES }, scope, { actor: systemActor(tenant), correlationId: 'test' }, async (work) => {
    for (const after of facts) work.audit({ action: 'note.change', type: 'DATA_WRITE', outcome: 'SUCCESS', resource: { type, id: newId() }, before: after, after }, of);
  });
  const table = of === null ? 'platform_audit_staging' : 'audit_staging';
  const { rows } = await admin.query<{ event: { before: AuditFacts; after: AuditFacts } }>(`select event from probe.${table} order by id`);
  expect(rows.map(({ event }) => event.before)).toEqual(rows.map(({ event }) => event.after));
  return rows.map(({ event }) => event.after);
}

describe('a property', () => {
  it('that is plain or personal stays, that is sensitive or unknown does not, at any depth', async () => {
    const inner = { state: 'ON', secret: 'hush', owner: ['Ana', null], unknown: 'who knows' };
    expect(await kept(TENANT, [{ state: 1, owner: 'Ana', pin: '1234', unknown: { state: 'OFF' }, parts: [inner] }])).toEqual([{
      state: 1, owner: 'Ana', pin: '[redacted]', unknown: '[redacted]',
      parts: [{ state: 'ON', secret: '[redacted]', owner: ['Ana', null], unknown: '[redacted]' }],
    }]);
  });

  it('is not declared by what every object has', async () => {
    expect(await kept(TENANT, [{ constructor: 'Ana', toString: 'Ben', parts: { valueOf: 'Cem' } }])).toEqual([
      { constructor: '[redacted]', toString: '[redacted]', parts: { valueOf: '[redacted]' } }]);
  });

  it('that is an instant is its text', async () => {
    expect(await kept(TENANT, [{ state: new Date('2026-11-21T09:00:00.000Z'), parts: [new Date(0)] }])).toEqual([
      { state: '2026-11-21T09:00:00.000Z', parts: ['1970-01-01T00:00:00.000Z'] }]);
  });

  it('is judged by the type it is of: another type\'s word for it does not count', async () => {
    expect(await kept(TENANT, [{ state: 'ON' }], { type: 'Tag' })).toEqual([{ state: '[redacted]' }]);
  });

  it('of somebody\'s health shows whether it is the same, within one tenant, and nothing else', async () => {
    const [first, again, other] = await kept(TENANT, [{ diagnosis: 'flu' }, { diagnosis: 'flu' }, { diagnosis: 'gout' }]);
    expect(first?.['diagnosis']).toMatch(/^\[redacted\] hmac-sha256:[0-9a-f]{64}$/);
    expect(again).toEqual(first);
    expect(other?.['diagnosis']).toMatch(/^\[redacted\] hmac-sha256:[0-9a-f]{64}$/);
    expect(other).not.toEqual(first);
    const [elsewhere] = (await kept(TENANT, [{ diagnosis: 'flu' }], { of: RIVAL })).slice(-1);
    expect(elsewhere).not.toEqual(first);
  });

  it('of somebody\'s health in no tenant shows nothing', async () => {
    expect(await kept(null, [{ diagnosis: 'flu' }])).toEqual([{ diagnosis: '[redacted]' }]);
  });
});
