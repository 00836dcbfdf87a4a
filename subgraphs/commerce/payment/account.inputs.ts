// Arguments and results of payment accounts.
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { UserError } from '../../kernel/graphql/user-errors.js';
import { PaymentAccountType } from './payment.type.js';

const SECRET_KEY = 'Secret key of the account at Stripe, `sk_…`, or a restricted one, `rk_…`, that may write payment intents and refunds and read disputes. Sealed, and never shown again.';
const WEBHOOK_SECRET = 'Signing secret of the webhook endpoint at Stripe, `whsec_…`. Sealed, and never shown again.';

@InputType({ description: 'Input of `paymentAccountCreate`.' })
export class PaymentAccountCreateInput {
  @Field(() => String, { description: 'What you call it, 1 to 100 characters.' })
  name!: string;

  @Field(() => String, { description: SECRET_KEY })
  secretKey!: string;

  @Field(() => String, { nullable: true, description: `${WEBHOOK_SECRET} The endpoint needs the \`webhookUrl\` of the account first: give it with \`paymentAccountSecretsRotate\` then.` })
  webhookSecret?: string | null;

  @Field(() => String, { nullable: true, description: 'Publishable key, `pk_…`, which the frontend needs beside the client secret of a payment.' })
  publishableKey?: string | null;
}

@InputType({ description: 'Input of `paymentAccountUpdate`. What is absent or null stays.' })
export class PaymentAccountUpdateInput {
  @Field(() => ID, { description: 'The account.' })
  paymentAccountId!: string;

  @Field(() => String, { nullable: true, description: 'What you call it from now on, 1 to 100 characters.' })
  name?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether it is switched off: no new payment is made with it.' })
  disabled?: boolean | null;
}

@InputType({ description: 'Input of `paymentAccountSecretsRotate`. Give one of the two, or both.' })
export class PaymentAccountSecretsRotateInput {
  @Field(() => ID, { description: 'The account.' })
  paymentAccountId!: string;

  @Field(() => String, { nullable: true, description: SECRET_KEY })
  secretKey?: string | null;

  @Field(() => String, { nullable: true, description: WEBHOOK_SECRET })
  webhookSecret?: string | null;

  @Field(() => Int, { defaultValue: 24, description: 'For how many hours the former signing secret is taken besides the new one, 0 to 168.' })
  overlapHours!: number;
}

@ObjectType()
abstract class AccountPayload {
  @Field(() => PaymentAccountType, { nullable: true, description: 'The account as it is now; null when it was refused.' })
  paymentAccount!: object | null;

  @Field(() => [UserError], { description: 'Why nothing changed; empty when it did.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'Result of `paymentAccountCreate`.' })
export class PaymentAccountCreatePayload extends AccountPayload {}

@ObjectType({ description: 'Result of `paymentAccountUpdate`.' })
export class PaymentAccountUpdatePayload extends AccountPayload {}

@ObjectType({ description: 'Result of `paymentAccountSecretsRotate`.' })
export class PaymentAccountSecretsRotatePayload extends AccountPayload {}

@ObjectType({ implements: UserError, description: 'There is no such payment account in your tenant.' })
export class PaymentAccountNotFound extends UserError {}

@ObjectType({ implements: UserError, description: 'The payment account is switched off.' })
export class PaymentAccountDisabled extends UserError {}

@ObjectType({ implements: UserError, description: 'There may be 10 payment accounts at the most.' })
export class PaymentAccountLimitReached extends UserError {}
