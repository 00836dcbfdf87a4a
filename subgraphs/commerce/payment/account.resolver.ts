// Accounts at providers of payments: listed, made, changed.
import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { PageArgs } from '../../kernel/graphql/connections.js';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import type { CommerceServices } from '../services.js';
import {
  PaymentAccountCreateInput, PaymentAccountCreatePayload, PaymentAccountSecretsRotateInput, PaymentAccountSecretsRotatePayload, PaymentAccountUpdateInput, PaymentAccountUpdatePayload,
} from './account.inputs.js';
import { ACCOUNT, accountById, type AccountRow } from './account.service.js';
import { PaymentAccountConnection, PaymentAccountType } from './payment.type.js';

const idOf = ({ paymentAccountId }: { paymentAccountId: string }): string => inputId('pacc', paymentAccountId, ACCOUNT);
const shown = async (context: OperationContext, id: string) => ({ paymentAccount: await context.load(accountById, id), userErrors: [] });

@Resolver(() => PaymentAccountType)
export class PaymentAccountResolver {
  constructor(private readonly services: CommerceServices) {}

  @Query(() => PaymentAccountConnection, { nullable: true, description: 'Accounts of your tenant at providers of payments, newest first.' })
  paymentAccounts(@Args(() => PageArgs) { first, after }: PageArgs, @Ctx() context: OperationContext) {
    return this.services.paymentAccounts.page(context, first, after);
  }

  @Mutation(() => PaymentAccountCreatePayload, { nullable: true, description: 'Connects an account at Stripe. Its `webhookUrl` is to be entered there.' })
  async paymentAccountCreate(@Arg('input', () => PaymentAccountCreateInput, { description: 'What to connect.' }) input: PaymentAccountCreateInput, @Ctx() context: OperationContext) {
    return shown(context, await this.services.paymentAccounts.create(context, input));
  }

  @Mutation(() => PaymentAccountUpdatePayload, { nullable: true, description: 'Renames a payment account, or switches it off and on. Repeating it changes nothing.' })
  async paymentAccountUpdate(@Arg('input', () => PaymentAccountUpdateInput, { description: 'Which account, and what to change.' }) input: PaymentAccountUpdateInput, @Ctx() context: OperationContext) {
    const id = idOf(input);
    await this.services.paymentAccounts.update(context, id, input);
    return shown(context, id);
  }

  @Mutation(() => PaymentAccountSecretsRotatePayload, { nullable: true, description: 'Gives a payment account new secrets. The former secret key is used no more; of what signs webhooks both are taken for a while.' })
  async paymentAccountSecretsRotate(@Arg('input', () => PaymentAccountSecretsRotateInput, { description: 'Which account, and its new secrets.' }) input: PaymentAccountSecretsRotateInput, @Ctx() context: OperationContext) {
    const id = idOf(input);
    await this.services.paymentAccounts.rotate(context, id, input);
    return shown(context, id);
  }

  @FieldResolver(() => String, { description: 'Where the provider delivers its events: enter it there as a webhook endpoint.' })
  webhookUrl(@Root() { key }: AccountRow) {
    return `${this.services.apiUrl}/webhooks/stripe/${key}`;
  }
}
