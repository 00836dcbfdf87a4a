// A tenant's own integrations: managed, tested, and asked for cards of contacts.
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { PageArgs } from '../../kernel/graphql/connections.js';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import { ContactType } from '../contact/contact.type.js';
import { contactById, type ContactRow } from '../conversation/conversation.loaders.js';
import { InboxTestResult } from '../inbox/inbox.type.js';
import type { ConversationsServices } from '../services.js';
import { refreshCards } from './contact-card.refresh.js';
import {
  ContactCardsRefreshInput, CustomIntegrationCreateInput, CustomIntegrationDeleteInput, CustomIntegrationDisableInput, CustomIntegrationEnableInput, CustomIntegrationSecretRotateInput,
  CustomIntegrationTestInput, CustomIntegrationUpdateInput,
} from './custom-integration.inputs.js';
import { cardsOf, customIntegrationById, type ContactCardRow, type CustomIntegrationRow } from './custom-integration.loaders.js';
import {
  ContactCardsRefreshPayload, CustomIntegrationCreatePayload, CustomIntegrationDeletePayload, CustomIntegrationDisablePayload, CustomIntegrationEnablePayload,
  CustomIntegrationSecretRotatePayload, CustomIntegrationTestPayload, CustomIntegrationUpdatePayload,
} from './custom-integration.payloads.js';
import { INTEGRATION } from './custom-integration.service.js';
import { ContactCardField, ContactCardType, CustomIntegrationConnection, CustomIntegrationType } from './custom-integration.type.js';

const idOf = ({ customIntegrationId }: { customIntegrationId: string }): string => inputId('cint', customIntegrationId, INTEGRATION);
const shown = async (context: OperationContext, id: string) => ({ customIntegration: await context.load(customIntegrationById, id), userErrors: [] });

@Resolver(() => CustomIntegrationType)
export class CustomIntegrationResolver {
  constructor(private readonly services: ConversationsServices) {}

  @Query(() => CustomIntegrationConnection, { nullable: true, description: 'Integrations of your own, by name.' })
  customIntegrations(@Args(() => PageArgs) { first, after }: PageArgs, @Ctx() context: OperationContext) {
    return this.services.integrations.page(context, first, after);
  }

  @Query(() => CustomIntegrationType, { nullable: true, description: 'One integration of your own; null when your tenant has none with this id.' })
  customIntegration(@Arg('id', () => ID, { description: 'The integration, `cint_…`.' }) id: string, @Ctx() context: OperationContext) {
    return context.load(customIntegrationById, inputId('cint', id, ['id']));
  }

  @FieldResolver(() => InboxTestResult, { nullable: true, description: 'What came of the last `customIntegrationTest`; null before the first.' })
  lastTest(@Root() { lastTestAt, lastTestCode, lastTestMessage }: CustomIntegrationRow): InboxTestResult | null {
    return lastTestAt && { passed: lastTestCode === null, code: lastTestCode, message: lastTestMessage, testedAt: lastTestAt };
  }

  @Mutation(() => CustomIntegrationCreatePayload, {
    nullable: true, description: 'Makes a program of your own known, e.g. a CRM: it is asked for a card of contacts. A tenant has at most ten. Sent twice, the second finds the name taken.',
  })
  async customIntegrationCreate(@Arg('input', () => CustomIntegrationCreateInput, { description: 'What and where it is.' }) input: CustomIntegrationCreateInput, @Ctx() context: OperationContext) {
    const { id, signingSecret } = await this.services.integrations.create(context, input);
    return { ...await shown(context, id), signingSecret };
  }

  @Mutation(() => CustomIntegrationUpdatePayload, { nullable: true, description: 'Changes what an integration is called, and where it is. Repeating it changes nothing.' })
  async customIntegrationUpdate(@Arg('input', () => CustomIntegrationUpdateInput, { description: 'What to change.' }) input: CustomIntegrationUpdateInput, @Ctx() context: OperationContext) {
    const id = idOf(input);
    await this.services.integrations.update(context, id, input);
    return shown(context, id);
  }

