// The GraphQL face of a tenant's own integrations and of the cards they give.
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { connectionOf } from '../../kernel/graphql/connections.js';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { UserError } from '../../kernel/graphql/user-errors.js';
import type { CustomIntegrationKind, CustomIntegrationState } from './custom-integration.entity.js';

export const CustomIntegrationKindEnum: { [Kind in CustomIntegrationKind]: Kind } = { CRM: 'CRM', POS: 'POS', OTHER: 'OTHER' };
registerEnumType(CustomIntegrationKindEnum, {
  name: 'CustomIntegrationKind', description: 'What a program of your own is.',
  valuesConfig: { CRM: { description: 'Keeps customers.' }, POS: { description: 'A till: sells at a counter.' }, OTHER: { description: 'Something else.' } },
});

export const CustomIntegrationStateEnum: { [State in CustomIntegrationState]: State } = { ACTIVE: 'ACTIVE', DISABLED: 'DISABLED' };
registerEnumType(CustomIntegrationStateEnum, {
  name: 'CustomIntegrationState', description: 'Whether an integration of your own is asked.',
  valuesConfig: { ACTIVE: { description: 'It is asked.' }, DISABLED: { description: 'Somebody switched it off: it is not asked, and its cards are not shown.' } },
});

@ObjectType('CustomIntegration', { description: 'A program of your own that is asked what it knows of a contact, by signed calls, and answers with a card.' })
export class CustomIntegrationType {
  @Field(() => ID, { description: 'Global id, `cint_…`.' })
  id!: string;

  @Field(() => String, { description: 'What staff see with its cards.' })
  name!: string;

  @Field(() => CustomIntegrationKindEnum, { description: 'What it is.' })
  kind!: CustomIntegrationKind;

  @Field(() => CustomIntegrationStateEnum, { description: 'Whether it is asked.' })
  state!: CustomIntegrationState;

  @Field(() => String, { description: 'Where it is asked.' })
  url!: string;

  @Field(() => DateTime, { nullable: true, description: 'Until when questions are signed with the secret before the last rotation as well, UTC; null when they are not.' })
  secretOverlapUntil!: Date | null;

  @Field(() => Int, { description: 'How often in a row it did not answer as agreed. It is left alone for a while after each: 2 seconds, then 4, 8 … up to 5 minutes.' })
  failures!: number;

  @Field(() => DateTime, { nullable: true, description: 'When it last answered as agreed, UTC; null before the first time.' })
  lastAnsweredAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When it last did not, UTC; null when it always did.' })
  lastFailedAt!: Date | null;

  @Field(() => String, { nullable: true, description: 'What was wrong then, for a person.' })
  lastFailure!: string | null;

  @Field(() => DateTime, { description: 'When it was made, UTC.' })
  createdAt!: Date;
}

export const { Connection: CustomIntegrationConnection } = connectionOf('CustomIntegration', () => CustomIntegrationType);

@ObjectType({ description: 'A line of a card.' })
export class ContactCardField {
  @Field(() => String, { description: 'What it is, e.g. `Customer since`; at most 100 characters.' })
  label!: string;

  @Field(() => String, { description: 'At most 1,000 characters, as the integration wrote it: show it as text.' })
  value!: string;

  @Field(() => String, { nullable: true, description: 'Where there is more of it, http or https; null when nowhere.' })
  url!: string | null;
}

@ObjectType('ContactCard', { description: 'What an integration of your own knows of a contact, as it said last.' })
export class ContactCardType {
  @Field(() => DateTime, { nullable: true, description: 'When it said this, UTC; null when it never answered.' })
  answeredAt!: Date | null;

  @Field(() => DateTime, { description: 'When it was asked last, UTC.' })
  askedAt!: Date;

  @Field(() => String, { nullable: true, description: 'Why it did not answer when it was asked last; null when it did. What it said before is shown on.' })
  problem!: string | null;
}

@ObjectType({ implements: UserError, description: 'There is no such integration in your tenant.' })
export class CustomIntegrationNotFound extends UserError {}

@ObjectType({ implements: UserError, description: 'Another integration of yours has this name.' })
export class CustomIntegrationNameTaken extends UserError {}

@ObjectType({ implements: UserError, description: 'A tenant has at most ten integrations of its own.' })
export class CustomIntegrationLimitReached extends UserError {}
