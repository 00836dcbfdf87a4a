// Every mutation of the graph leaves its event, complete and without a secret: done through the public API, one case each.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isEnumType, isInputObjectType, isListType, isNonNullType, type GraphQLInputType } from 'graphql';
import { definitions } from '../../ops/composition.js';
import { committedApiSchema } from '../kit/supergraph.js';
import { until } from '../kit/until.js';
import { accountCases } from './audit.account.cases.js';
import { commerceCases } from './audit.commerce.cases.js';
import { bookingCases } from './audit.booking.cases.js';
import { complianceCases } from './audit.compliance.cases.js';
import { conversationsCases } from './audit.conversations.cases.js';
import { keysCases } from './audit.keys.cases.js';
import { lifeCases } from './audit.life.cases.js';
import { paymentCases } from './audit.payment.cases.js';
import { peopleCases } from './audit.people.cases.js';
import { settingsCases } from './audit.settings.cases.js';
import { tenancyCases } from './audit.tenancy.cases.js';
import { webhookCases } from './audit.webhook.cases.js';
import { windowCases } from './audit.windows.cases.js';
import { AuditWorld, type AuditCases } from './audit.world.js';

const cases: AuditCases = { ...accountCases, ...peopleCases, ...conversationsCases, ...commerceCases, ...paymentCases, ...complianceCases, ...keysCases, ...settingsCases, ...tenancyCases, ...lifeCases, ...windowCases, ...bookingCases, ...webhookCases };
const mutations = Object.keys(committedApiSchema().getMutationType()?.getFields() ?? {});
const declarations = Object.assign({}, ...definitions.map((definition) => definition.mutations)) as (typeof definitions)[number]['mutations'];

let world: AuditWorld;
beforeAll(async () => { world = await AuditWorld.boot(); });
afterAll(() => world?.stop());

describe('the trail tells', () => {
  it.each(mutations)('of %s, which has a case', (mutation) => {
    if (!cases[mutation]) throw new Error(`The mutation ${mutation} has no audit case: add one to test/contract/audit.*.cases.ts.`);
  });

  it('of no mutation that does not exist', () => expect(Object.keys(cases).filter((name) => !mutations.includes(name))).toEqual([]));

  it.each(Object.entries(cases))('who did %s to what, and what changed', async (mutation, prepare) => {
    const declaration = declarations[mutation];
    if (!declaration) throw new Error(`${mutation} is not declared.`);
    const act = await prepare(world);
    const { payload, codes, correlationId } = await world.send(mutation, act);
    expect({ codes, userErrors: payload?.userErrors }).toEqual({ codes: [], userErrors: [] });
    const { id, actor, before, after, elsewhere = 0 } = await act.told(payload!);
    const { action } = declaration;
    const told = (await world.captured(correlationId)).map(({ event }) => event).filter((event) => event.action === action && event.resource?.type === declaration.resource);
    expect(told).toHaveLength(1 + elsewhere);
    expect(told).toContainEqual({
      id: expect.any(String), occurredAt: expect.any(String), action, type: declaration.type, severity: expect.stringMatching(/^(DEBUG|INFO|WARNING)$/), outcome: 'SUCCESS', reason: null,
      actor: { kind: actor === null ? 'anonymous' : 'user', id: actor }, resource: { type: declaration.resource, id },
      before: before ?? null, after: after ?? null, correlationId, ip: '127.0.0.1', userAgent: 'contract',
    });
  });

  it('of a refusal through the gateway, and that nothing came of it', async () => {
    const by = await world.token('agent@demo.test');
    const count = async () => (await world.admin.query('select from identity.role')).rowCount;
    const before = await count();
    const { payload, codes, correlationId } = await world.send('roleCreate', { by, input: { name: 'Not mine', permissions: [] } });
    expect([payload, codes, await count()]).toEqual([null, ['FORBIDDEN'], before]);
    expect((await world.captured(correlationId)).map(({ event }) => event)).toEqual([expect.objectContaining({
      action: 'role.create', outcome: 'DENIED', reason: 'FORBIDDEN', actor: { kind: 'user', id: world.of(by).user }, before: null, after: null,
      ip: '127.0.0.1', userAgent: 'contract',
    })]);
  });

  it('of a delivery and of what a job made of it, which is nobody\'s but the system\'s', async () => {
    const SENT = /^message\.(sent|delivered|read)$/;
    const of = async () => (await world.everything()).map(({ event }) => event).filter(({ action }) => ['webhook.receive', 'message.receive'].includes(action) || SENT.test(action));
    await until(async () => (await of()).some(({ action }) => SENT.test(action)), 'the message is sent');
    const told = await of();
    expect(told.map(({ action }) => action)).toEqual(expect.arrayContaining(['webhook.receive', 'message.receive']));
    expect(told.map(({ actor, outcome }) => [actor.kind, outcome])).toEqual(told.map(() => ['system', 'SUCCESS']));
    expect(told.find(({ action }) => action === 'webhook.receive')?.ip).toBe('127.0.0.1');
  });

  it('of a granted read that few may do', async () => {
    const by = await world.token('owner@demo.test');
    await world.query('{ apiKeys { nodes { id } } invitations { nodes { id } } }', by);
    const told = (await world.everything()).map(({ event }) => event).filter(({ action, actor }) => action.startsWith('query.') && actor.id === world.of(by).user);
    expect(told.map(({ action, type, outcome, actor }) => [action, type, outcome, actor.id]).sort()).toEqual(
      ['query.apiKeys', 'query.invitations'].map((action) => [action, 'DATA_READ', 'SUCCESS', world.of(by).user]));
  });
});

