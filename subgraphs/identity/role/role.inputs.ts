// Inputs of roles.
import { ArrayMaxSize, ArrayMinSize, IsOptional } from 'class-validator';
import { Field, ID, InputType } from 'type-graphql';
import { DisplayText } from '../../kernel/graphql/display-text.js';

const NAME_MAX = 60;
const DESCRIPTION_MAX = 300;
const PERMISSIONS_MAX = 500;
const NAME = `The name: one line of 1 to ${NAME_MAX} characters, not the name of another role in upper or lower case.`;
const DESCRIPTION = `What the role is for, at most ${DESCRIPTION_MAX} characters.`;
const PERMISSIONS = 'The permissions it gives, at least one, each as `permissions` of a viewer names it. Nobody gives what they do not hold; `system:*` is the platform\'s.';

@InputType({ description: 'Input of `roleCreate`.' })
export class RoleCreateInput {
  @DisplayText('A name', NAME_MAX)
  @Field(() => String, { description: NAME })
  name!: string;

  @IsOptional()
  @DisplayText('A description', DESCRIPTION_MAX)
  @Field(() => String, { nullable: true, description: DESCRIPTION })
  description?: string | null;

  @ArrayMinSize(1, { message: 'A role gives at least one permission.' })
  @ArrayMaxSize(PERMISSIONS_MAX, { message: `A role lists at most ${PERMISSIONS_MAX} permissions.` })
  @Field(() => [String], { description: PERMISSIONS })
  permissions!: string[];
}

@InputType({ description: 'Input of `roleUpdate`. What is absent stays as it is.' })
export class RoleUpdateInput {
  @Field(() => ID, { description: 'The role to change; one of your own, not a preset.' })
  roleId!: string;

  @IsOptional()
  @DisplayText('A name', NAME_MAX)
  @Field(() => String, { nullable: true, description: NAME })
  name?: string | null;

  @IsOptional()
  @DisplayText('A description', DESCRIPTION_MAX)
  @Field(() => String, { nullable: true, description: `${DESCRIPTION} Null removes it.` })
  description?: string | null;

  @IsOptional()
  @ArrayMinSize(1, { message: 'A role gives at least one permission.' })
  @ArrayMaxSize(PERMISSIONS_MAX, { message: `A role lists at most ${PERMISSIONS_MAX} permissions.` })
  @Field(() => [String], { nullable: true, description: PERMISSIONS })
  permissions?: string[] | null;
}

@InputType({ description: 'Input of `roleDelete`.' })
export class RoleDeleteInput {
  @Field(() => ID, { description: 'The role to delete; one of your own, not a preset.' })
  roleId!: string;
}
