// No field, mutation, role or subscription of the graph lets a tenant at another one: tried for each that the schema has, with its owner as the control.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { definitions } from '../../ops/composition.js';
import { readSchemaFile } from '../../subgraphs/kernel/base/schema-files.js';
import { NODE_TYPES } from '../../subgraphs/tenancy/node/node-owners.js';
import { until } from '../kit/until.js';
import type { GraphAnswer } from '../kit/platform.js';
import { deepestOf, documentOf, idPaths, rootFields } from '../kit/documents.js';
import { committedApiSchema } from '../kit/supergraph.js';
import { accountCases } from './audit.account.cases.js';
import { commerceCases } from './audit.commerce.cases.js';
import { bookingCases } from './audit.booking.cases.js';
import { paymentCases } from './audit.payment.cases.js';
import { complianceCases } from './audit.compliance.cases.js';
import { conversationsCases } from './audit.conversations.cases.js';
import { peopleCases } from './audit.people.cases.js';
import { tenancyCases } from './audit.tenancy.cases.js';
import { webhookCases } from './audit.webhook.cases.js';
import type { AuditCases } from './audit.world.js';
import { follow, liveCases, standing } from './crossing.live.cases.js';
import { routeCases } from './crossing.routes.cases.js';
import { besides, elsewhere } from './crossing.mutations.cases.js';
import { idCases, otherArguments, shownToPlatform } from './crossing.queries.cases.js';
import { CrossingWorld, INTRUDER, INTRUDERS, OWNER, PLATFORM, VICTIM } from './crossing.world.js';

const schema = committedApiSchema();
const queries = rootFields(schema, 'Query');
const mutations = rootFields(schema, 'Mutation');
/** What only who looks after the platform may ask: nothing in it is a tenant's. */
const ofPlatform = new Set(definitions.flatMap(({ rules }) => Object.entries(rules['Query'] ?? {}).filter(([, rule]) => rule.kind === 'permission' && rule.permission === 'system:admin').map(([name]) => name)));
const named = (field: (typeof queries)[number]): string[] => idPaths(field).map((path) => `${field.name}(${path})`);
const withIds = mutations.filter((field) => idPaths(field).length > 0);

const apart = new Set([...Object.keys(besides), ...Object.keys(elsewhere)].map((path) => path.split('(')[0]));
const ofAccounts = Object.entries(accountCases).filter(([name]) => withIds.some((field) => field.name === name) && !apart.has(name));
/** Those of people, conversations and compliance fill the victim's tenant, and some need one another. */
const cases: AuditCases = { ...Object.fromEntries(ofAccounts), ...peopleCases, ...conversationsCases, ...commerceCases, ...paymentCases, ...complianceCases, ...tenancyCases, ...bookingCases, ...webhookCases };

/** What these tell of are attempts, with the ids that whoever tried has sent. */
const TRAILS: readonly string[] = ['auditEvents'];

const NODE = 'query ($id: ID!) { node(id: $id) { __typename id } }';

let world: CrossingWorld;
beforeAll(async () => {
  world = await CrossingWorld.boot();
  await world.audit.platform.deliver('Hello');
});
afterAll(() => world?.stop());

const has = (input: unknown, path: string): boolean =>
  path.split('.').reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], { input }) !== undefined;

