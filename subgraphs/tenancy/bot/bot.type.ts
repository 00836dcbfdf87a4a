// Bots at the API, and the outcomes of managing them.
import { Directive, Field, ID, ObjectType, type ClassType } from 'type-graphql';
import { connectionOf } from '../../kernel/graphql/connections.js';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { UserError } from '../../kernel/graphql/user-errors.js';
import { FOREIGN_TYPES, foreignStubs } from '../node/node-owners.js';

const InboxStub = foreignStubs[FOREIGN_TYPES.indexOf('Inbox')] as ClassType<{ id: string }>;

@ObjectType('Bot', { description: 'An automatic member of the staff. What it does in a conversation is set elsewhere.' })
@Directive('@key(fields: "id")')
export class BotType {
  @Field(() => ID, { description: 'Global id, `bot_…`.' })
  id!: string;

  // Nullable like the names of other authors: a document asks for all of them under one alias.
  @Field(() => String, { nullable: true, description: 'What customers see as its name; never null while the bot exists.' })
  name!: string;

  @Field(() => String, { description: 'What it is for, for colleagues; may be empty.' })
  description!: string;

  @Field(() => Boolean, { description: 'Whether it acts at all.' })
  enabled!: boolean;

  @Field(() => DateTime, { description: 'When it was made, UTC.' })
  createdAt!: Date;

  @Field(() => [InboxStub], { nullable: 'items', description: 'The inboxes it serves, at most 100; null for one that is gone.' })
  inboxes!: object[];
}

export const { Connection: BotConnection } = connectionOf('Bot', () => BotType);

const BOT = { nullable: true, description: 'The bot as it is now; null when it was refused.' } as const;
const reasons = (...names: string[]): { description: string } => ({ description: `Expected reasons for failure: ${names.map((name) => `\`${name}\``).join(', ')}.` });

@ObjectType({ description: 'The outcome of `botCreate`.' })
export class BotCreatePayload {
  @Field(() => BotType, BOT)
  bot!: object | null;

  @Field(() => [UserError], reasons('QuotaExceeded', 'InputInvalid'))
  userErrors!: UserError[];
}

@ObjectType({ description: 'The outcome of `botUpdate`.' })
export class BotUpdatePayload {
  @Field(() => BotType, BOT)
  bot!: object | null;

  @Field(() => [UserError], reasons('BotNotFound', 'InputInvalid'))
  userErrors!: UserError[];
}

@ObjectType({ description: 'The outcome of `botEnable`.' })
export class BotEnablePayload {
  @Field(() => BotType, BOT)
  bot!: object | null;

  @Field(() => [UserError], reasons('BotNotFound'))
  userErrors!: UserError[];
}

@ObjectType({ description: 'The outcome of `botDisable`.' })
export class BotDisablePayload {
  @Field(() => BotType, BOT)
  bot!: object | null;

  @Field(() => [UserError], reasons('BotNotFound'))
  userErrors!: UserError[];
}

@ObjectType({ description: 'The outcome of `botAssign`.' })
export class BotAssignPayload {
  @Field(() => BotType, BOT)
  bot!: object | null;

  @Field(() => [UserError], reasons('BotNotFound', 'InboxHasBot', 'InputInvalid'))
  userErrors!: UserError[];
}

@ObjectType({ description: 'The outcome of `botDelete`.' })
export class BotDeletePayload {
  @Field(() => ID, { nullable: true, description: 'The id of the bot that is gone; null when it was refused.' })
  botId!: string | null;

  @Field(() => [UserError], reasons('BotNotFound'))
  userErrors!: UserError[];
}

@ObjectType({ implements: UserError, description: 'There is no such bot in your tenant.' })
export class BotNotFound extends UserError {}

@ObjectType({ implements: UserError, description: 'An inbox has one bot at most, and these have another.' })
export class InboxHasBot extends UserError {
  @Field(() => [ID], { description: 'Those inboxes.' })
  inboxIds!: string[];
}
