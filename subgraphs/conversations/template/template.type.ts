// The GraphQL face of templates, and of what is wrong with how one was filled in.
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { connectionOf } from '../../kernel/graphql/connections.js';
import { each, inherited, type RuleMap } from '../../kernel/graphql/rules.js';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { UserError } from '../../kernel/graphql/user-errors.js';
import { InboxType } from '../inbox/inbox.type.js';

export enum TemplatePart { HEADER = 'HEADER', BODY = 'BODY', BUTTON = 'BUTTON' }
registerEnumType(TemplatePart, {
  name: 'TemplatePart', description: 'A part of a template that has places to fill in.',
  valuesConfig: { HEADER: { description: 'Above the text.' }, BODY: { description: 'The text.' }, BUTTON: { description: 'A button below it.' } },
});

export enum TemplateSlotType { TEXT = 'TEXT', IMAGE = 'IMAGE', VIDEO = 'VIDEO', DOCUMENT = 'DOCUMENT', LOCATION = 'LOCATION', COUPON = 'COUPON' }
registerEnumType(TemplateSlotType, {
  name: 'TemplateSlotType', description: 'What a place of a template takes.',
  valuesConfig: {
    TEXT: { description: '`text`, `currency` or `dateTime`.' }, IMAGE: { description: '`imageUrl`.' }, VIDEO: { description: '`videoUrl`.' }, DOCUMENT: { description: '`documentUrl`.' },
    LOCATION: { description: '`location`.' }, COUPON: { description: '`coupon`: the code that the button copies.' },
  },
});

@ObjectType({ description: 'A place of a template that must be filled in.' })
export class TemplateSlot {
  @Field(() => TemplatePart, { description: 'Where it is.' })
  part!: TemplatePart;

  @Field(() => Int, { nullable: true, description: 'Which button, from 1; null elsewhere.' })
  button!: number | null;

  @Field(() => Int, { description: 'Among those of its part, from 1; through Twilio the number between its braces.' })
  position!: number;

  @Field(() => String, { nullable: true, description: 'Its name; null where places have numbers.' })
  name!: string | null;

  @Field(() => TemplateSlotType, { description: 'What it takes.' })
  type!: TemplateSlotType;
}

@ObjectType({ description: 'A button of a template.' })
export class TemplateButton {
  @Field(() => String, { description: 'As the channel calls it, e.g. `QUICK_REPLY`, `URL` or `COPY_CODE`.' })
  type!: string;

  @Field(() => String, { description: 'What it says.' })
  text!: string;

  @Field(() => String, { nullable: true, description: 'Where it leads.' })
  url!: string | null;
}

@ObjectType({ description: 'What stands above the text of a template.' })
export class TemplateHeader {
  @Field(() => String, { description: 'As the channel calls it: `TEXT`, `IMAGE`, `VIDEO`, `DOCUMENT` or `LOCATION`; `MEDIA` through Twilio, with its address as text.' })
  format!: string;

  @Field(() => String, { nullable: true, description: 'Its text, with places as `{{1}}` or `{{name}}`.' })
  text!: string | null;
}

@ObjectType({ description: 'A message that the channel has approved before, with places to fill in: what may be sent when the window is closed.' })
export class MessageTemplate {
  @Field(() => String, { description: 'Its name; with the language unique in its inbox.' })
  name!: string;

  @Field(() => String, { description: 'Its language as the channel calls it, e.g. `en_US`.' })
  language!: string;

  @Field(() => String, { description: 'As the channel calls it, e.g. `MARKETING` or `UTILITY`.' })
  category!: string;

  @Field(() => String, { description: 'As the channel calls it; only `APPROVED` can be sent.' })
  status!: string;

  @Field(() => TemplateHeader, { nullable: true, description: 'What stands above the text.' })
  header!: TemplateHeader | null;

  @Field(() => String, { description: 'The text, with places as `{{1}}` or `{{name}}`.' })
  body!: string;

  @Field(() => String, { nullable: true, description: 'The line below it.' })
  footer!: string | null;

  @Field(() => [TemplateButton], { description: 'Its buttons.' })
  buttons!: TemplateButton[];

  @Field(() => [TemplateSlot], { description: 'What must be filled in.' })
  slots!: TemplateSlot[];

  @Field(() => DateTime, { description: 'When it was last fetched from the channel, UTC.' })
  syncedAt!: Date;
}

export const { Connection: MessageTemplateConnection } = connectionOf('MessageTemplate', () => MessageTemplate);

@ObjectType({ description: 'What a place of a template was filled with.' })
export class TemplateParameter {
  @Field(() => TemplatePart, { description: 'Where it is.' })
  part!: TemplatePart;

  @Field(() => Int, { nullable: true, description: 'Which button, from 1; null elsewhere.' })
  button!: number | null;

  @Field(() => Int, { description: 'Among those of its part, from 1.' })
  position!: number;

  @Field(() => String, { nullable: true, description: 'Its name; null where places have numbers.' })
  name!: string | null;

  @Field(() => String, { description: 'What it says there: words, an amount, the address of a file.' })
  shown!: string;
}

@ObjectType('TemplateContent', { description: 'A template, filled in. How it reads is the text of the message.' })
export class TemplateContentType {
  @Field(() => String, { description: 'Name of the template.' })
  name!: string;

  @Field(() => String, { description: 'Its language as the channel calls it.' })
  language!: string;

  @Field(() => [TemplateParameter], { description: 'What was filled in.' })
  parameters!: TemplateParameter[];
}

@ObjectType({ implements: UserError, description: 'The template is not there, is not approved, or is filled in wrongly. Nothing was sent.' })
export class TemplateMismatch extends UserError {
  @Field(() => String, { nullable: true, description: 'The place that is missing or wrong: `body 2`, `body name`, `header`, `button 1`; null when it is the template itself.' })
  parameter!: string | null;
}

@ObjectType({ implements: UserError, description: 'The channel did not list its templates; those that were fetched before stay as they are.' })
export class TemplatesUnavailable extends UserError {}

@ObjectType({ description: 'Result of `messageTemplatesSync`.' })
export class MessageTemplatesSyncPayload {
  @Field(() => InboxType, { nullable: true, description: 'The inbox; null when nothing was fetched.' })
  inbox!: object | null;

  @Field(() => Int, { nullable: true, description: 'How many templates it has now; null when nothing was fetched.' })
  count!: number | null;

  @Field(() => [UserError], { description: 'Why nothing was fetched; empty when it was.' })
  userErrors!: UserError[];
}

export const templateTypes = [TemplateMismatch, TemplatesUnavailable];
const USER_ERROR = ['message', 'code', 'field'];
export const templateRules: RuleMap = {
  MessageTemplate: each(inherited, 'name', 'language', 'category', 'status', 'header', 'body', 'footer', 'buttons', 'slots', 'syncedAt'),
  MessageTemplateConnection: each(inherited, 'nodes', 'edges', 'pageInfo'),
  MessageTemplateEdge: each(inherited, 'node', 'cursor'),
  TemplateSlot: each(inherited, 'part', 'button', 'position', 'name', 'type'),
  TemplateButton: each(inherited, 'type', 'text', 'url'),
  TemplateHeader: each(inherited, 'format', 'text'),
  TemplateParameter: each(inherited, 'part', 'button', 'position', 'name', 'shown'),
  TemplateContent: each(inherited, 'name', 'language', 'parameters'),
  TemplateMismatch: each(inherited, ...USER_ERROR, 'parameter'),
  TemplatesUnavailable: each(inherited, ...USER_ERROR),
  MessageTemplatesSyncPayload: each(inherited, 'inbox', 'count', 'userErrors'),
};
