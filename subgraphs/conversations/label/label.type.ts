// The GraphQL face of labels.
import { Field, ID, ObjectType } from 'type-graphql';
import { connectionOf } from '../../kernel/graphql/connections.js';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { UserError } from '../../kernel/graphql/user-errors.js';

@ObjectType('Label', { description: 'A word of the tenant by which conversations are told apart, e.g. `refund`.' })
export class LabelType {
  @Field(() => ID, { description: 'Global id, `lbl_…`.' })
  id!: string;

  @Field(() => String, { description: 'Lower case, unique in the tenant.' })
  name!: string;

  @Field(() => String, { description: 'Its colour, `#rrggbb` in lower case.' })
  color!: string;

  @Field(() => String, { nullable: true, description: 'What it is for; null when nobody said.' })
  description!: string | null;

  @Field(() => DateTime, { description: 'When it was made, UTC.' })
  createdAt!: Date;
}

export const { Connection: LabelConnection } = connectionOf('Label', () => LabelType);

@ObjectType({ implements: UserError, description: 'There is no such label in your tenant.' })
export class LabelNotFound extends UserError {}

@ObjectType({ implements: UserError, description: 'Another label has this name.' })
export class LabelNameTaken extends UserError {}

@ObjectType({ implements: UserError, description: 'There are as many labels as there may be: of a tenant 500, of a conversation 30.' })
export class LabelLimitReached extends UserError {}

@ObjectType({ description: 'Result of `labelCreate`.' })
export class LabelCreatePayload {
  @Field(() => LabelType, { nullable: true, description: 'The new label; null when it was refused.' })
  label!: object | null;

  @Field(() => [UserError], { description: 'Why it was not made; empty when it was.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'Result of `labelUpdate`.' })
export class LabelUpdatePayload {
  @Field(() => LabelType, { nullable: true, description: 'The label as it is now; null when it was refused.' })
  label!: object | null;

  @Field(() => [UserError], { description: 'Why it was not changed; empty when it was.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'Result of `labelDelete`.' })
export class LabelDeletePayload {
  @Field(() => ID, { nullable: true, description: 'The label that is gone; null when it was refused.' })
  labelId!: string | null;

  @Field(() => [UserError], { description: 'Why it was not deleted; empty when it was.' })
  userErrors!: UserError[];
}
