// Making, changing, rotating and revoking keys.
import { ArrayMaxSize, ArrayMinSize, ArrayUnique, IsDate, IsOptional, Max, Min } from 'class-validator';
import { Field, ID, InputType, Int } from 'type-graphql';
import { DisplayText } from '../../kernel/graphql/display-text.js';

const NAME_MAX = 100;
const SCOPES = 'A key has 1 to 100 different scopes.';
const IPS = 'There are at most 50 networks.';
const SCOPES_TEXT = 'Permissions the key has, e.g. `conversation:read`; 1 to 100. You must hold each of them yourself.';
const IPS_TEXT = 'Addresses and networks it may be used from, as CIDR (`203.0.113.7`, `10.0.0.0/8`, `2001:db8::/32`); at most 50. Empty: from anywhere.';


@InputType({ description: 'The key to make.' })
export class ApiKeyCreateInput {
  @DisplayText('A name', NAME_MAX)
  @Field(() => String, { description: 'What it is for: one line of 1 to 100 characters, not blank.' })
  name!: string;

  @ArrayMinSize(1, { message: SCOPES })
  @ArrayMaxSize(100, { message: SCOPES })
  @ArrayUnique({ message: SCOPES })
  @Field(() => [String], { description: SCOPES_TEXT })
  scopes!: string[];

  @IsOptional()
  @ArrayMaxSize(50, { message: IPS })
  @Field(() => [String], { nullable: true, description: IPS_TEXT })
  ips?: string[] | null;

  @IsOptional()
  @IsDate({ message: 'This is no instant.' })
  @Field(() => Date, { nullable: true, description: 'When it ends by itself; absent: it does not.' })
  expiresAt?: Date | null;
}

@InputType({ description: 'What to change of a key. What is absent stays as it is.' })
export class ApiKeyUpdateInput {
  @Field(() => ID, { description: 'The key, `key_…`.' })
  apiKeyId!: string;

  @IsOptional()
  @DisplayText('A name', NAME_MAX)
  @Field(() => String, { nullable: true, description: 'What it is for: one line of 1 to 100 characters, not blank.' })
  name?: string | null;

  @IsOptional()
  @ArrayMinSize(1, { message: SCOPES })
  @ArrayMaxSize(100, { message: SCOPES })
  @ArrayUnique({ message: SCOPES })
  @Field(() => [String], { nullable: true, description: 'All its permissions from now on; those that are new you must hold yourself.' })
  scopes?: string[] | null;

  @IsOptional()
  @ArrayMaxSize(50, { message: IPS })
  @Field(() => [String], { nullable: true, description: IPS_TEXT })
  ips?: string[] | null;

  @IsOptional()
  @IsDate({ message: 'This is no instant.' })
  @Field(() => Date, { nullable: true, description: 'When it ends by itself. Null: it does not; absent: as before.' })
  expiresAt?: Date | null;
}

const HOURS = 'The old secret may live for 0 to 168 more hours.';

@InputType({ description: 'The key to give a new secret.' })
export class ApiKeyRotateInput {
  @Field(() => ID, { description: 'The key, `key_…`.' })
  apiKeyId!: string;

  @Min(0, { message: HOURS })
  @Max(168, { message: HOURS })
  @Field(() => Int, { defaultValue: 24, description: 'Hours for which the old secret still works beside the new one: 0 (it ends at once) to 168 (7 days).' })
  overlapHours!: number;
}

@InputType({ description: 'The key to revoke.' })
export class ApiKeyRevokeInput {
  @Field(() => ID, { description: 'The key, `key_…`.' })
  apiKeyId!: string;
}
