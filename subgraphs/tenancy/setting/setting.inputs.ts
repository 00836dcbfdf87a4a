// What to change of a tenant's settings. Bounds are in setting.schema.ts.
import { Field, InputType, Int } from 'type-graphql';

@InputType({ description: 'What to change of the branding. What is absent stays; null takes it away.' })
export class BrandingInput {
  @Field(() => String, { nullable: true, description: 'The name frontends show: one line of 1 to 100 characters, not blank.' })
  displayName?: string | null;

  @Field(() => String, { nullable: true, description: 'Where the logo is: an https URL of at most 2,000 characters.' })
  logoUrl?: string | null;

  @Field(() => String, { nullable: true, description: 'The main colour, like `#1a2b3c`.' })
  primaryColor?: string | null;

  @Field(() => String, { nullable: true, description: 'The colour of what stands out, like `#1a2b3c`.' })
  accentColor?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether the tenant\'s name stands in place of Switchboard\'s, in frontends and in its mails. Needs a tier with `WHITE_LABEL`. Null is as absent.' })
  whiteLabel?: boolean | null;

  @Field(() => String, { nullable: true, description: 'Where people find help, named in mails under white label: an https URL of at most 2,000 characters.' })
  supportUrl?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether Switchboard is still named at the foot under white label. Null is as absent.' })
  poweredBy?: boolean | null;
}

@InputType({ description: 'How many operations a minute callers may make. What is absent stays; null: as many as they like.' })
export class RateLimitsInput {
  @Field(() => Int, { nullable: true, description: 'Of each person: 30 to 60,000.' })
  perPersonPerMinute?: number | null;

  @Field(() => Int, { nullable: true, description: 'Of each API key: 30 to 60,000.' })
  perApiKeyPerMinute?: number | null;
}

@InputType({ description: 'A feature to switch.' })
export class FeatureFlagInput {
  @Field(() => String, { description: 'A name among `TenantSettings.flags`.' })
  name!: string;

  @Field(() => Boolean, { nullable: true, description: 'On or off; null: as by default.' })
  enabled?: boolean | null;
}

@InputType({ description: 'Maintenance mode. What is absent stays.' })
export class MaintenanceInput {
  @Field(() => Boolean, { description: 'Whether only those who may change settings can call, from now on.' })
  on!: boolean;

  @Field(() => String, { nullable: true, description: 'What everybody else reads: one line of 1 to 500 characters. Null: the standard sentence.' })
  message?: string | null;

  @Field(() => Date, { nullable: true, description: 'When it ends by itself, in the future. Null: not by itself.' })
  until?: Date | null;
}

const AGED = (bounds: string): string => `${bounds} days. Null: as by default.`;

@InputType({ description: 'For how many days what is kept by its age is kept. What is absent stays.' })
export class RetentionInput {
  @Field(() => Int, { nullable: true, description: `Messages, and conversations after their last one: ${AGED('30 to 3,650')}` })
  messageDays?: number | null;

  @Field(() => Int, { nullable: true, description: `Contacts without a conversation, with the notes on them: ${AGED('30 to 3,650')}` })
  contactDays?: number | null;

  @Field(() => Int, { nullable: true, description: `What providers delivered, as it came, and what providers of payments told: ${AGED('14 to 3,650')}` })
  webhookDeliveryDays?: number | null;

  @Field(() => Int, { nullable: true, description: `Carts that became no order, after their last change: ${AGED('7 to 365')}` })
  cartDays?: number | null;

  @Field(() => Int, { nullable: true, description: `Notifications of staff: ${AGED('7 to 180')}` })
  notificationDays?: number | null;

  @Field(() => Int, { nullable: true, description: `The history of sessions that ended: ${AGED('90 to 180')}` })
  sessionDays?: number | null;

  @Field(() => Int, { nullable: true, description: `Reservations and who waited, from when the party was to begin: ${AGED('30 to 3,650')}` })
  bookingDays?: number | null;
}

const NETWORKS = 'as CIDR (`203.0.113.7`, `10.0.0.0/8`, `2001:db8::/32`); at most 200, replacing those before. Null is as absent.';

@InputType({ description: 'What to change of the settings. What is absent stays as it is.' })
export class TenantSettingsUpdateInput {
  @Field(() => Int, { description: 'The `version` of the settings you looked at; refused when they have changed since.' })
  expectedVersion!: number;

  @Field(() => BrandingInput, { nullable: true, description: 'How frontends look.' })
  branding?: BrandingInput | null;

  @Field(() => [String], { nullable: true, description: `Networks that callers come from, ${NETWORKS} Empty: from anywhere.` })
  ipAllow?: string[] | null;

  @Field(() => [String], { nullable: true, description: `Networks that nobody may come from, ${NETWORKS}` })
  ipDeny?: string[] | null;

  @Field(() => [String], {
    nullable: true,
    description: 'Origins of web pages that may call, each exactly as browsers write it (`https://app.example.com`); at most 50, replacing those before. Null is as absent.',
  })
  corsOrigins?: string[] | null;

  @Field(() => RateLimitsInput, { nullable: true, description: 'How many operations a minute callers may make.' })
  rateLimits?: RateLimitsInput | null;

  @Field(() => [FeatureFlagInput], { nullable: true, description: 'Features to switch; those that are not named stay.' })
  flags?: FeatureFlagInput[] | null;

  @Field(() => RetentionInput, { nullable: true, description: 'For how long what is kept by its age is kept. Needs a tier with `CUSTOM_RETENTION`, but for going back to the default or towards it.' })
  retention?: RetentionInput | null;

  @Field(() => MaintenanceInput, { nullable: true, description: 'Maintenance mode.' })
  maintenance?: MaintenanceInput | null;

  @Field(() => Boolean, { defaultValue: false, description: 'Whether the lists of networks may leave out the address you are calling from.' })
  force!: boolean;
}