describe('every mutation that takes an id', () => {
  it.each(Object.entries(cases))('%s does nothing to the victim for anybody else', async (mutation, prepare) => {
    const act = await prepare(world.audit);
    const paths = mutations.filter(({ name }) => name === mutation).flatMap(idPaths).filter((path) => has(act.input, path));
    for (const id of world.learn(act.input)) world.named.add(id);
    const found: string[] = [];
    for (const by of paths.some((path) => elsewhere[`${mutation}(${path})`] === undefined) ? INTRUDERS : []) {
      const { payload, codes, correlationId } = await world.audit.send(mutation, { ...act, by: await world.audit.token(by) });
      const told = (await world.audit.captured(correlationId)).filter(({ tenant, event }) => tenant === VICTIM || (event.outcome === 'SUCCESS' && event.action.split('.')[0] !== 'api'));
      const done = codes.length === 0 && payload?.userErrors.length === 0;
      const faults = [...(done ? ['it was done'] : []), ...told.map(({ tenant, event }) => `${event.action} in the trail of ${tenant ?? 'nobody'}`)];
      for (const path of paths) found.push(...world.judge(`${mutation}(${path})`, by, faults));
    }
    // The control: the same input from who may.
    const { payload, codes } = await world.audit.send(mutation, act);
    expect({ codes, userErrors: payload?.userErrors }).toEqual({ codes: [], userErrors: [] });
    await act.told(payload!);
    expect(found).toEqual([]);
  });

  it.each(Object.entries(besides))('%s, by its further ids', async (name, prepare) => {
    const [mutation = ''] = name.split('(');
    const { mine, theirs, done = () => true } = await prepare(world);
    for (const id of world.learn(theirs.input)) world.named.add(id);
    const found: string[] = [];
    for (const by of INTRUDERS) {
      const { payload, codes } = await world.audit.send(mutation, await mine(by));
      found.push(...world.judge(name, by, codes.length === 0 && payload?.userErrors.length === 0 && done(payload) ? ['it was done'] : []));
    }
    const { payload, codes } = await world.audit.send(mutation, theirs);
    expect({ codes, userErrors: payload?.userErrors, done: done(payload!) }).toEqual({ codes: [], userErrors: [], done: true });
    expect(found).toEqual([]);
  });

  it.each(withIds.flatMap(named))('%s was tried', (name) => {
    if (elsewhere[name] === undefined && !world.tried.has(name)) throw new Error(`Nobody of another tenant has tried ${name}: add it to test/contract/audit.*.cases.ts or crossing.mutations.cases.ts.`);
  });
});

