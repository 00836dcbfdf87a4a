// The GraphQL face of vouchers.
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { connectionOf } from '../../kernel/graphql/connections.js';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { UserError } from '../../kernel/graphql/user-errors.js';
import { MoneyInput } from '../money/money.input.js';

const CODE = '1 to 40 letters, digits and hyphens; kept in upper case, unique in the tenant.';
const PERCENT = 'Which part of the cart it takes off, in millionths: 100000 is 10 %.';
const AMOUNT = 'How much it takes off a cart of its currency; of others nothing.';
const STARTS = 'From when it is taken, UTC; null: at once.';
const ENDS = 'Until when it is taken, UTC, not included; null: for good.';
const USES = 'How often it is taken in all; null: without limit.';
const EACH = 'How often of one customer; null: without limit.';

@ObjectType('Voucher', { description: 'A code by which a customer pays less.' })
export class VoucherType {
  @Field(() => ID, { description: 'Global id, `vchr_…`.' })
  id!: string;

  @Field(() => String, { description: CODE })
  code!: string;

  @Field(() => Int, { nullable: true, description: `${PERCENT} Null: it takes an amount off.` })
  percentPpm!: number | null;

  @Field(() => DateTime, { nullable: true, description: STARTS })
  startsAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: ENDS })
  endsAt!: Date | null;

  @Field(() => Int, { nullable: true, description: USES })
  mostUses!: number | null;

  @Field(() => Int, { nullable: true, description: EACH })
  mostUsesEach!: number | null;

  @Field(() => Int, { description: 'How often it was taken. Orders that were canceled, rejected or expired gave it back.' })
  used!: number;

  @Field(() => DateTime, { nullable: true, description: 'When it was put away, UTC; null: it is in use.' })
  archivedAt!: Date | null;
}

export const { Connection: VoucherConnection } = connectionOf('Voucher', () => VoucherType);

@ObjectType({ implements: UserError, description: 'There is no such voucher in your tenant.' })
export class VoucherNotFound extends UserError {}

@ObjectType({ implements: UserError, description: 'Another voucher has this code.' })
export class VoucherCodeTaken extends UserError {}

@ObjectType({ implements: UserError, description: 'The voucher cannot be taken: it is not there, not now, used up, or of another currency.' })
export class VoucherUnusable extends UserError {}

@InputType({ description: 'Input of `voucherCreate`. Give either `percentPpm` or `amount`.' })
export class VoucherCreateInput {
  @Field(() => String, { description: CODE })
  code!: string;

  @Field(() => Int, { nullable: true, description: PERCENT })
  percentPpm?: number | null;

  @Field(() => MoneyInput, { nullable: true, description: AMOUNT })
  amount?: MoneyInput | null;

  @Field(() => DateTime, { nullable: true, description: STARTS })
  startsAt?: Date | null;

  @Field(() => DateTime, { nullable: true, description: ENDS })
  endsAt?: Date | null;

  @Field(() => Int, { nullable: true, description: `${USES} At least 1.` })
  mostUses?: number | null;

  @Field(() => Int, { nullable: true, description: `${EACH} At least 1.` })
  mostUsesEach?: number | null;
}

@InputType({ description: 'Input of `voucherArchive`.' })
export class VoucherArchiveInput {
  @Field(() => ID, { description: 'The voucher to put away: nobody can use it any more. Orders that did stay as they are.' })
  voucherId!: string;
}

@ObjectType({ description: 'Result of `voucherCreate`.' })
export class VoucherCreatePayload {
  @Field(() => VoucherType, { nullable: true, description: 'The new voucher; null when it was refused.' })
  voucher!: object | null;

  @Field(() => [UserError], { description: 'Why it was not made; empty when it was.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'Result of `voucherArchive`.' })
export class VoucherArchivePayload {
  @Field(() => VoucherType, { nullable: true, description: 'The voucher as it is now; null when it was refused.' })
  voucher!: object | null;

  @Field(() => [UserError], { description: 'Why it was not put away; empty when it was.' })
  userErrors!: UserError[];
}
