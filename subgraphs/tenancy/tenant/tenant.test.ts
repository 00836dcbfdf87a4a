// Tenants: created once with their audit event, visible to their own people alone.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { bootSubgraph, person, type TestSubgraph } from '../../../test/kit/subgraph.js';
import { demoTenancy } from '../demo.js';
import { tenancy, type TenancyServices } from '../subgraph.js';
import { TenantTier } from './tenant.type.js';

const aurora = {
  id: newId(), name: 'Trattoria Aurora', tier: TenantTier.PROFESSIONAL, locale: 'it-IT', timeZone: 'Europe/Rome', currency: 'EUR',
};
const rival = { id: newId(), name: 'Rival', tier: TenantTier.FREE, locale: 'en-GB', timeZone: 'Europe/London', currency: 'GBP' };
const TENANT = '{ tenant { id name tier locale timeZone currency } }';

let subject: TestSubgraph<TenancyServices>;
beforeAll(async () => {
  subject = await bootSubgraph(tenancy);
  await demoTenancy(subject.running.services, { tenants: [aurora, rival] });
});
afterAll(() => subject.close());

async function audit(): Promise<{ tenant_id: string; event: { action: string; resource: unknown; actor: unknown } }[]> {
  const client = new Client({ connectionString: subject.database.adminUrl });
  await client.connect();
  try {
    return (await client.query('select tenant_id, event from tenancy.audit_staging order by event->>\'occurredAt\'')).rows;
  } finally {
    await client.end();
  }
}

describe('tenant', () => {
  it('shows each person their own', async () => {
    const { id, ...values } = aurora;
    expect(await subject.ask(TENANT, {}, person(aurora.id, [])))
      .toEqual({ data: { tenant: { id: encodeId('tnt', id), ...values } } });
    expect((await subject.ask(TENANT, {}, person(rival.id, []))).data).toMatchObject({ tenant: { name: 'Rival', tier: 'FREE' } });
  });

  it('is null for people of the platform and for a tenant that does not exist', async () => {
    expect(await subject.ask(TENANT, {}, { ...person(aurora.id, []), tenant: null })).toEqual({ data: { tenant: null } });
    expect(await subject.ask(TENANT, {}, person(newId(), []))).toEqual({ data: { tenant: null } });
  });

  it('needs a token', async () => {
    const { data, errors } = await subject.ask(TENANT);
    expect(data).toEqual({ tenant: null });
    expect(errors).toMatchObject([{ path: ['tenant'], extensions: { code: 'UNAUTHENTICATED' } }]);
  });

  it('reads in one transaction of three statements', async () => {
    const before = subject.running.database.statements;
    await subject.ask('{ a: tenant { name } b: tenant { tier } }', {}, person(aurora.id, []));
    expect(subject.running.database.statements - before).toBe(3);
  });

  it('is created once, with one audit event of the system', async () => {
    const before = await audit();
    expect(before.map(({ tenant_id, event }) => [tenant_id, event.action, event.resource, event.actor])).toEqual(
      [aurora, rival].map(({ id }) =>
        [id, 'tenant.create', { type: 'Tenant', id: encodeId('tnt', id) }, { kind: 'system', id: null }]),
    );
    await demoTenancy(subject.running.services, { tenants: [{ ...aurora, name: 'Other' }, rival] });
    expect(await audit()).toHaveLength(before.length);
    expect((await subject.ask(TENANT, {}, person(aurora.id, []))).data).toMatchObject({ tenant: { name: 'Trattoria Aurora' } });
  });

  it('cannot be written for another tenant as the application role', async () => {
    const client = new Client({ connectionString: subject.database.urls.app['tenancy'] });
    await client.connect();
    const insert = `insert into tenancy.tenant values ($1, 'x', 'FREE', 'en', 'UTC', 'EUR', now())`;
    try {
      await client.query('begin');
      await client.query(`select set_config('app.tenant_id', $1, true)`, [rival.id]);
      await client.query('savepoint here');
      await expect(client.query(insert, [newId()])).rejects.toThrow(/row-level security/);
      await client.query('rollback to here');
      await client.query(`select set_config('app.tenant_id', $1, true)`, [newId()]);
      expect((await client.query('select from tenancy.tenant')).rowCount).toBe(0);
      await client.query('rollback');
    } finally {
      await client.end();
    }
  });
});

describe('_entities', () => {
  const ENTITY = 'query ($of: [_Any!]!) { _entities(representations: $of) { ... on Tenant { name } } }';

  it('gives a tenant to its own people only', async () => {
    const of = [aurora, rival].map(({ id }) => ({ __typename: 'Tenant', id: encodeId('tnt', id) }));
    expect(await subject.ask(ENTITY, { of }, person(aurora.id, [])))
      .toEqual({ data: { _entities: [{ name: 'Trattoria Aurora' }, null] } });
    expect((await subject.ask(ENTITY, { of })).errors)
      .toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }, { extensions: { code: 'UNAUTHENTICATED' } }]);
  });
});
