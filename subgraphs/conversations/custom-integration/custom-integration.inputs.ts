// Arguments of what is done with a tenant's own integrations.
import { Field, ID, InputType, Int } from 'type-graphql';
import type { CustomIntegrationKind } from './custom-integration.entity.js';
import { CustomIntegrationKindEnum } from './custom-integration.type.js';

const NAME = 'What staff see with its cards, 1 to 100 characters; no other integration of yours has it, whatever the case.';
const URL = 'Where it is asked by signed POST: https, at the public internet.';
const WHICH = 'The integration.';

@InputType({ description: 'Input of `customIntegrationCreate`.' })
export class CustomIntegrationCreateInput {
  @Field(() => String, { description: NAME })
  name!: string;

  @Field(() => CustomIntegrationKindEnum, { description: 'What it is.' })
  kind!: CustomIntegrationKind;

  @Field(() => String, { description: URL })
  url!: string;
}

@InputType({ description: 'Input of `customIntegrationUpdate`. What is absent stays.' })
export class CustomIntegrationUpdateInput {
  @Field(() => ID, { description: WHICH })
  customIntegrationId!: string;

  @Field(() => String, { nullable: true, description: NAME })
  name?: string | null;

  @Field(() => CustomIntegrationKindEnum, { nullable: true, description: 'What it is.' })
  kind?: CustomIntegrationKind | null;

  @Field(() => String, { nullable: true, description: URL })
  url?: string | null;
}

@InputType({ description: 'Input of `customIntegrationSecretRotate`.' })
export class CustomIntegrationSecretRotateInput {
  @Field(() => ID, { description: WHICH })
  customIntegrationId!: string;

  @Field(() => Int, { defaultValue: 24, description: 'For how many hours questions are signed with the old secret besides the new one, 0 to 168. Of two rotations within it the last one\'s predecessor holds.' })
  overlapHours!: number;
}

@InputType({ description: 'Input of `customIntegrationTest`.' })
export class CustomIntegrationTestInput {
  @Field(() => ID, { description: WHICH })
  customIntegrationId!: string;
}

@InputType({ description: 'Input of `customIntegrationDisable`.' })
export class CustomIntegrationDisableInput {
  @Field(() => ID, { description: WHICH })
  customIntegrationId!: string;
}

@InputType({ description: 'Input of `customIntegrationEnable`.' })
export class CustomIntegrationEnableInput {
  @Field(() => ID, { description: WHICH })
  customIntegrationId!: string;
}

@InputType({ description: 'Input of `customIntegrationDelete`.' })
export class CustomIntegrationDeleteInput {
  @Field(() => ID, { description: WHICH })
  customIntegrationId!: string;
}

@InputType({ description: 'Input of `contactCardsRefresh`.' })
export class ContactCardsRefreshInput {
  @Field(() => ID, { description: 'The contact it is about.' })
  contactId!: string;
}
