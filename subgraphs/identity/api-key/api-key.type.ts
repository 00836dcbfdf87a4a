// Keys as those who manage them see them, and the outcomes of managing them.
import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { connectionOf } from '../../kernel/graphql/connections.js';
import { UserError } from '../../kernel/graphql/user-errors.js';
import { User } from '../user/user.type.js';

export enum ApiKeyStatus {
  ACTIVE = 'ACTIVE',
  EXPIRED = 'EXPIRED',
  REVOKED = 'REVOKED',
}
registerEnumType(ApiKeyStatus, {
  name: 'ApiKeyStatus',
  description: 'Whether a key works.',
  valuesConfig: {
    ACTIVE: { description: 'It works.' }, EXPIRED: { description: 'Its time is over; a later `expiresAt` revives it.' }, REVOKED: { description: 'It was ended for good.' },
  },
});

@ObjectType('ApiKey', { description: 'A key with which programs act for a tenant. It belongs to the tenant, not to the person who made it.' })
export class ApiKeyType {
  @Field(() => ID, { description: 'Global id, `key_…`.' })
  id!: string;

  @Field(() => String, { description: 'What it is for.' })
  name!: string;

  @Field(() => String, { description: 'The first characters of its newest secret, to tell it from others.' })
  hint!: string;

  @Field(() => ApiKeyStatus, { description: 'Whether it works.' })
  status!: ApiKeyStatus;

  @Field(() => [String], { description: 'The permissions it was given, sorted.' })
  scopes!: string[];

  @Field(() => [String], { description: 'Addresses and networks it may be used from; empty: from anywhere.' })
  ips!: string[];

  @Field(() => Date, { description: 'When it was made.' })
  createdAt!: Date;

  @Field(() => User, { nullable: true, description: 'Who made it; null when they have left.' })
  createdBy!: User | null;

  @Field(() => Date, { nullable: true, description: 'When it ends by itself; null: it does not.' })
  expiresAt!: Date | null;

  @Field(() => Date, { nullable: true, description: 'When it was revoked; null: it was not.' })
  revokedAt!: Date | null;

  @Field(() => Date, { nullable: true, description: 'When it was last used, to a minute or two; null: never.' })
  lastUsedAt!: Date | null;

  @Field(() => String, { nullable: true, description: 'From which address it was last used.' })
  lastUsedIp!: string | null;
}

export const { Connection: ApiKeyConnection } = connectionOf('ApiKey', () => ApiKeyType);

const KEY = { nullable: true, description: 'The key as it is now; null when it was refused.' } as const;
const SECRET = {
  nullable: true, description: 'The secret to send as `Authorization: Bearer …` or `X-API-Key`. It is shown this once and cannot be read again.',
} as const;
const reasons = (...names: string[]): { description: string } => ({ description: `Expected reasons for failure: ${names.map((name) => `\`${name}\``).join(', ')}.` });

@ObjectType({ description: 'The outcome of `apiKeyCreate`.' })
export class ApiKeyCreatePayload {
  @Field(() => ApiKeyType, KEY)
  apiKey!: object | null;

  @Field(() => String, SECRET)
  secret!: string | null;

  @Field(() => [UserError], reasons('InputInvalid', 'ScopesRefused', 'FeatureNotInTier'))
  userErrors!: UserError[];
}

@ObjectType({ description: 'The outcome of `apiKeyUpdate`.' })
export class ApiKeyUpdatePayload {
  @Field(() => ApiKeyType, KEY)
  apiKey!: object | null;

  @Field(() => [UserError], reasons('InputInvalid', 'ApiKeyNotFound', 'ApiKeyRevoked', 'ScopesRefused'))
  userErrors!: UserError[];
}

@ObjectType({ description: 'The outcome of `apiKeyRotate`.' })
export class ApiKeyRotatePayload {
  @Field(() => ApiKeyType, KEY)
  apiKey!: object | null;

  @Field(() => String, SECRET)
  secret!: string | null;

  @Field(() => Date, { nullable: true, description: 'Until when the old secret works.' })
  oldSecretEndsAt!: Date | null;

  @Field(() => [UserError], reasons('InputInvalid', 'ApiKeyNotFound', 'ApiKeyRevoked', 'ScopesRefused'))
  userErrors!: UserError[];
}

@ObjectType({ description: 'The outcome of `apiKeyRevoke`.' })
export class ApiKeyRevokePayload {
  @Field(() => ApiKeyType, KEY)
  apiKey!: object | null;

  @Field(() => [UserError], reasons('ApiKeyNotFound'))
  userErrors!: UserError[];
}

@ObjectType({ implements: UserError, description: 'There is no such API key in your tenant.' })
export class ApiKeyNotFound extends UserError {}

@ObjectType({ implements: UserError, description: 'The API key is revoked and stays so.' })
export class ApiKeyRevoked extends UserError {}

@ObjectType({ implements: UserError, description: 'Nobody gives a key what they do not hold themselves, nor takes a new secret for it.' })
export class ScopesRefused extends UserError {
  @Field(() => [String], { description: 'What is missing.' })
  scopes!: string[];
}
