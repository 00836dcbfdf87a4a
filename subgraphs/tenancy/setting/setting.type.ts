// A tenant's settings at the API.
import { Field, Int, ObjectType } from 'type-graphql';
import { UserError } from '../../kernel/graphql/user-errors.js';

@ObjectType({ description: 'How frontends show the tenant. What is null is for the frontend to choose.' })
export class Branding {
  @Field(() => String, { nullable: true, description: 'The name to show; null: `Tenant.name`.' })
  displayName!: string | null;

  @Field(() => String, { nullable: true, description: 'Where the logo is, an https URL.' })
  logoUrl!: string | null;

  @Field(() => String, { nullable: true, description: 'The main colour, like `#1a2b3c`.' })
  primaryColor!: string | null;

  @Field(() => String, { nullable: true, description: 'The colour of what stands out, like `#1a2b3c`.' })
  accentColor!: string | null;

  @Field(() => Boolean, { description: 'The tenant\'s name in place of Switchboard\'s, in frontends and in its mails. In force while the tier includes `WHITE_LABEL`.' })
  whiteLabel!: boolean;

  @Field(() => String, { nullable: true, description: 'Where people find help, an https URL.' })
  supportUrl!: string | null;

  @Field(() => Boolean, { description: 'Name Switchboard at the foot all the same.' })
  poweredBy!: boolean;
}

@ObjectType({ description: 'How many operations a minute callers may make, at each gateway. What is beyond is refused with `RATE_LIMITED`.' })
export class RateLimits {
  @Field(() => Int, { nullable: true, description: 'Of each person; null: as many as they like.' })
  perPersonPerMinute!: number | null;

  @Field(() => Int, { nullable: true, description: 'Of each API key; null: as many as it likes.' })
  perApiKeyPerMinute!: number | null;
}

@ObjectType({ description: 'From where, and how much, the people and keys of the tenant may call.' })
export class AccessSettings {
  @Field(() => [String], { description: 'Networks (CIDR) that callers come from; empty: from anywhere.' })
  ipAllow!: string[];

  @Field(() => [String], { description: 'Networks (CIDR) that nobody may come from, whatever `ipAllow` says.' })
  ipDeny!: string[];

  @Field(() => [String], { description: 'Origins of web pages that may call, besides the platform\'s own.' })
  corsOrigins!: string[];

  @Field(() => RateLimits, { description: 'How many operations a minute callers may make.' })
  rateLimits!: RateLimits;
}

@ObjectType('FeatureFlag', { description: 'A feature that a tenant can switch.' })
export class FeatureFlagType {
  @Field(() => String, { description: 'Its name, for programs.' })
  name!: string;

  @Field(() => String, { description: 'What it does, for people.' })
  description!: string;

  @Field(() => Boolean, { description: 'Whether it is on.' })
  enabled!: boolean;

  @Field(() => Boolean, { description: 'Whether it is on until the tenant says otherwise.' })
  byDefault!: boolean;
}

@ObjectType({ description: 'For how many days what is kept by its age is kept. What is older is deleted, once a day, while the tenant is active; a suspended tenant keeps everything.' })
export class RetentionSettings {
  @Field(() => Int, { description: 'Messages, and conversations after their last one.' })
  messageDays!: number;

  @Field(() => Int, { description: 'Contacts that have no conversation, with the notes on them.' })
  contactDays!: number;

  @Field(() => Int, { description: 'Carts that became no order, after their last change.' })
  cartDays!: number;

  @Field(() => Int, { description: 'What providers delivered, as it came, and what providers of payments told.' })
  webhookDeliveryDays!: number;

  @Field(() => Int, { description: 'Notifications of staff.' })
  notificationDays!: number;

  @Field(() => Int, { description: 'The history of sessions that ended.' })
  sessionDays!: number;

  @Field(() => Int, { description: 'Reservations and who waited for a table, from when the party was to begin. Of those whose deposit was paid, only what their guests said goes.' })
  bookingDays!: number;

  @Field(() => Int, { description: 'The audit trail, in months. The platform sets it for every tenant alike.' })
  auditMonths!: number;
}

@ObjectType({ description: 'Maintenance: while it is active, only those who may change settings can call, and everybody else is refused with `MAINTENANCE`. Customers\' messages are stored all the while.' })
export class Maintenance {
  @Field(() => Boolean, { description: 'Whether it holds now.' })
  active!: boolean;

  @Field(() => String, { description: 'What everybody else reads.' })
  message!: string;

  @Field(() => Date, { nullable: true, description: 'When it ends by itself; null: when it is switched off.' })
  until!: Date | null;
}

@ObjectType({ description: 'What a tenant has set. It is in force at every gateway within a second.' })
export class TenantSettings {
  @Field(() => Int, { description: 'Counts changes: `tenantSettingsUpdate` names the one you looked at.' })
  version!: number;

  @Field(() => Branding, { description: 'How frontends show the tenant.' })
  branding!: Branding;

  @Field(() => AccessSettings, { nullable: true, description: 'From where, and how much, its people and keys may call. Needs `settings:read`.' })
  access!: AccessSettings | null;

  @Field(() => [FeatureFlagType], { description: 'Every feature that can be switched.' })
  flags!: FeatureFlagType[];

  @Field(() => RetentionSettings, { description: 'For how long what is kept by its age is kept.' })
  retention!: RetentionSettings;

  @Field(() => Maintenance, { description: 'Maintenance mode.' })
  maintenance!: Maintenance;
}

@ObjectType({ description: 'The outcome of `tenantSettingsUpdate`.' })
export class TenantSettingsUpdatePayload {
  @Field(() => TenantSettings, { nullable: true, description: 'The settings as they are now; null when the change was refused.' })
  settings!: TenantSettings | null;

  @Field(() => [UserError], { description: 'Expected reasons for failure: `InputInvalid`, `SettingsOutdated`, `OwnAddressExcluded`, `TenantNotOpen`, `FeatureNotInTier`.' })
  userErrors!: UserError[];
}

@ObjectType({ implements: UserError, description: 'Somebody has changed the settings since you looked at them: look again.' })
export class SettingsOutdated extends UserError {
  @Field(() => Int, { description: 'The version they are at now.' })
  version!: number;
}

@ObjectType({ implements: UserError, description: 'The address you are calling from would be shut out, and you with it. Repeat with `force: true` if that is what you want.' })
export class OwnAddressExcluded extends UserError {
  @Field(() => String, { nullable: true, description: 'The address you are calling from, as the gateway sees it.' })
  address!: string | null;
}

@ObjectType({ implements: UserError, description: 'The tenant is not set up yet, or is being taken down: it has no settings.' })
export class TenantNotOpen extends UserError {}
