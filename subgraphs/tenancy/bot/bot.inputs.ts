// Making, changing and assigning bots.
import { ArrayMaxSize, ArrayUnique, IsOptional, Matches, MaxLength } from 'class-validator';
import { Field, ID, InputType } from 'type-graphql';
import { DisplayText } from '../../kernel/graphql/display-text.js';

const NAME_MAX = 100;
const DESCRIPTION_MAX = 500;
export const INBOXES_MAX = 100;
const NAME = `What customers see as its name: one line of 1 to ${NAME_MAX} characters, not blank.`;
const DESCRIPTION = `What it is for: one line of at most ${DESCRIPTION_MAX} characters.`;
const ONE_LINE = /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]*$/u;

@InputType({ description: 'The bot to make.' })
export class BotCreateInput {
  @DisplayText('A name', NAME_MAX)
  @Field(() => String, { description: NAME })
  name!: string;

  @IsOptional()
  @Matches(ONE_LINE, { message: 'A description is one line of text.' })
  @MaxLength(DESCRIPTION_MAX, { message: `A description has at most ${DESCRIPTION_MAX} characters.` })
  @Field(() => String, { nullable: true, description: DESCRIPTION })
  description?: string | null;
}

@InputType({ description: 'What to change of a bot. What is absent stays as it is.' })
export class BotUpdateInput {
  @Field(() => ID, { description: 'The bot, `bot_…`.' })
  botId!: string;

  @IsOptional()
  @DisplayText('A name', NAME_MAX)
  @Field(() => String, { nullable: true, description: NAME })
  name?: string | null;

  @IsOptional()
  @Matches(ONE_LINE, { message: 'A description is one line of text.' })
  @MaxLength(DESCRIPTION_MAX, { message: `A description has at most ${DESCRIPTION_MAX} characters.` })
  @Field(() => String, { nullable: true, description: DESCRIPTION })
  description?: string | null;
}

@InputType({ description: 'The bot to switch on.' })
export class BotEnableInput {
  @Field(() => ID, { description: 'The bot, `bot_…`.' })
  botId!: string;
}

@InputType({ description: 'The bot to switch off.' })
export class BotDisableInput {
  @Field(() => ID, { description: 'The bot, `bot_…`.' })
  botId!: string;
}

@InputType({ description: 'The bot to remove.' })
export class BotDeleteInput {
  @Field(() => ID, { description: 'The bot, `bot_…`.' })
  botId!: string;
}

const INBOXES = `A bot serves at most ${INBOXES_MAX} different inboxes.`;

@InputType({ description: 'A bot and the inboxes it is to serve.' })
export class BotAssignInput {
  @Field(() => ID, { description: 'The bot, `bot_…`.' })
  botId!: string;

  @ArrayMaxSize(INBOXES_MAX, { message: INBOXES })
  @ArrayUnique({ message: INBOXES })
  @Field(() => [ID], { description: `All inboxes it serves from now on, \`inb_…\`, at most ${INBOXES_MAX}; empty: none. An id that is no inbox of yours serves nothing.` })
  inboxIds!: string[];
}
