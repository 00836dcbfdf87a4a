// What is read of a large shop and of a full house: lists of orders by every filter there is, and what is free on a day. Each statement is explained in the run: its plan goes along an index.
import { Client } from 'pg';
import { commerce, type CommerceServices } from '../../subgraphs/commerce/subgraph.js';
import { ORDER_STATES } from '../../subgraphs/commerce/order/order.states.js';
import { decodeId, encodeId, newId } from '../../subgraphs/kernel/base/ids.js';
import { scopeStatement, tenantScope } from '../../subgraphs/kernel/data/scope.js';
import { encodeCursor } from '../../subgraphs/kernel/graphql/connections.js';
import { readSchemaFile } from '../../subgraphs/kernel/base/schema-files.js';
import { makeVenue } from '../kit/booking.js';
import { operation } from '../kit/client.js';
import { bootSubgraph, person, type TestSubgraph } from '../kit/subgraph.js';
import { seedBookings, seedOrders, type SeededOrders } from './commerce.seed.js';
import { familyUsage, processUsage, round, summary, watchOthers, type Summary } from './machine.facts.js';
import { withPostgres } from './postgres.js';
import { Recorder, type Statement } from './recorded.js';

export interface ReadOptions {
  /** Of one tenant. */
  rows: number;
  /** Of bookings. */
  days: number;
  /** Asked of each kind. */
  pages: number;
}
export interface ReadCase {
  name: string;
  query: string;
  variables(turn: number): Record<string, unknown>;
  /** Of the answer: how many rows. */
  rows(data: Record<string, unknown>): number;
  least: number;
}
export interface ReadMeasured {
  /** Milliseconds of a page of 25 through the service. */
  page: Summary;
  cpuMs: { node: number; postgres: number };
  rows: number;
  indexes: string[];
  /** Tables with many rows that a plan reads from end to end. */
  scanned: string[];
}
export interface ReadReport {
  bookings: number;
  cases: Record<string, ReadMeasured>;
  /** Cases that found too little, and filters that no case asks for. */
  wrong: string[];
  othersCpuShare: number | null;
}

/** Tables that are read whole by every planner. */
const LARGE = ['sales_order', 'customer', 'reservation', 'reservation_table'];
/** Nine tenths of the way down. */
const DEEP = encodeCursor([new Date(Date.now() - 630 * 86_400_000).toISOString(), 'ffffffff-ffff-ffff-ffff-ffffffffffff']);
const ORDERS_OF = 'query ($id: ID!, $after: String) { customer(id: $id) { orders(after: $after) { nodes { id number fulfillmentStatus placedAt total { formatted } } } } }';
const AHEAD_DAYS = 25;
const TABLES = 20;

const ordersIn = (data: Record<string, unknown>): number => (data['orders'] as { nodes: unknown[] }).nodes.length;

function orderCases({ customers: { many, few } }: SeededOrders): ReadCase[] {
  const list = (name: string, variables: Record<string, unknown>, least = 25): ReadCase => ({ name: `orders: ${name}`, query: operation('order-list'), variables: () => variables, rows: ordersIn, least });
  const of = (name: string, id: string, after: string | null, least: number): ReadCase => ({
    name: `orders of a customer: ${name}`, query: ORDERS_OF, variables: () => ({ id: encodeId('cust', id), after }), rows: (data) => ordersIn(data['customer'] as Record<string, unknown>), least,
  });
  return [
    list('all', {}), list('all, deep', { after: DEEP }),
    ...ORDER_STATES.filter((state) => state !== 'DRAFT').flatMap((state) => [list(state, { filter: { fulfillmentStatus: state } }, 1), list(`${state}, deep`, { filter: { fulfillmentStatus: state }, after: DEEP }, 0)]),
    of('one of many', many, null, 10), of('one of many, deep', many, DEEP, 0), of('one of few', few, null, 1),
  ];
}

export async function benchReads({ rows, days, pages }: ReadOptions, say: (line: string) => void): Promise<ReadReport> {
  return withPostgres(async (databasePid) => {
    const others = watchOthers([process.pid, databasePid]);
    const subgraph = await bootSubgraph(commerce);
    const admin = new Client({ connectionString: subgraph.database.adminUrl });
    await admin.connect();
    try {
      const recorder = new Recorder(subgraph.running.database.pool);
      const booked = newId();
      const { cases: ofDay, bookings } = await venueCase(subgraph, admin, booked, days);
      const world = await seedOrders(admin, rows, say);
      const report: ReadReport = { bookings, cases: {}, wrong: uncovered(orderCases(world)), othersCpuShare: null };
      for (const [tenant, cases] of [[booked, ofDay], [world.tenant, orderCases(world)]] as const) {
        for (const one of cases) {
          const measured = await measure(subgraph, recorder, tenant, one, { pages, databasePid });
          report.cases[one.name] = measured;
          if (measured.rows < one.least) report.wrong.push(`${one.name} found ${measured.rows}`);
          say(`${one.name}: p99 ${measured.page.p99} ms`);
        }
      }
      return { ...report, othersCpuShare: others() };
    } finally {
      await admin.end();
      await subgraph.close();
    }
  });
}

