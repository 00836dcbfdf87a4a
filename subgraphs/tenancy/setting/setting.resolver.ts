// The settings of whoever asks.
import { Arg, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { OperationContext } from '../../kernel/graphql/context.js';
import { flagsOf } from './setting.flags.js';
import { TenantSettingsUpdateInput } from './setting.inputs.js';
import { inMaintenance } from './setting.schema.js';
import type { TenancyServices } from '../services.js';
import type { SettingService, VersionedSettings } from './setting.service.js';
import { AccessSettings, FeatureFlagType, Maintenance, RetentionSettings, TenantSettings, TenantSettingsUpdatePayload } from './setting.type.js';

@Resolver(() => TenantSettings)
export class SettingResolver {
  constructor(private readonly services: { settings: SettingService }) {}

  @Query(() => TenantSettings, { nullable: true, description: 'What the tenant of this session has set; null for people of the platform. Needs a token.' })
  tenantSettings(@Ctx() context: OperationContext) {
    return this.services.settings.read(context);
  }

  @FieldResolver(() => AccessSettings, { nullable: true })
  access(@Root() { ipAllow, ipDeny, corsOrigins, rateLimits }: VersionedSettings): AccessSettings {
    return { ipAllow, ipDeny, corsOrigins, rateLimits };
  }

  @FieldResolver(() => [FeatureFlagType])
  flags(@Root() { flags }: VersionedSettings): FeatureFlagType[] {
    return flagsOf(flags);
  }

  @FieldResolver(() => RetentionSettings)
  retention(@Root() { retention }: VersionedSettings, @Ctx() context: OperationContext<TenancyServices>): RetentionSettings {
    return { ...retention, auditMonths: context.services.settings.auditMonths };
  }

  @FieldResolver(() => Maintenance)
  maintenance(@Root() { maintenance }: VersionedSettings, @Ctx() context: OperationContext): Maintenance {
    const { message, until } = maintenance;
    return { active: inMaintenance(maintenance, context.deps.clock.now()), message, until: until === null ? null : new Date(until) };
  }

  @Mutation(() => TenantSettingsUpdatePayload, {
    nullable: true,
    description: 'Changes the settings of the tenant. They are in force at every gateway within a second, open sockets included. Only a person may do this, not an API key.',
  })
  async tenantSettingsUpdate(
    @Ctx() context: OperationContext,
    @Arg('input', () => TenantSettingsUpdateInput, { description: 'What to change.' }) input: TenantSettingsUpdateInput,
  ) {
    return { settings: await this.services.settings.update(context, input), userErrors: [] };
  }
}