  @Mutation(() => CustomIntegrationSecretRotatePayload, { nullable: true, description: 'Makes a new secret. Questions are signed with both until the overlap ends, so that nothing stops while you exchange it.' })
  async customIntegrationSecretRotate(@Arg('input', () => CustomIntegrationSecretRotateInput, { description: 'Whose, and for how long the old one holds.' }) input: CustomIntegrationSecretRotateInput, @Ctx() context: OperationContext) {
    const id = idOf(input);
    const signingSecret = await this.services.integrations.rotate(context, id, input.overlapHours);
    return { ...await shown(context, id), signingSecret };
  }

  @Mutation(() => CustomIntegrationTestPayload, { nullable: true, description: 'Asks an integration whether it is there and takes our signature. What it said is kept.' })
  async customIntegrationTest(@Arg('input', () => CustomIntegrationTestInput, { description: 'Which one.' }) input: CustomIntegrationTestInput, @Ctx() context: OperationContext) {
    const id = idOf(input);
    const test = await this.services.integrations.test(context, id);
    return { ...await shown(context, id), test };
  }

  @Mutation(() => CustomIntegrationDisablePayload, { nullable: true, description: 'Switches an integration off: it is not asked, and its cards are not shown. Repeating it changes nothing.' })
  async customIntegrationDisable(@Arg('input', () => CustomIntegrationDisableInput, { description: 'Which one.' }) input: CustomIntegrationDisableInput, @Ctx() context: OperationContext) {
    const id = idOf(input);
    await this.services.integrations.switch(context, id, 'DISABLED');
    return shown(context, id);
  }

  @Mutation(() => CustomIntegrationEnablePayload, { nullable: true, description: 'Switches an integration on again. Repeating it changes nothing.' })
  async customIntegrationEnable(@Arg('input', () => CustomIntegrationEnableInput, { description: 'Which one.' }) input: CustomIntegrationEnableInput, @Ctx() context: OperationContext) {
    const id = idOf(input);
    await this.services.integrations.switch(context, id, 'ACTIVE');
    return shown(context, id);
  }

  @Mutation(() => CustomIntegrationDeletePayload, { nullable: true, description: 'Deletes an integration for good, with all it said of contacts.' })
  async customIntegrationDelete(@Arg('input', () => CustomIntegrationDeleteInput, { description: 'Which one.' }) input: CustomIntegrationDeleteInput, @Ctx() context: OperationContext) {
    await this.services.integrations.delete(context, idOf(input));
    return { customIntegrationId: input.customIntegrationId, userErrors: [] };
  }
}

@Resolver(() => ContactType)
export class ContactCardsResolver {
  constructor(private readonly services: ConversationsServices) {}

  @Mutation(() => ContactCardsRefreshPayload, {
    nullable: true,
    description: 'Asks your integrations what they know of a contact, and waits for them, five seconds at most. Call it when somebody opens the contact: what was said within the last minute is not asked again.',
  })
  async contactCardsRefresh(@Arg('input', () => ContactCardsRefreshInput, { description: 'Which contact.' }) input: ContactCardsRefreshInput, @Ctx() context: OperationContext) {
    const id = inputId('cont', input.contactId, ['input', 'contactId']);
    await refreshCards(context, this.services.integrations, id);
    return { contact: await context.load(contactById, id), userErrors: [] };
  }

  @FieldResolver(() => [ContactCardType], { description: 'What your own integrations said of them when they were last asked (`contactCardsRefresh`), by name of the integration: ten at most. Nothing is asked by reading it.' })
  async cards(@Root() { id }: ContactRow, @Ctx() context: OperationContext) {
    return (await context.load(cardsOf, id)) ?? [];
  }
}

@Resolver(() => ContactCardType)
export class ContactCardResolver {
  @FieldResolver(() => CustomIntegrationType, { description: 'Who said it.' })
  integration(@Root() { integrationId }: ContactCardRow, @Ctx() context: OperationContext) {
    return context.load(customIntegrationById, integrationId);
  }

  @FieldResolver(() => String, { nullable: true, description: 'What it calls them; null when it does not know them, or never answered.' })
  title(@Root() { card }: ContactCardRow): string | null {
    return card?.title ?? null;
  }

  @FieldResolver(() => String, { nullable: true, description: 'Their page there, http or https; null when there is none.' })
  url(@Root() { card }: ContactCardRow): string | null {
    return card?.url ?? null;
  }

  @FieldResolver(() => [ContactCardField], { description: 'What it tells of them, in its order: at most 30.' })
  fields(@Root() { card }: ContactCardRow): ContactCardField[] {
    return card?.fields ?? [];
  }
}
