// The GraphQL face of what keeps a message from being sent.
import { Field, ObjectType } from 'type-graphql';
import { each, inherited, type RuleMap } from '../../kernel/graphql/rules.js';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { UserError } from '../../kernel/graphql/user-errors.js';

@ObjectType({
  implements: UserError,
  description: 'Too long since the customer wrote: on this channel only a template may be sent until they write again. See `Conversation.windowClosesAt`.',
})
export class WindowClosed extends UserError {
  @Field(() => DateTime, { nullable: true, description: 'Since when, UTC; null when the customer has never written to this inbox.' })
  closedAt!: Date | null;
}

@ObjectType({ implements: UserError, description: 'The customer does not want to be written to by this inbox. See `Contact.consents`.' })
export class RecipientOptedOut extends UserError {}

export const hindranceTypes = [WindowClosed, RecipientOptedOut];
const USER_ERROR = ['message', 'code', 'field'];
export const hindranceRules: RuleMap = {
  WindowClosed: each(inherited, ...USER_ERROR, 'closedAt'), RecipientOptedOut: each(inherited, ...USER_ERROR),
};