/** Names of properties at any depth. */
function propertiesOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(propertiesOf);
  return typeof value === 'object' && value !== null ? Object.entries(value).flatMap(([name, inner]) => [name, ...propertiesOf(inner)]) : [];
}

describe('what is secret', () => {
  it('is in no input of any mutation on its way into the trail or the log, also when it is refused', async () => {
    const owner = await world.token('owner@demo.test');
    const fields = Object.values(committedApiSchema().getMutationType()?.getFields() ?? {});
    // Who has signed out would not come in any more.
    for (const field of fields.toSorted((one, other) => Number(one.name === 'logout') - Number(other.name === 'logout'))) {
      const [argument] = field.args;
      if (!argument) continue;
      const input = planted(argument.type, field.name) as Record<string, unknown>;
      for (const by of [undefined, owner]) await world.send(field.name, { input, ...(by ? { by } : {}) });
    }
    const secrets = [...world.secrets];
    expect(secrets.filter((secret) => secret.startsWith(PLANTED)).length).toBeGreaterThan(15);
    expect(secrets.length).toBeGreaterThan(50);
    const trail = JSON.stringify(await world.everything());
    const kept = await world.auditRows();
    for (const text of [trail, kept, world.log]) {
      expect(text.length).toBeGreaterThan(10_000);
      expect(secrets.filter((secret) => holds(text, secret))).toEqual([]);
    }
  });

  it('would be found', () => {
    expect([holds('"code":"123456",', '123456'), holds('"id":"0123456789"', '123456')]).toEqual([true, false]);
  });
});

describe('when the gateway has gone, the trail holds', () => {
  it('how often everybody called it', async () => {
    const owner = await world.userId('owner@demo.test');
    await world.platform.gateway.drain();
    const counted = (await world.everything()).map(({ event }) => event).filter(({ action }) => action.startsWith('api.'));
    const ofOwner = counted.find(({ action, actor }) => action === 'api.requests' && actor.id === owner);
    expect(ofOwner).toMatchObject({ type: 'API', outcome: 'SUCCESS', resource: { type: 'Tenant' }, after: { counts: expect.arrayContaining([{ operation: 'Contract', code: 'OK', count: expect.any(Number) }]) } });
    expect(counted.find(({ action, actor }) => action === 'api.errors' && actor.kind === 'anonymous')).toMatchObject({
      outcome: 'FAILURE', after: { counts: expect.arrayContaining([{ operation: 'Contract', code: 'UNAUTHENTICATED', count: expect.any(Number) }]) },
    });
  });

  it('nothing of a property that has no class, and names what it would not tell', async () => {
    const all = await world.everything();
    expect(all.length).toBeGreaterThan(mutations.length);
    const undeclared = all.flatMap(({ source, event }) => {
      const type = event.resource?.type ?? 'none';
      const classes = definitions.find(({ name }) => name === source)?.classes?.[type] ?? {};
      return propertiesOf([event.before, event.after]).filter((name) => classes[name] === undefined).map((name) => `${source}: ${event.action}: ${type}.${name}`);
    });
    expect([...new Set(undeclared)]).toEqual([]);
  });
});

const PLANTED = 'planted-';
/** As a word: six digits of a code may be part of an id. */
const holds = (text: string, secret: string): boolean => new RegExp(`(?<![0-9A-Za-z_-])${secret.replace(/[^0-9A-Za-z_]/g, '\\$&')}(?![0-9A-Za-z_-])`).test(text);

/** Some value of an input, with a secret of its own wherever it takes text. */
function planted(type: GraphQLInputType, name: string): unknown {
  if (isNonNullType(type)) return planted(type.ofType as GraphQLInputType, name);
  if (isListType(type)) return [planted(type.ofType as GraphQLInputType, name)];
  if (isEnumType(type)) return type.getValues()[0]?.name;
  if (isInputObjectType(type)) return Object.fromEntries(Object.values(type.getFields()).map((field) => [field.name, planted(field.type, `${name}-${field.name}`)]));
  return { Boolean: true, Int: 1, Float: 1, DateTimeISO: '2026-01-01T00:00:00.000Z' }[type.name] ?? `${PLANTED}${name}`;
}
