// One's own profile.
import { Arg, Ctx, FieldResolver, Mutation, Resolver } from 'type-graphql';
import { OperationContext } from '../../kernel/graphql/context.js';
import type { IdentityServices } from '../services.js';
import { Viewer } from '../viewer/viewer.type.js';
import { ProfileUpdateInput } from './account.inputs.js';
import { Profile, ProfileUpdatePayload } from './account.type.js';
import { profileById } from './profile.loaders.js';

@Resolver(() => Viewer)
export class ViewerProfileField {
  @FieldResolver(() => Profile, { nullable: true, description: 'How the person likes to be addressed; null for an API key.' })
  async profile(@Ctx() context: OperationContext) {
    return context.actor.sub === null ? null : context.load(profileById, context.actor.sub);
  }
}

@Resolver()
export class ProfileResolver {
  constructor(private readonly services: IdentityServices) {}

  @Mutation(() => ProfileUpdatePayload, { nullable: true, description: 'Changes the caller\'s own profile. Needs a token of a person.' })
  async profileUpdate(
    @Ctx() context: OperationContext,
    @Arg('input', () => ProfileUpdateInput, { description: 'What to change.' }) input: ProfileUpdateInput,
  ) {
    return { profile: await this.services.profiles.update(context, input), userErrors: [] };
  }
}
