// The GraphQL face of presence.
import { Field, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { UserError } from '../../kernel/graphql/user-errors.js';
import type { PresenceStatus as Status } from './presence.entity.js';

export enum PresenceStatus { ONLINE = 'ONLINE', AWAY = 'AWAY', BUSY = 'BUSY', OFFLINE = 'OFFLINE' }
registerEnumType(PresenceStatus, {
  name: 'PresenceStatus', description: 'Whether somebody is there.',
  valuesConfig: {
    ONLINE: { description: 'There.' },
    AWAY: { description: 'Signed in, away from the desk.' },
    BUSY: { description: 'There, and not to be disturbed.' },
    OFFLINE: { description: 'Not there; also whoever was not heard of for 90 seconds.' },
  },
});

@ObjectType({ description: 'Whether a person is there, at the moment of asking.' })
export class Presence {
  @Field(() => PresenceStatus, { description: 'OFFLINE 90 seconds after the last `presenceUpdate`.' })
  status!: Status;

  @Field(() => String, { nullable: true, description: 'What they say of it, in their own words; null when nothing, and after a silence.' })
  text!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Since when the status holds, UTC; null for who was never there.' })
  since!: Date | null;
}

@ObjectType({ description: 'A colleague is there, is gone, or says something else of it.' })
export class PresenceChanged {
  @Field(() => Presence, { description: 'As it is from now on.' })
  presence!: Presence;
}

@InputType({ description: 'Input of `presenceUpdate`.' })
export class PresenceUpdateInput {
  @Field(() => PresenceStatus, { description: 'Whether the caller is there.' })
  status!: Status;

  @Field(() => String, { nullable: true, description: 'A few words for colleagues, at most 100 characters on one line; none when absent.' })
  text?: string | null;
}

@ObjectType({ description: 'Result of `presenceUpdate`.' })
export class PresenceUpdatePayload {
  @Field(() => Presence, { nullable: true, description: 'As colleagues see it from now on; null when it was refused.' })
  presence!: Presence | null;

  @Field(() => [UserError], { description: 'Why it was refused; empty when it was not.' })
  userErrors!: UserError[];
}
