// How a template is named and filled in.
import { ArgsType, Field, Float, ID, InputType, Int } from 'type-graphql';
import { PageArgs } from '../../kernel/graphql/connections.js';
import { LocationInput } from '../message/message.location.inputs.js';
import { TemplatePart } from './template.type.js';

@InputType({ description: 'An amount of money, which the channel shows as its reader is used to.' })
export class TemplateCurrencyInput {
  @Field(() => String, { description: 'ISO 4217.' })
  currency!: string;

  @Field(() => Float, { description: 'A whole number of minor units of the currency.' })
  amountMinor!: number;

  @Field(() => String, { description: 'How it reads where the channel does not know better; at most 200 characters.' })
  fallback!: string;
}

@InputType({ description: 'What fills one place of a template: exactly one of the values, by the name or the position of the place.' })
export class TemplateParameterInput {
  @Field(() => TemplatePart, { nullable: true, description: 'Where the place is; in the text when absent.' })
  part?: TemplatePart | null;

  @Field(() => Int, { nullable: true, description: 'Which button, from 1; the first when absent.' })
  button?: number | null;

  @Field(() => Int, { nullable: true, description: 'Its position, from 1, where places have numbers. Needed unless its part has one place only.' })
  position?: number | null;

  @Field(() => String, { nullable: true, description: 'Its name, where places have names.' })
  name?: string | null;

  @Field(() => String, { nullable: true, description: 'A text: one line, at most 1,024 characters.' })
  text?: string | null;

  @Field(() => TemplateCurrencyInput, { nullable: true, description: 'An amount of money.' })
  currency?: TemplateCurrencyInput | null;

  @Field(() => String, { nullable: true, description: 'A moment, as it is to read.' })
  dateTime?: string | null;

  @Field(() => String, { nullable: true, description: 'Address (https) of a picture, which the channel fetches.' })
  imageUrl?: string | null;

  @Field(() => String, { nullable: true, description: 'Address (https) of a film.' })
  videoUrl?: string | null;

  @Field(() => String, { nullable: true, description: 'Address (https) of a document.' })
  documentUrl?: string | null;

  @Field(() => LocationInput, { nullable: true, description: 'A place.' })
  location?: LocationInput | null;

  @Field(() => String, { nullable: true, description: 'The code that a button copies; at most 15 characters.' })
  coupon?: string | null;
}

@InputType({ description: 'A template of the inbox, filled in. See `messageTemplates`.' })
export class TemplateInput {
  @Field(() => String, { description: 'Its name.' })
  name!: string;

  @Field(() => String, { description: 'Its language as the channel calls it, e.g. `en_US`.' })
  language!: string;

  @Field(() => [TemplateParameterInput], { nullable: true, description: 'What fills its places, each once, in any order.' })
  parameters?: TemplateParameterInput[] | null;
}

@InputType({ description: 'Input of `messageTemplatesSync`.' })
export class MessageTemplatesSyncInput {
  @Field(() => ID, { description: 'The inbox whose templates are fetched.' })
  inboxId!: string;
}

@ArgsType()
export class MessageTemplatesArgs extends PageArgs {
  @Field(() => ID, { description: 'The inbox whose templates are listed.' })
  inboxId!: string;
}
