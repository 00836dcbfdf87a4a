// Arguments of label operations.
import { Field, ID, InputType } from 'type-graphql';

const NAME = 'At most 50 characters, none of them a control character; kept in lower case, without spaces around it.';
const COLOR = '`#rrggbb`.';
const DESCRIPTION = 'What it is for, at most 200 characters.';

@InputType({ description: 'Input of `labelCreate`.' })
export class LabelCreateInput {
  @Field(() => String, { description: NAME })
  name!: string;

  @Field(() => String, { description: COLOR })
  color!: string;

  @Field(() => String, { nullable: true, description: DESCRIPTION })
  description?: string | null;
}

@InputType({ description: 'Input of `labelUpdate`. What is absent stays.' })
export class LabelUpdateInput {
  @Field(() => ID, { description: 'The label to change.' })
  labelId!: string;

  @Field(() => String, { nullable: true, description: NAME })
  name?: string | null;

  @Field(() => String, { nullable: true, description: COLOR })
  color?: string | null;

  @Field(() => String, { nullable: true, description: `${DESCRIPTION} Null takes it away.` })
  description?: string | null;
}

@InputType({ description: 'Input of `labelDelete`.' })
export class LabelDeleteInput {
  @Field(() => ID, { description: 'The label to delete: no conversation bears it any more.' })
  labelId!: string;
}

@InputType({ description: 'Input of `conversationLabelsAdd`.' })
export class ConversationLabelsAddInput {
  @Field(() => ID, { description: 'The conversation.' })
  conversationId!: string;

  @Field(() => [ID], { description: 'Labels it bears from now on, 1 to 30. Those it bears already are no error.' })
  labelIds!: string[];
}

@InputType({ description: 'Input of `conversationLabelsRemove`.' })
export class ConversationLabelsRemoveInput {
  @Field(() => ID, { description: 'The conversation.' })
  conversationId!: string;

  @Field(() => [ID], { description: 'Labels it bears no longer, 1 to 30. Those it does not bear are no error.' })
  labelIds!: string[];
}
