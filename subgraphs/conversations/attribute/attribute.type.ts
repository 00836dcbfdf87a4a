// The GraphQL face of custom attributes, whosever they are.
import { Field, Float, InputType, ObjectType, type ClassType } from 'type-graphql';
import type { AttributeGiven } from './attribute.values.js';

export function attributeTypeOf(name: string): ClassType<object> {
  @ObjectType(name, { description: 'A custom attribute: exactly one of `text`, `number` and `flag` is given.' })
  class Attribute {
    @Field(() => String, { description: 'Its name.' })
    name!: string;

    @Field(() => String, { nullable: true, description: 'Its text.' })
    text!: string | null;

    @Field(() => Float, { nullable: true, description: 'Its number.' })
    number!: number | null;

    @Field(() => Boolean, { nullable: true, description: 'Yes or no.' })
    flag!: boolean | null;
  }
  return Attribute;
}

export function attributeInputOf(name: string): ClassType<AttributeGiven> {
  @InputType(name, { description: 'A custom attribute: at most one of `text`, `number` and `flag`. None of them takes it away.' })
  class AttributeInput implements AttributeGiven {
    @Field(() => String, { description: 'Lower case letters, digits and underscores, at most 40, beginning with a letter.' })
    name!: string;

    @Field(() => String, { nullable: true, description: 'A text of at most 500 characters.' })
    text?: string | null;

    @Field(() => Float, { nullable: true, description: 'A number.' })
    number?: number | null;

    @Field(() => Boolean, { nullable: true, description: 'Yes or no.' })
    flag?: boolean | null;
  }
  return AttributeInput;
}
