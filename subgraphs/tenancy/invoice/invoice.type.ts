// Invoices at the API.
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { connectionOf } from '../../kernel/graphql/connections.js';
import { BigIntScalar, DateTime } from '../../kernel/graphql/scalars.js';
import { TenantPlanName } from '../plan/plan.enums.js';

export enum InvoiceKind {
  MONTH = 'MONTH',
  CHANGE = 'CHANGE',
}
registerEnumType(InvoiceKind, {
  name: 'InvoiceKind', description: 'Why there is an invoice.',
  valuesConfig: { MONTH: { description: 'A month began.' }, CHANGE: { description: 'The plan was changed in the middle of a month.' } },
});

export enum InvoiceLineKind {
  PLAN = 'PLAN',
  CREDIT = 'CREDIT',
  OVERAGE = 'OVERAGE',
}
registerEnumType(InvoiceLineKind, {
  name: 'InvoiceLineKind', description: 'What a line of an invoice is for.',
  valuesConfig: {
    PLAN: { description: 'A month of a plan, or what is left of one.' },
    CREDIT: { description: 'What was paid ahead of the plan before, and is not used; negative.' },
    OVERAGE: { description: 'Conversations beyond the plan in a month before, which the line names: those of its last seconds may come a month later. Metered; the amount is 0.' },
  },
});

@ObjectType('InvoiceLine', { description: 'One line of an invoice.' })
export class InvoiceLineType {
  @Field(() => InvoiceLineKind, { description: 'What it is for.' })
  kind!: InvoiceLineKind;

  @Field(() => TenantPlanName, { nullable: true, description: 'The plan it is for; null for what belongs to none.' })
  plan!: TenantPlanName | null;

  @Field(() => BigIntScalar, { description: 'How many.' })
  quantity!: bigint;

  @Field(() => BigIntScalar, { description: 'In the minor unit of the invoice\'s currency, e.g. cents; negative for a credit.' })
  amountMinor!: bigint;

  @Field(() => DateTime, { nullable: true, description: 'Beginning of the month it is for, UTC, where that is not the time of the invoice; else null.' })
  startsAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'End of that month, UTC; else null.' })
  endsAt!: Date | null;
}

@ObjectType('Invoice', { description: 'What a tenant owes for a month, or for a change in one. Paying it is not the product\'s business.' })
export class InvoiceType {
  @Field(() => ID, { description: 'Global id, `invc_…`.' })
  id!: string;

  @Field(() => Int, { description: 'Counts up from 1 within the tenant, without gaps.' })
  number!: number;

  @Field(() => InvoiceKind, { description: 'Why there is it.' })
  kind!: InvoiceKind;

  @Field(() => DateTime, { description: 'Beginning of the time it is for, UTC.' })
  startsAt!: Date;

  @Field(() => DateTime, { description: 'End of the time it is for, UTC.' })
  endsAt!: Date;

  @Field(() => String, { description: 'ISO 4217 code of its amounts.' })
  currency!: string;

  @Field(() => BigIntScalar, { description: 'The sum of its lines, in the minor unit of `currency`.' })
  totalMinor!: bigint;

  @Field(() => DateTime, { description: 'When it was made, UTC.' })
  issuedAt!: Date;

  @Field(() => [InvoiceLineType], { description: 'Its lines: one or two for the plan, one for each month with overage that was not charged before.' })
  lines!: object[];
}

export const { Connection: InvoiceConnection } = connectionOf('Invoice', () => InvoiceType);
