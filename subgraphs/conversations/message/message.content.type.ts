// The GraphQL face of what a message holds besides text.
import { createUnionType, Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { MediaItem } from '../attachment/attachment.type.js';
import type { MessageContent as Content } from '../channel/content.js';
import { shownValue } from '../channel/template.js';
import { TemplateContentType } from '../template/template.type.js';
import { ChoicesContentType } from './message.choices.type.js';

@ObjectType('MediaContent', { description: 'Pictures, films, sound, documents or stickers. A caption is the text of the message.' })
export class MediaContentType {
  @Field(() => [MediaItem], { description: 'The files.' })
  media!: MediaItem[];

  @Field(() => Boolean, { description: 'A voice note, recorded for this message.' })
  voice!: boolean;
}

@ObjectType('LocationContent', { description: 'A place.' })
export class LocationContentType {
  @Field(() => Float, { description: 'Degrees north, WGS 84.' })
  latitude!: number;

  @Field(() => Float, { description: 'Degrees east, WGS 84.' })
  longitude!: number;

  @Field(() => String, { nullable: true, description: 'What the place is called.' })
  name!: string | null;

  @Field(() => String, { nullable: true, description: 'Its address.' })
  address!: string | null;
}

@ObjectType({ description: 'A card of somebody else that was shared.' })
export class SharedContact {
  @Field(() => String, { description: 'Their name.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'Where they work.' })
  organization!: string | null;

  @Field(() => [String], { description: 'Phone numbers as they were written.' })
  phones!: string[];

  @Field(() => [String], { description: 'E-mail addresses as they were written.' })
  emails!: string[];
}

@ObjectType('ContactsContent', { description: 'Cards of people.' })
export class ContactsContentType {
  @Field(() => [SharedContact], { description: 'The cards.' })
  contacts!: SharedContact[];
}

@ObjectType({ description: 'A field of a form and what the customer filled in.' })
export class FormAnswer {
  @Field(() => String, { description: 'Name of the field.' })
  name!: string;

  @Field(() => String, { description: 'What was filled in, as text.' })
  value!: string;
}

@ObjectType('ChoiceContent', { description: 'A button, list row, quick reply or form that the customer chose or sent. Its title is the text of the message.' })
export class ChoiceContentType {
  @Field(() => ID, { description: 'What the sender of the choices called this one.' })
  choiceId!: string;

  @Field(() => String, { nullable: true, description: 'The second line of a list row.' })
  description!: string | null;

  @Field(() => [FormAnswer], { description: 'Of a form: what was filled in. Otherwise empty.' })
  answers!: FormAnswer[];
}

@ObjectType({ description: 'A product in a cart that the customer sent.' })
export class OrderedProduct {
  @Field(() => ID, { description: "The seller's own id of the product in the channel's catalogue." })
  productId!: string;

  @Field(() => Int, { description: 'How many.' })
  quantity!: number;

  @Field(() => Float, { nullable: true, description: 'Price of one in minor units of the currency, as the channel tells it; a whole number.' })
  priceMinor!: number | null;

  @Field(() => String, { nullable: true, description: 'ISO 4217.' })
  currency!: string | null;
}

@ObjectType('OrderContent', { description: "A cart that the customer sent from the channel's catalogue. A note is the text of the message." })
export class OrderContentType {
  @Field(() => ID, { nullable: true, description: "The channel's id of the catalogue." })
  catalogId!: string | null;

  @Field(() => [OrderedProduct], { description: 'What is in it.' })
  products!: OrderedProduct[];
}

export enum SharedKind { STORY_MENTION = 'STORY_MENTION', STORY_REPLY = 'STORY_REPLY', POST = 'POST', REEL = 'REEL', LINK = 'LINK' }
registerEnumType(SharedKind, {
  name: 'SharedKind', description: 'What was shared.',
  valuesConfig: {
    STORY_MENTION: { description: 'They mentioned the business in a story.' },
    STORY_REPLY: { description: 'They answered a story of the business.' },
    POST: { description: 'A post.' },
    REEL: { description: 'A reel.' },
    LINK: { description: 'A link.' },
  },
});

@ObjectType('ShareContent', { description: 'Something that lives elsewhere.' })
export class ShareContentType {
  @Field(() => SharedKind, { description: 'What it is.' })
  shared!: SharedKind;

  @Field(() => String, { nullable: true, description: 'Where it is; may expire.' })
  url!: string | null;

  @Field(() => String, { nullable: true, description: 'Its title.' })
  title!: string | null;
}

export enum SystemEvent { NUMBER_CHANGED = 'NUMBER_CHANGED', IDENTITY_CHANGED = 'IDENTITY_CHANGED' }
registerEnumType(SystemEvent, {
  name: 'SystemEvent', description: 'What a channel tells of a customer.',
  valuesConfig: { NUMBER_CHANGED: { description: 'They have another number.' }, IDENTITY_CHANGED: { description: 'They use another device or have set the app up again.' } },
});

@ObjectType('SystemContent', { description: 'Told by the channel, not written by anybody.' })
export class SystemContentType {
  @Field(() => SystemEvent, { description: 'What happened.' })
  event!: SystemEvent;

  @Field(() => String, { nullable: true, description: 'Their new phone number with its plus sign.' })
  phone!: string | null;
}

const TYPES = {
  media: MediaContentType, location: LocationContentType, contacts: ContactsContentType, choice: ChoiceContentType, order: OrderContentType, share: ShareContentType,
  system: SystemContentType,
  choices: ChoicesContentType,
  template: TemplateContentType,
} as const satisfies Record<Content['kind'], unknown>;

export const MessageContentUnion = createUnionType({
  name: 'MessageContent', description: 'What a message holds besides its text.',
  types: () => [MediaContentType, LocationContentType, ContactsContentType, ChoiceContentType, OrderContentType, ShareContentType, SystemContentType,
    ChoicesContentType, TemplateContentType] as const,
  resolveType: (value) => TYPES[(value as unknown as Content).kind],
});

/** As the graph shows it. */
export function contentOf(content: Content | null): object | null {
  if (content?.kind === 'choices') return { ...content, sections: content.sections.map((section) => ({ ...section, options: section.options.map(({ id, ...option }) => ({ choiceId: id, ...option })) })) };
  if (content?.kind === 'template') return { ...content, parameters: content.parameters.map(({ value, ...place }) => ({ ...place, shown: shownValue(value) })) };
  if (content?.kind !== 'choice') return content;
  return { ...content, answers: Object.entries(content.answers ?? {}).map(([name, value]) => ({ name, value })) };
}

export enum ReferralSource { AD = 'AD', POST = 'POST', LINK = 'LINK', PRODUCT = 'PRODUCT' }
registerEnumType(ReferralSource, {
  name: 'ReferralSource', description: 'What brought a customer to write.',
  valuesConfig: {
    AD: { description: 'An advertisement.' }, POST: { description: 'A post.' }, LINK: { description: 'A link.' }, PRODUCT: { description: 'A product of the catalogue they ask about.' },
  },
});

@ObjectType({ description: 'What brought the customer to write a message.' })
export class MessageReferral {
  @Field(() => ReferralSource, { description: 'What kind of thing.' })
  source!: ReferralSource;

  @Field(() => ID, { nullable: true, description: "The channel's id of the advertisement, post or link, or the seller's of the product." })
  sourceId!: string | null;

  @Field(() => String, { nullable: true, description: 'Where it is.' })
  url!: string | null;

  @Field(() => String, { nullable: true, description: 'Its headline.' })
  headline!: string | null;

  @Field(() => String, { nullable: true, description: 'Its words.' })
  body!: string | null;
}

@ObjectType({ description: 'A reaction that stands on a message.' })
export class MessageReaction {
  @Field(() => String, { description: 'The emoji.' })
  emoji!: string;

  @Field(() => Boolean, { description: "The customer's; otherwise the business's, given in the channel's own app." })
  fromCustomer!: boolean;

  @Field(() => DateTime, { description: 'When it was given, UTC.' })
  reactedAt!: Date;
}
