// Sessions as their person and its administrators see them, and the outcomes of ending them.
import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { connectionOf } from '../../kernel/graphql/connections.js';
import { UserError } from '../../kernel/graphql/user-errors.js';

@ObjectType('Session', { description: 'A device that is signed in to this tenant. What has ended is not shown.' })
export class SessionType {
  @Field(() => ID, { description: 'Global id, `sess_…`.' })
  id!: string;

  @Field(() => String, {
    nullable: true, description: 'What kind of device it is, e.g. `Firefox on Windows`; null when unknown. It is what the device says of itself.',
  })
  device!: string | null;

  @Field(() => String, { nullable: true, description: 'Address it signed in from.' })
  ip!: string | null;

  @Field(() => Date, { description: 'When it signed in.' })
  createdAt!: Date;

  @Field(() => Date, { description: 'When it was last used, to a minute or two.' })
  lastSeenAt!: Date;

  @Field(() => Date, { description: 'When it ends, unless it is used before and the tenant\'s absolute limit lets it live on.' })
  expiresAt!: Date;

  @Field(() => Boolean, { description: 'Whether this very call was made with it.' })
  current!: boolean;
}

export const { Connection: SessionConnection } = connectionOf('Session', () => SessionType);

export enum SessionScope {
  OTHERS = 'OTHERS',
  ALL = 'ALL',
}
registerEnumType(SessionScope, {
  name: 'SessionScope',
  description: 'Which sessions of a person.',
  valuesConfig: {
    OTHERS: { description: 'All but the one that asks.' },
    ALL: { description: 'All of them, the one that asks included.' },
  },
});

@InputType({ description: 'Which session to end.' })
export class SessionRevokeInput {
  @Field(() => ID, { description: 'Id of the session, `sess_…`.' })
  sessionId!: string;
}

@InputType({ description: 'Which sessions to end.' })
export class SessionsRevokeInput {
  @Field(() => SessionScope, { description: 'All, or all but this one.' })
  scope!: SessionScope;

  @Field(() => ID, { nullable: true, description: 'Whose: one\'s own when absent; a colleague\'s needs `user:manage` and every permission they hold.' })
  userId?: string | null;
}

@ObjectType({ description: 'The outcome of `sessionRevoke`.' })
export class SessionRevokePayload {
  @Field(() => Int, { nullable: true, description: 'How many sessions ended: 1, or 0 when it had ended before.' })
  sessionsEnded!: number | null;

  @Field(() => [UserError], { description: 'Expected reasons for failure: `SessionNotFound`, `GrantRefused` (they may do more than you).' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'The outcome of `sessionsRevoke`.' })
export class SessionsRevokePayload {
  @Field(() => Int, { nullable: true, description: 'How many sessions ended.' })
  sessionsEnded!: number | null;

  @Field(() => [UserError], { description: 'Expected reasons for failure: `GrantRefused` (they may do more than you).' })
  userErrors!: UserError[];
}

@ObjectType({ implements: UserError, description: 'There is no such session, or it is not yours and you do not manage people.' })
export class SessionNotFound extends UserError {}