async function venueCase(subgraph: TestSubgraph<CommerceServices>, admin: Client, tenant: string, days: number): Promise<{ cases: ReadCase[]; bookings: number }> {
  const actor = person(tenant, Object.keys(commerce.definition.permissions));
  const venue = await makeVenue(async (field, input, select) => {
    const { data, errors } = await subgraph.ask(`mutation ($input: ${field[0]?.toUpperCase() ?? ''}${field.slice(1)}Input!) { ${field}(input: $input) { ${select} userErrors { __typename code field } } }`, { input }, actor);
    if (errors) throw new Error(`${field}: ${JSON.stringify(errors)}`);
    return data?.[field] as never;
  }, { tables: Array.from({ length: TABLES }, (_none, place): [number, number] => [1, 2 + place % 5]), opens: '12:00', closes: '23:30', slotMinutes: 15 });
  const bookings = await seedBookings(admin, tenant, decodeId('ven', venue.id) ?? '', days);
  return { bookings, cases: [{
    name: 'availability', query: operation('availability'), least: 20,
    variables: (turn) => ({ venueId: venue.id, date: new Date(Date.now() + (1 + turn % AHEAD_DAYS) * 86_400_000).toISOString().slice(0, 10), partySize: 1 + turn % 6 }),
    rows: (data) => (data['availability'] as { slots: unknown[] }).slots.length,
  }] };
}

/** Filters of the API that nobody measures here. */
function uncovered(cases: readonly ReadCase[]): string[] {
  const fields = [...(/input OrderFilter \{([^}]*)\}/.exec(readSchemaFile('commerce.graphql'))?.[1] ?? '').matchAll(/^ {2}(\w+):/gm)].map(([, name]) => name ?? '');
  if (fields.length === 0) throw new Error('The API has no filter of orders.');
  const asked = new Set(cases.flatMap(({ variables }) => Object.keys((variables(0)['filter'] ?? {}) as Record<string, unknown>)));
  return fields.filter((name) => !asked.has(name)).map((name) => `no case filters by ${name}`);
}

async function measure(subgraph: TestSubgraph<CommerceServices>, recorder: Recorder, tenant: string, one: ReadCase, { pages, databasePid }: { pages: number; databasePid: number }): Promise<ReadMeasured> {
  const actor = person(tenant, ['order:read', 'customer:read', 'booking:read']);
  const page: number[] = [];
  let rows = 0;
  const ask = async (turn: number): Promise<void> => {
    const { data, errors } = await subgraph.ask(one.query, one.variables(turn), actor);
    if (errors || !data) throw new Error(`${one.name}: ${JSON.stringify(errors)}`);
    rows = one.rows(data);
  };
  const cpu = () => ({ node: processUsage(process.pid)?.cpuSeconds ?? Number.NaN, postgres: familyUsage(databasePid)?.cpuSeconds ?? Number.NaN });
  for (let turn = 0; turn < 10; turn += 1) await ask(turn);
  const before = cpu();
  for (let turn = 0; turn < pages; turn += 1) {
    const begun = performance.now();
    await ask(turn);
    page.push(performance.now() - begun);
  }
  const spent = cpu();
  const plans = await explained(subgraph, tenant, await recorder.of(() => ask(0)));
  const each = (kind: 'node' | 'postgres'): number => round(1_000 * (spent[kind] - before[kind]) / pages, 1);
  return { page: summary(page), cpuMs: { node: each('node'), postgres: each('postgres') }, rows, indexes: [...new Set(plans.flatMap(({ index }) => index ?? []))].toSorted(), scanned: [...new Set(plans.flatMap(({ scan }) => scan ?? []))] };
}

interface Node { 'Node Type': string; 'Index Name'?: string; 'Relation Name'?: string; Plans?: Node[] }

/** The plans of what was sent, as the login that serves requests gets them, behind row-level security. */
async function explained(subgraph: TestSubgraph<CommerceServices>, tenant: string, statements: readonly Statement[]): Promise<{ index?: string; scan?: string }[]> {
  const client = await subgraph.running.database.pool.connect();
  try {
    const found: { index?: string; scan?: string }[] = [];
    const visit = (node: Node): void => {
      if (node['Index Name'] !== undefined) found.push({ index: node['Index Name'] });
      if (node['Node Type'].endsWith('Seq Scan') && LARGE.includes(node['Relation Name'] ?? '')) found.push({ scan: node['Relation Name'] ?? '' });
      node.Plans?.forEach(visit);
    };
    await client.query(`begin; ${scopeStatement(tenantScope(tenant))}`);
    for (const { text, values } of statements.filter((one) => /^\s*(select|with)\b/i.test(one.text))) {
      const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: Node }] }>(`explain (format json) ${text}`, [...values]);
      rows.forEach((row) => row['QUERY PLAN'].forEach(({ Plan }) => visit(Plan)));
    }
    await client.query('rollback');
    return found;
  } finally {
    client.release();
  }
}
