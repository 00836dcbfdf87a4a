// What managing a tenant's own integrations answers.
import { Field, ID, ObjectType, type ClassType } from 'type-graphql';
import { UserError } from '../../kernel/graphql/user-errors.js';
import { ContactType } from '../contact/contact.type.js';
import { InboxTestResult } from '../inbox/inbox.type.js';
import { CustomIntegrationType } from './custom-integration.type.js';

const nameOf = (mutation: string): string => `${mutation[0]?.toUpperCase() ?? ''}${mutation.slice(1)}Payload`;
const REFUSED = 'Why nothing happened; empty when it did.';

function payloadOf(mutation: string, what: string): ClassType<object> {
  @ObjectType(nameOf(mutation), { description: `Result of \`${mutation}\`.` })
  class Payload {
    @Field(() => CustomIntegrationType, { nullable: true, description: `${what}; null when it was refused.` })
    customIntegration!: object | null;

    @Field(() => [UserError], { description: REFUSED })
    userErrors!: UserError[];
  }
  return Payload;
}

function secretPayloadOf(mutation: string, what: string): ClassType<object> {
  @ObjectType(nameOf(mutation), { description: `Result of \`${mutation}\`.` })
  class Payload {
    @Field(() => CustomIntegrationType, { nullable: true, description: `${what}; null when it was refused.` })
    customIntegration!: object | null;

    @Field(() => String, { nullable: true, description: 'What questions are signed with from now on (Standard Webhooks), `whsec_…`. Shown this once; null when it was refused.' })
    signingSecret!: string | null;

    @Field(() => [UserError], { description: REFUSED })
    userErrors!: UserError[];
  }
  return Payload;
}

export const CustomIntegrationCreatePayload = secretPayloadOf('customIntegrationCreate', 'The new integration');
export const CustomIntegrationSecretRotatePayload = secretPayloadOf('customIntegrationSecretRotate', 'The integration');
export const CustomIntegrationUpdatePayload = payloadOf('customIntegrationUpdate', 'The integration as it is now');
export const CustomIntegrationDisablePayload = payloadOf('customIntegrationDisable', 'The integration, switched off');
export const CustomIntegrationEnablePayload = payloadOf('customIntegrationEnable', 'The integration, switched on');

@ObjectType({ description: 'Result of `customIntegrationTest`.' })
export class CustomIntegrationTestPayload {
  @Field(() => CustomIntegrationType, { nullable: true, description: 'The integration as it is now; null when it could not be tested.' })
  customIntegration!: object | null;

  @Field(() => InboxTestResult, { nullable: true, description: 'What came of it; null when it could not be tested.' })
  test!: InboxTestResult | null;

  @Field(() => [UserError], { description: 'Why it could not be tested; empty when it was, whatever came of it.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'Result of `customIntegrationDelete`.' })
export class CustomIntegrationDeletePayload {
  @Field(() => ID, { nullable: true, description: 'The integration that is gone, with all its cards; null when it was refused.' })
  customIntegrationId!: string | null;

  @Field(() => [UserError], { description: REFUSED })
  userErrors!: UserError[];
}

@ObjectType({ description: 'Result of `contactCardsRefresh`.' })
export class ContactCardsRefreshPayload {
  @Field(() => ContactType, { nullable: true, description: 'The contact, with its cards as they are now; null when it was refused.' })
  contact!: object | null;

  @Field(() => [UserError], { description: REFUSED })
  userErrors!: UserError[];
}
