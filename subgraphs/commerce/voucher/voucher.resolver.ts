// Vouchers: listed, made, put away.
import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { PageArgs } from '../../kernel/graphql/connections.js';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import { moneyOf, MoneyType } from '../money/money.type.js';
import type { CommerceServices } from '../services.js';
import { voucherById, type VoucherRow } from './voucher.service.js';
import { VoucherArchiveInput, VoucherArchivePayload, VoucherConnection, VoucherCreateInput, VoucherCreatePayload, VoucherType } from './voucher.type.js';

@Resolver(() => VoucherType)
export class VoucherResolver {
  constructor(private readonly services: CommerceServices) {}

  @Query(() => VoucherConnection, { nullable: true, description: 'Vouchers of your tenant, newest first.' })
  vouchers(@Args(() => PageArgs) args: PageArgs, @Ctx() context: OperationContext) {
    return this.services.vouchers.page(context, args);
  }

  @Mutation(() => VoucherCreatePayload, { nullable: true, description: 'Makes a voucher.' })
  async voucherCreate(@Arg('input', () => VoucherCreateInput, { description: 'What it takes off, until when and how often.' }) input: VoucherCreateInput, @Ctx() context: OperationContext) {
    return { voucher: await context.load(voucherById, await this.services.vouchers.create(context, input)), userErrors: [] };
  }

  @Mutation(() => VoucherArchivePayload, { nullable: true, description: 'Puts a voucher away. Repeating it changes nothing.' })
  async voucherArchive(@Arg('input', () => VoucherArchiveInput, { description: 'Which voucher.' }) input: VoucherArchiveInput, @Ctx() context: OperationContext) {
    const id = inputId('vchr', input.voucherId, ['input', 'voucherId']);
    await this.services.vouchers.archive(context, id);
    return { voucher: await context.load(voucherById, id), userErrors: [] };
  }

  @FieldResolver(() => MoneyType, { nullable: true, description: 'How much it takes off a cart of this currency; null: it takes a part.' })
  amount(@Root() { minor, currency }: VoucherRow) {
    return minor === null || currency === null ? null : moneyOf(minor, currency);
  }
}
