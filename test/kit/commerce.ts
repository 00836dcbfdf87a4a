// Commerce alone, with a clock that tests turn, and what it takes to sell something.
import { Pool } from 'pg';
import { commerce, type CommerceServices } from '../../subgraphs/commerce/subgraph.js';
import type { Actor } from '../../subgraphs/kernel/base/actor.js';
import { decodeId, newId } from '../../subgraphs/kernel/base/ids.js';
import { TestClock } from './conversations.js';
import { bootSubgraph, person, type TestOptions, type TestSubgraph } from './subgraph.js';

export type Payload = Record<string, unknown> & { userErrors: { __typename: string; field: string[] | null }[] };
type Sent = Record<string, unknown>;

const RIGHTS = Object.keys(commerce.definition.permissions);
let serial = 0;

export interface Dish { productId: string; variantId: string; sku: string; choiceIds: string[] }

export class TestShop {
  readonly tenantId = newId();
  /** May do everything in the shop. */
  readonly owner: Actor = person(this.tenantId, RIGHTS);
  /** The same in another tenant. */
  readonly rival: Actor = person(newId(), RIGHTS);

  private constructor(readonly subject: TestSubgraph<CommerceServices>, readonly admin: Pool, readonly clock: TestClock) {}

  static async boot(options: TestOptions = {}): Promise<TestShop> {
    const clock = new TestClock();
    const subject = await bootSubgraph(commerce, { clock, maxConnections: 16, ...options });
    return new TestShop(subject, new Pool({ connectionString: subject.database.adminUrl, max: 2 }), clock);
  }

  /** @throws on a top-level error */
  async query<Data>(text: string, variables: Sent = {}, by: Actor = this.owner): Promise<Data> {
    const { data, errors } = await this.subject.ask(text, variables, by);
    if (errors) throw new Error(JSON.stringify(errors));
    return data as Data;
  }

  /** @throws on a top-level error */
  async send(field: string, input: Sent, select = '__typename', by: Actor = this.owner): Promise<Payload> {
    const Input = `${field[0]?.toUpperCase() ?? ''}${field.slice(1)}Input`;
    const data = await this.query<Record<string, Payload>>(`mutation ($input: ${Input}!) { ${field}(input: $input) { ${select} userErrors { __typename field } } }`, { input }, by);
    const payload = data[field];
    if (!payload) throw new Error(`${field} answered nothing.`);
    return payload;
  }

  /** What must be done. @throws when it was refused */
  async done<Made>(field: string, input: Sent, select: string): Promise<Made> {
    const payload = await this.send(field, input, select);
    if (payload.userErrors.length > 0) throw new Error(`${field}: ${JSON.stringify(payload.userErrors)}`);
    return Object.values(payload)[0] as Made;
  }

  /** Why it is refused: type and path of each error. */
  async refused(field: string, input: Sent, by: Actor = this.owner): Promise<(string | undefined)[][]> {
    return (await this.send(field, input, '__typename', by)).userErrors.map(({ __typename, field: path }) => [__typename, path?.join('.')]);
  }

  /** One variant and a group of two options, of which one may be chosen. */
  async dish(more: Sent = {}, variant: Sent = {}): Promise<Dish> {
    const sku = `SKU-${serial += 1}`;
    const made = await this.done<{ id: string; variants: { id: string }[]; optionGroups: { choices: { id: string }[] }[] }>('productCreate', {
      kind: 'MENU_ITEM', name: `Dish ${serial}`, variants: [{ sku, prices: [{ minor: '1000', currency: 'EUR' }], ...variant }], ...more,
    }, 'product { id variants { id } optionGroups { choices { id } } }');
    return { productId: made.id, variantId: made.variants[0]?.id ?? '', sku, choiceIds: made.optionGroups.flatMap(({ choices }) => choices.map(({ id }) => id)) };
  }

  /** A variant of which there are `onHand`. */
  async counted(onHand: number): Promise<Dish> {
    const dish = await this.dish({ kind: 'PRODUCT' }, { tracksInventory: true });
    await this.done('stockAdjust', { variantId: dish.variantId, change: onHand, idempotencyKey: `count-${dish.sku}` }, 'stock { onHand }');
    return dish;
  }

  async customer(): Promise<string> {
    return (await this.done<{ id: string }>('customerCreate', { name: `Guest ${serial += 1}` }, 'customer { id }')).id;
  }

  /** Of a customer, to be picked up. */
  async cart(lines: readonly (readonly [dish: Dish, quantity: number])[] = [], more: Sent = {}): Promise<string> {
    const { id } = await this.done<{ id: string }>('cartCreate', { customerId: await this.customer(), fulfillment: 'PICKUP', ...more }, 'cart { id }');
    for (const [{ variantId }, quantity] of lines) await this.done('cartLineAdd', { cartId: id, variantId, quantity }, 'cart { id }');
    return id;
  }

  place(cartId: string, more: Sent = {}, select = 'order { id number fulfillmentStatus }'): Promise<Payload> {
    return this.send('orderPlace', { cartId, idempotencyKey: `place-${cartId}`, ...more }, select);
  }

  /** @returns how many there are, and how many of those are promised */
  async stock(variantId: string): Promise<number[]> {
    const rows = await this.rows<{ hand: number; reserved: number }>('select on_hand::int as hand, reserved::int as reserved from commerce.stock where variant_id = $1', [decodeId('vrnt', variantId)]);
    return rows.flatMap(({ hand, reserved }) => [hand, reserved]);
  }

  /** Behind the walls. */
  async rows<Row>(sql: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.admin.query(sql, values)).rows as Row[];
  }

  async close(): Promise<void> {
    await this.admin.end();
    await this.subject.close();
  }
}
