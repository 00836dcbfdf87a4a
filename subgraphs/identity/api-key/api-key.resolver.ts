// Keys of the tenant: the list, and managing them.
import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { PageArgs } from '../../kernel/graphql/connections.js';
import { OperationContext, inputId } from '../../kernel/graphql/context.js';
import type { IdentityServices } from '../services.js';
import { userById } from '../user/user.loaders.js';
import { User } from '../user/user.type.js';
import { ApiKeyCreateInput, ApiKeyRevokeInput, ApiKeyRotateInput, ApiKeyUpdateInput } from './api-key.inputs.js';
import type { ApiKeyRow } from './api-key.loaders.js';
import {
  ApiKeyConnection, ApiKeyCreatePayload, ApiKeyRevokePayload, ApiKeyRotatePayload, ApiKeyStatus, ApiKeyType, ApiKeyUpdatePayload,
} from './api-key.type.js';

const idOf = ({ apiKeyId }: { apiKeyId: string }): string => inputId('key', apiKeyId, ['input', 'apiKeyId']);

@Resolver(() => ApiKeyType)
export class ApiKeyResolver {
  constructor(private readonly services: IdentityServices) {}

  @Query(() => ApiKeyConnection, { nullable: true, description: 'The API keys of the tenant, newest first, revoked ones included.' })
  apiKeys(@Args(() => PageArgs) page: PageArgs, @Ctx() context: OperationContext) {
    return this.services.apiKeys.page(context, page);
  }

  @FieldResolver(() => User, { nullable: true })
  createdBy(@Root() { createdBy }: ApiKeyRow, @Ctx() context: OperationContext) {
    return context.load(userById, createdBy);
  }

  @FieldResolver(() => ApiKeyStatus)
  status(@Root() { revokedAt, expiresAt }: ApiKeyRow, @Ctx() context: OperationContext): ApiKeyStatus {
    if (revokedAt !== null) return ApiKeyStatus.REVOKED;
    return expiresAt !== null && expiresAt <= context.deps.clock.now() ? ApiKeyStatus.EXPIRED : ApiKeyStatus.ACTIVE;
  }

  @Mutation(() => ApiKeyCreatePayload, { nullable: true, description: 'Makes an API key. Its secret is in this answer and nowhere else. Only a person may do this.' })
  async apiKeyCreate(@Ctx() context: OperationContext, @Arg('input', () => ApiKeyCreateInput, { description: 'The key.' }) input: ApiKeyCreateInput) {
    return { ...await this.services.apiKeys.create(context, input), userErrors: [] };
  }

  @Mutation(() => ApiKeyUpdatePayload, { nullable: true, description: 'Changes an API key; it holds within a second. Only a person may do this.' })
  async apiKeyUpdate(@Ctx() context: OperationContext, @Arg('input', () => ApiKeyUpdateInput, { description: 'What to change.' }) input: ApiKeyUpdateInput) {
    return { apiKey: await this.services.apiKeys.update(context, idOf(input), input), userErrors: [] };
  }

  @Mutation(() => ApiKeyRotatePayload, {
    nullable: true, description: 'Gives an API key a new secret, which is in this answer and nowhere else. The old one works for a while longer.',
  })
  async apiKeyRotate(@Ctx() context: OperationContext, @Arg('input', () => ApiKeyRotateInput, { description: 'Which key.' }) input: ApiKeyRotateInput) {
    return { ...await this.services.apiKeys.rotate(context, idOf(input), input), userErrors: [] };
  }

  @Mutation(() => ApiKeyRevokePayload, {
    nullable: true, description: 'Ends an API key for good, with all its secrets and open sockets, within a second. Only a person may do this.',
  })
  async apiKeyRevoke(@Ctx() context: OperationContext, @Arg('input', () => ApiKeyRevokeInput, { description: 'Which key.' }) input: ApiKeyRevokeInput) {
    return { apiKey: await this.services.apiKeys.revoke(context, idOf(input)), userErrors: [] };
  }
}
