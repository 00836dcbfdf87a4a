// The GraphQL face of what a customer may choose from.
import { Field, ID, ObjectType } from 'type-graphql';
import { each, inherited, type RuleMap } from '../../kernel/graphql/rules.js';

@ObjectType({ description: 'One thing to choose.' })
export class ChoiceOption {
  @Field(() => ID, { description: "What the customer's answer calls it (`choiceId`)." })
  choiceId!: string;

  @Field(() => String, { description: 'What it says.' })
  title!: string;

  @Field(() => String, { nullable: true, description: 'Its second line.' })
  description!: string | null;
}

@ObjectType({ description: 'A part of what may be chosen from.' })
export class ChoiceSection {
  @Field(() => String, { nullable: true, description: 'Its heading; null of buttons.' })
  title!: string | null;

  @Field(() => [ChoiceOption], { description: 'What it offers.' })
  options!: ChoiceOption[];
}

@ObjectType('ChoicesContent', { description: 'Buttons or a list that the customer may choose from. What is asked is the text of the message.' })
export class ChoicesContentType {
  @Field(() => String, { nullable: true, description: 'What opens the list; null when they are buttons.' })
  listButton!: string | null;

  @Field(() => String, { nullable: true, description: 'The line above the text.' })
  header!: string | null;

  @Field(() => String, { nullable: true, description: 'The line below it.' })
  footer!: string | null;

  @Field(() => [ChoiceSection], { description: 'What is offered; of buttons one section.' })
  sections!: ChoiceSection[];
}

export const choicesRules: RuleMap = {
  ChoicesContent: each(inherited, 'listButton', 'header', 'footer', 'sections'),
  ChoiceSection: each(inherited, 'title', 'options'),
  ChoiceOption: each(inherited, 'choiceId', 'title', 'description'),
};