describe('every query', () => {
  const asked = (field: Parameters<typeof documentOf>[2]): string => deepestOf(schema, 'Query', field, 4);

  const nothing = ({ data, errors }: GraphAnswer, field: string): boolean => {
    const value = data?.[field];
    const empty = value === null || value === undefined || (Array.isArray(value) && value.every((one) => one === null)) || (value as { nodes?: unknown[] }).nodes?.length === 0;
    return empty && (errors ?? []).every(({ extensions }) => ['FORBIDDEN', 'NOT_FOUND', 'BAD_USER_INPUT'].includes(String(extensions?.['code'])));
  };

  it.each(queries)('$name shows its owner what it shows nobody else', async (field) => {
    const query = asked(field);
    const variables = otherArguments[field.name] ?? {};
    if (ofPlatform.has(field.name)) {
      expect((await world.as(OWNER, query, variables)).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
      return;
    }
    if (field.args.some(({ type, name }) => String(type).endsWith('!') && variables[name] === undefined)) return;
    const own = await world.as(OWNER, query, variables);
    expect({ field: field.name, errors: own.errors }).toEqual({ field: field.name, errors: undefined });
    world.learn(own);
    const found: string[] = [];
    for (const by of INTRUDERS) found.push(...world.judge(field.name, by, world.leaks((await world.as(by, query, variables)).data, TRAILS.includes(field.name) ? world.named : undefined)));
    expect(found).toEqual([]);
  });

  it.each(queries.flatMap((field) => named(field).map((path) => ({ field, path }))))('$path finds nothing by an id of another tenant', async ({ field, path }) => {
    if (ofPlatform.has(field.name)) return;
    const prepare = idCases[path];
    if (!prepare) throw new Error(`The query ${path} takes an id and has no case: add one to test/contract/crossing.queries.cases.ts.`);
    const variables = await prepare(world);
    const query = asked(field);
    const own = await world.as(OWNER, query, variables);
    expect({ errors: own.errors, nothing: nothing(own, field.name) }).toEqual({ errors: undefined, nothing: false });
    world.learn(own.data);
    const found: string[] = [];
    for (const by of INTRUDERS.filter((one) => one !== PLATFORM || !shownToPlatform.has(path))) {
      const answer = await world.as(by, query, variables);
      found.push(...world.judge(path, by, [...(nothing(answer, field.name) ? [] : [`it answered ${JSON.stringify(answer)}`]), ...world.leaks(answer.data)]));
    }
    expect(found).toEqual([]);
  });
});

describe('every entity', () => {
  it.each([...NODE_TYPES])("%s: a %s is nobody's but its tenant's, by its id alone", async (prefix, type) => {
    const id = [...world.marks].findLast((mark) => mark.startsWith(`${prefix}_`));
    if (!id) throw new Error(`The victim has no ${type}: add one to the cases that fill its tenant.`);
    expect((await world.as(OWNER, NODE, { id })).data).toEqual({ node: { __typename: type, id } });
    const found: string[] = [];
    for (const by of INTRUDERS) found.push(...world.judge(`node: ${type}`, by, world.leaks((await world.as(by, NODE, { id })).data)));
    expect(found).toEqual([]);
  });
});

describe('every subscription', () => {
  it.each(rootFields(schema, 'Subscription'))('$name tells its owner what it tells nobody else', async (field) => {
    const subscribe = liveCases[field.name];
    if (!subscribe) throw new Error(`The subscription ${field.name} has no case: add one to test/contract/crossing.live.cases.ts.`);
    const untried = idPaths(field);
    for (const { variables, happen } of await subscribe(world)) {
      const query = documentOf(schema, 'Subscription', field, 2);
      await until(async () => await standing(world) === 0, 'those before have ended');
      const own = await follow(world, OWNER, query, variables);
      await until(async () => await standing(world) === 1, `${field.name} stands`);
      const others = await Promise.all(INTRUDERS.map((by) => follow(world, by, query, variables)));
      await happen();
      await until(async () => own.told.length > 0, `${field.name} tells its owner`, 15_000);
      world.learn(own.told);
      const path = idPaths(field).find((name) => name in variables);
      if (path) untried.splice(untried.indexOf(path), 1);
      const found = others.flatMap(({ by, told, stop }) => { stop(); return world.judge(`${field.name}(${path ?? ''})`, by, world.leaks(told)); });
      own.stop();
      expect(found).toEqual([]);
    }
    expect(untried).toEqual([]);
  });
});

describe('every route', () => {
  const routes = JSON.parse(readSchemaFile('routes.json')) as { name: string }[];

  it.each(routes)("$name gives nobody what is another's", async ({ name }) => {
    const prepare = routeCases[name];
    if (!prepare) throw new Error(`The route ${name} has no case: add one to test/contract/crossing.routes.cases.ts.`);
    const { attempts, control } = await prepare(world);
    const found: string[] = [];
    for (const [path, request] of attempts) {
      const response = await fetch(world.audit.platform.url + path, request);
      const text = await response.text();
      found.push(...world.judge(`route: ${name}`, 'anybody', [...(control && response.ok ? [`${path} was answered ${response.status}`] : []), ...world.leaks(text)]));
    }
    if (control) expect([(await fetch(world.audit.platform.url + control[0], control[1])).status]).toEqual([200]);
    expect(found).toEqual([]);
  });
});

it('found no way', () => {
  process.stdout.write(`crossings: ${world.attempts} tried on ${world.tried.size} fields and ids by ${INTRUDERS.length} roles, found ${world.found.length}\n`);
  expect(world.found).toEqual([]);
  expect(world.tried.size).toBeGreaterThan(70);
});

it('would have found one, with the wall of one table down', async () => {
  const query = documentOf(schema, 'Query', queries.find(({ name }) => name === 'inboxes')!, 1);
  const leaks = async (): Promise<number> => world.leaks((await world.as(INTRUDER, query, {})).data).length;
  expect(await leaks()).toBe(0);
  await world.audit.admin.query('alter table conversations.inbox disable row level security');
  expect(await leaks()).toBeGreaterThan(0);
});
