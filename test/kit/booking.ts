// Commerce alone with a venue that takes bookings, at a time of day that tests turn.
import { Pool } from 'pg';
import type { Actor } from '../../subgraphs/kernel/base/actor.js';
import { newId } from '../../subgraphs/kernel/base/ids.js';
import type { Clock } from '../../subgraphs/kernel/base/clock.js';
import { commerce, type CommerceServices } from '../../subgraphs/commerce/subgraph.js';
import { bootSubgraph, person, type TestSubgraph } from './subgraph.js';

export type Sent = Record<string, unknown> & { userErrors: { __typename: string; code: string; field: string[] | null; rule?: string }[] };
export type Send = (field: string, input: Record<string, unknown>, select: string) => Promise<Sent>;

/** Stands still until it is turned. */
export class StandingClock implements Clock {
  constructor(private at: string) {}

  now = (): Date => new Date(this.at);

  turn(at: string): void {
    this.at = at;
  }
}

export interface MadeVenue {
  id: string;
  areaId: string;
  tableIds: string[];
}

/** A venue in Rome, open every day from `opens` to `closes`, with tables for these parties. */
export async function makeVenue(send: Send, { tables, opens = '18:00', closes = '23:00', ...rules }: { tables: [number, number][]; opens?: string; closes?: string } & Record<string, unknown>): Promise<MadeVenue> {
  const made = async (field: string, input: Record<string, unknown>, select: string): Promise<string> => {
    const payload = await send(field, input, `${select} { id }`);
    if (payload.userErrors.length > 0) throw new Error(`${field}: ${JSON.stringify(payload.userErrors)}`);
    return (payload[select] as { id: string }).id;
  };
  const id = await made('venueCreate', { name: 'Trattoria', timeZone: 'Europe/Rome', slotMinutes: 30, stays: [{ upTo: 2, minutes: 90 }, { upTo: 6, minutes: 120 }], ...rules }, 'venue');
  await made('venueHoursSet', { venueId: id, hours: [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, opens, closes })) }, 'venue');
  const areaId = await made('areaCreate', { venueId: id, name: 'Hall' }, 'area');
  const tableIds: string[] = [];
  for (const [index, [minParty, maxParty]] of tables.entries()) tableIds.push(await made('diningTableCreate', { areaId, name: `T${index + 1}`, minParty, maxParty }, 'table'));
  return { id, areaId, tableIds };
}

export class TestBooking {
  readonly tenant = newId();
  readonly manager: Actor = person(this.tenant, ['booking:read', 'booking:create', 'booking:manage', 'order:read']);
  readonly agent: Actor = person(this.tenant, ['booking:read', 'booking:create', 'order:read']);

  private constructor(readonly subject: TestSubgraph<CommerceServices>, readonly admin: Pool, readonly clock: StandingClock) {}

  static async boot(at = '2026-11-30T12:00:00.000Z'): Promise<TestBooking> {
    const clock = new StandingClock(at);
    const subject = await bootSubgraph(commerce, { clock });
    return new TestBooking(subject, new Pool({ connectionString: subject.database.adminUrl, max: 2 }), clock);
  }

  get services(): CommerceServices {
    return this.subject.running.services;
  }

  /** A mutation with its `input`. @throws when it fails otherwise than by its `userErrors` */
  async send(field: string, input: Record<string, unknown>, select = '__typename', actor = this.manager): Promise<Sent> {
    const Input = `${field[0]?.toUpperCase() ?? ''}${field.slice(1)}Input`;
    const { data, errors } = await this.subject.ask(
      `mutation ($input: ${Input}!) { ${field}(input: $input) { ${select} userErrors { __typename code field ... on OutsideBookingRules { rule } } } }`, { input }, actor);
    if (errors) throw new Error(`${field}: ${JSON.stringify(errors)}`);
    return data?.[field] as Sent;
  }

  makeVenue(options: Parameters<typeof makeVenue>[1]): Promise<MadeVenue> {
    return makeVenue((field, input, select) => this.send(field, input, select), options);
  }

  async query<Data>(query: string, variables: Record<string, unknown> = {}, actor = this.manager): Promise<Data> {
    const { data, errors } = await this.subject.ask(query, variables, actor);
    if (errors) throw new Error(JSON.stringify(errors));
    return data as Data;
  }

  /** Rows behind the walls. */
  async rows<Row extends object = Record<string, unknown>>(sql: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.admin.query<Row>(sql, values)).rows;
  }

  async close(): Promise<void> {
    await this.admin.end();
    await this.subject.close();
  }
}
