// Inputs of giving and taking roles.
import { Field, ID, InputType } from 'type-graphql';
import { DateTime } from '../../kernel/graphql/scalars.js';

@InputType({ description: 'Input of `roleGrant`.' })
export class RoleGrantInput {
  @Field(() => ID, { description: 'The person who gets it.' })
  userId!: string;

  @Field(() => ID, { description: 'The role: a preset or one of your own.' })
  roleId!: string;

  @Field(() => DateTime, { nullable: true, description: 'From this instant on it gives nothing; it must lie ahead. Absent: it does not end by itself.' })
  until?: Date | null;
}

@InputType({ description: 'Input of `roleRevoke`.' })
export class RoleRevokeInput {
  @Field(() => ID, { description: 'The person who holds it.' })
  userId!: string;

  @Field(() => ID, { description: 'The role to take.' })
  roleId!: string;
}
