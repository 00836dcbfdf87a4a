// Payloads of this subgraph's mutations: the thing that was changed, and why not.
import { Field, ObjectType, type ClassType } from 'type-graphql';
import { UserError } from '../../kernel/graphql/user-errors.js';

/** The payload type of `mutation`, e.g. `payloadOf('areaCreate', 'area', () => AreaType)`. */
export function payloadOf(mutation: string, field: string, type: () => ClassType<object>): ClassType<{ userErrors: UserError[] }> {
  @ObjectType(`${mutation[0]?.toUpperCase() ?? ''}${mutation.slice(1)}Payload`, { description: `Result of \`${mutation}\`.` })
  class Payload {
    @Field(() => [UserError], { description: 'Why nothing was changed; empty when it was.' })
    userErrors!: UserError[];
  }
  const declare = Field(() => type(), { nullable: true, description: 'As it is now; null when it was refused.' }) as PropertyDecorator;
  declare(Payload.prototype, field);
  return Payload;
}
