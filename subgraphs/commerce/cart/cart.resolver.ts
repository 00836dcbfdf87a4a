// Carts: begun, filled, read with what they would cost now.
import { Arg, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import { customerById } from '../customer/customer.loaders.js';
import { CustomerType } from '../customer/customer.type.js';
import { moneyOf, MoneyType } from '../money/money.type.js';
import { orderById } from '../order/order.loaders.js';
import { OrderType } from '../order/order.type.js';
import { variantById } from '../product/product.loaders.js';
import { VariantType } from '../product/product.type.js';
import type { CommerceServices } from '../services.js';
import { voucherById } from '../voucher/voucher.service.js';
import { CartCreateInput, CartLineAddInput, CartLineRemoveInput, CartLineUpdateInput, CartUpdateInput } from './cart.inputs.js';
import type { CartLine } from './cart.lines.js';
import { totalsOf } from './cart.totals.js';
import { cartById, cartPriced, type CartRow } from './cart.loaders.js';
import {
  CartCreatePayload, CartLineAddPayload, CartLineRemovePayload, CartLineType, CartLineUpdatePayload, CartType, CartUpdatePayload, ChosenOptionType, TotalsType,
} from './cart.type.js';

const cartOf = ({ cartId }: { cartId: string }): string => inputId('cart', cartId, ['input', 'cartId']);
const lineOf = ({ lineId }: { lineId: string }): string => inputId('cline', lineId, ['input', 'lineId']);
const answered = async (context: OperationContext, id: string) => ({ cart: await context.load(cartById, id), userErrors: [] });

@Resolver(() => CartType)
export class CartResolver {
  constructor(private readonly services: CommerceServices) {}

  @Query(() => CartType, { nullable: true, description: 'One cart of your tenant; null when there is none with this id.' })
  cart(@Arg('id', () => ID, { description: 'Id of a cart, `cart_…`.' }) id: string, @Ctx() context: OperationContext) {
    return context.load(cartById, inputId('cart', id, ['id']));
  }

  @Mutation(() => CartCreatePayload, { nullable: true, description: 'Begins an empty cart.' })
  async cartCreate(@Arg('input', () => CartCreateInput, { description: 'Whose, and how they get it.' }) input: CartCreateInput, @Ctx() context: OperationContext) {
    return answered(context, await this.services.carts.create(context, input));
  }

  @Mutation(() => CartUpdatePayload, { nullable: true, description: 'Says of a cart whose it is, how they get it, and which tip and voucher it has.' })
  async cartUpdate(@Arg('input', () => CartUpdateInput, { description: 'Which cart, and what changes.' }) input: CartUpdateInput, @Ctx() context: OperationContext) {
    await this.services.carts.update(context, cartOf(input), input);
    return answered(context, cartOf(input));
  }

  @Mutation(() => CartLineAddPayload, { nullable: true, description: 'Puts something into a cart.' })
  async cartLineAdd(@Arg('input', () => CartLineAddInput, { description: 'What, how many, and with what.' }) input: CartLineAddInput, @Ctx() context: OperationContext) {
    await this.services.carts.addLine(context, cartOf(input), inputId('vrnt', input.variantId, ['input', 'variantId']), input);
    return answered(context, cartOf(input));
  }

  @Mutation(() => CartLineUpdatePayload, { nullable: true, description: 'Changes a line of a cart.' })
  async cartLineUpdate(@Arg('input', () => CartLineUpdateInput, { description: 'Which line, and what changes.' }) input: CartLineUpdateInput, @Ctx() context: OperationContext) {
    return answered(context, await this.services.carts.updateLine(context, lineOf(input), input));
  }

  @Mutation(() => CartLineRemovePayload, { nullable: true, description: 'Takes a line out of a cart.' })
  async cartLineRemove(@Arg('input', () => CartLineRemoveInput, { description: 'Which line.' }) input: CartLineRemoveInput, @Ctx() context: OperationContext) {
    return answered(context, await this.services.carts.removeLine(context, lineOf(input), input));
  }

  @FieldResolver(() => CustomerType, { nullable: true, description: 'Whose it is; null: not said yet.' })
  customer(@Root() { customerId }: CartRow, @Ctx() context: OperationContext) {
    return customerId === null ? null : context.load(customerById, customerId);
  }

  @FieldResolver(() => [CartLineType], { description: 'What is in it, in the order it was put in: at most 50.' })
  async lines(@Root() { id }: CartRow, @Ctx() context: OperationContext) {
    return (await context.load(cartPriced, id))?.lines ?? [];
  }

  @FieldResolver(() => TotalsType, { nullable: true, description: 'What it would cost now, with its voucher while that can be taken. Null when it is more than can be counted.' })
  async totals(@Root() { id, currency }: CartRow, @Ctx() context: OperationContext) {
    const priced = (await context.load(cartPriced, id))?.priced ?? null;
    return priced && totalsOf(priced, currency);
  }

  @FieldResolver(() => String, { nullable: true, description: 'The code of its voucher; null: it has none.' })
  async voucherCode(@Root() { voucherId }: CartRow, @Ctx() context: OperationContext) {
    return voucherId === null ? null : (await context.load(voucherById, voucherId))?.code ?? null;
  }

  @FieldResolver(() => OrderType, { nullable: true, description: 'The order it became; null: it is still filled.' })
  order(@Root() { orderId }: CartRow, @Ctx() context: OperationContext) {
    return orderId === null ? null : context.load(orderById, orderId);
  }
}

@Resolver(() => CartLineType)
export class CartLineResolver {
  @FieldResolver(() => VariantType, { nullable: true, description: 'What is bought.' })
  variant(@Root() { variantId }: CartLine, @Ctx() context: OperationContext) {
    return context.load(variantById, variantId);
  }

  @FieldResolver(() => [ChosenOptionType], { description: 'What was chosen with it, in the order of the product: at most 100.' })
  choices(@Root() { chosen, currency }: CartLine) {
    return chosen.map(({ group, name, minor }) => ({ group, name, price: moneyOf(minor, currency) }));
  }

  @FieldResolver(() => MoneyType, { nullable: true, description: 'What one costs with what was chosen; null: it has no price in this currency.' })
  unitPrice(@Root() { unitMinor, minor, currency }: CartLine) {
    return minor === null ? null : moneyOf(String(unitMinor), currency);
  }
}
