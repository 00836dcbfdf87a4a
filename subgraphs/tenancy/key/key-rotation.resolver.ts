// Asking for new keys, and how far they have come.
import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { TenantKeyRotateInput } from './key-rotation.inputs.js';
import type { KeyRotationService } from './key-rotation.service.js';
import { KeyRotationType, TenantKeyRotatePayload } from './key-rotation.type.js';

@Resolver(() => KeyRotationType)
export class KeyRotationResolver {
  constructor(private readonly services: { keyRotations: KeyRotationService }) {}

  @Query(() => KeyRotationType, {
    nullable: true, description: 'The last rotation of keys that was asked for; null when none was. Those that begin by themselves, because a key is old, are in the audit trail alone.',
  })
  tenantKeyRotation(@Ctx() context: OperationContext): Promise<KeyRotationType | null> {
    return this.services.keyRotations.last(context);
  }

  @Mutation(() => TenantKeyRotatePayload, {
    nullable: true,
    description: 'Gives the tenant new keys and encrypts its secrets anew with them, such as credentials of inboxes, in the background and without interruption: nobody is signed out. One rotation runs at a time.',
  })
  async tenantKeyRotate(
    @Arg('input', () => TenantKeyRotateInput, { description: 'Why, if that is to be kept.' }) { note }: TenantKeyRotateInput, @Ctx() context: OperationContext,
  ): Promise<TenantKeyRotatePayload> {
    return { rotation: await this.services.keyRotations.request(context, note?.trim() || null), userErrors: [] };
  }
}
