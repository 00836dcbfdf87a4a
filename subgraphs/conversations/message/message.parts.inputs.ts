// What a message can be made of: the same wherever staff write one.
import { MediaInput } from '../attachment/attachment.inputs.js';
import { Field, ID, InputType } from 'type-graphql';
import { TemplateInput } from '../template/template.inputs.js';
import { LocationInput } from './message.location.inputs.js';

@InputType({ description: 'A card of somebody to send.' })
export class SharedContactInput {
  @Field(() => String, { description: 'Their name; at most 200 characters.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'Where they work; at most 200 characters.' })
  organization?: string | null;

  @Field(() => [String], { nullable: true, description: 'Phone numbers, at most 10.' })
  phones?: string[] | null;

  @Field(() => [String], { nullable: true, description: 'E-mail addresses, at most 10.' })
  emails?: string[] | null;
}

@InputType({ description: 'One thing to choose.' })
export class ChoiceOptionInput {
  @Field(() => String, { description: "Comes back as `choiceId` of the customer's answer; no two alike in a message. At most 200 characters in a list of WhatsApp, 256 of its buttons, 1,000 elsewhere." })
  id!: string;

  @Field(() => String, { description: 'What it says: at most 20 characters on a button, 24 in a list.' })
  title!: string;

  @Field(() => String, { nullable: true, description: 'A second line, in lists only; at most 72 characters.' })
  description?: string | null;
}

@InputType({ description: 'A part of a list.' })
export class ChoiceSectionInput {
  @Field(() => String, { nullable: true, description: 'Its heading, at most 24 characters; needed when there are several sections.' })
  title?: string | null;

  @Field(() => [ChoiceOptionInput], { description: 'What it offers.' })
  options!: ChoiceOptionInput[];
}

@InputType({ description: 'What the customer may choose from: `buttons`, or `listButton` with `sections`. The `text` of the message asks.' })
export class ChoicesInput {
  @Field(() => [ChoiceOptionInput], { nullable: true, description: 'Buttons: at most 3 on WhatsApp, 13 on Messenger and Instagram.' })
  buttons?: ChoiceOptionInput[] | null;

  @Field(() => String, { nullable: true, description: 'What opens the list, at most 20 characters. WhatsApp only.' })
  listButton?: string | null;

  @Field(() => [ChoiceSectionInput], { nullable: true, description: 'A list: at most 10 options in all. WhatsApp only.' })
  sections?: ChoiceSectionInput[] | null;

  @Field(() => String, { nullable: true, description: 'A line above the text, at most 60 characters. WhatsApp only.' })
  header?: string | null;

  @Field(() => String, { nullable: true, description: 'A line below it, at most 60 characters. WhatsApp only.' })
  footer?: string | null;
}

/** Fields of every input that makes a message. */
@InputType()
export abstract class MessageParts {
  @Field(() => String, {
    nullable: true,
    description: 'The text: at most 4,096 characters on WhatsApp, 2,000 on Messenger, 1,000 bytes of UTF-8 on Instagram. Needed by itself and with `choices`; a caption with `media`; no other part takes one.',
  })
  text?: string | null;

  @Field(() => LocationInput, { nullable: true, description: 'A place, instead of a text. WhatsApp only. A message has at most one part besides its text.' })
  location?: LocationInput | null;

  @Field(() => [SharedContactInput], { nullable: true, description: 'Cards of people, 1 to 10, instead of a text. WhatsApp only.' })
  contacts?: SharedContactInput[] | null;

  @Field(() => ChoicesInput, { nullable: true, description: 'What the customer may choose from, below the text.' })
  choices?: ChoicesInput | null;

  @Field(() => TemplateInput, { nullable: true, description: 'A template of the inbox, filled in, instead of a text: what WhatsApp takes at any time. WhatsApp only.' })
  template?: TemplateInput | null;

  @Field(() => MediaInput, { nullable: true, description: 'Files. The `text` is their caption, where the channel has one: at most 1,024 characters on WhatsApp, beside pictures, films and documents.' })
  media?: MediaInput | null;

  @Field(() => ID, { nullable: true, description: 'The message of the same conversation that this one answers. The channel must know it: it has come in, or was sent already.' })
  replyToId?: string | null;

  @Field(() => String, {
    description: 'Chosen by the client, 1 to 200 printable ASCII characters. The same key with the same input is the same message, however often it is sent. '
      + 'Keys of `messageSend` and `conversationStart` are of one kind: none is used for both.',
  })
  idempotencyKey!: string;
}
