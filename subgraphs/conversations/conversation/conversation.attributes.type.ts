// The GraphQL face of a conversation's custom attributes.
import { Field, ID, InputType } from 'type-graphql';
import { attributeInputOf, attributeTypeOf } from '../attribute/attribute.type.js';
import type { AttributeGiven } from '../attribute/attribute.values.js';
import { payloadOf } from './conversation.work.type.js';

export const ConversationAttribute = attributeTypeOf('ConversationAttribute');
const ConversationAttributeInput = attributeInputOf('ConversationAttributeInput');

@InputType({ description: 'Input of `conversationAttributesSet`.' })
export class ConversationAttributesSetInput {
  @Field(() => ID, { description: 'The conversation.' })
  conversationId!: string;

  @Field(() => [ConversationAttributeInput], { description: 'Attributes to set or take away, 1 to 50. Those that are not named stay; a conversation has at most 50, of 64 KiB together.' })
  attributes!: AttributeGiven[];
}

export const ConversationAttributesSetPayload = payloadOf('conversationAttributesSet', 'with its attributes');
