// A tenant at the API.
import { Directive, Field, ObjectType, registerEnumType } from 'type-graphql';
import { Node } from '../../kernel/graphql/node.js';

export enum TenantTier {
  FREE = 'FREE',
  STANDARD = 'STANDARD',
  PROFESSIONAL = 'PROFESSIONAL',
  ENTERPRISE = 'ENTERPRISE',
}
registerEnumType(TenantTier, {
  name: 'TenantTier',
  description: 'How much a tenant may use.',
  valuesConfig: {
    FREE: { description: '1 bot, 5 users, 10 GB.' },
    STANDARD: { description: '3 bots, 50 users, 100 GB.' },
    PROFESSIONAL: { description: '10 bots, 500 users, 1 TB.' },
    ENTERPRISE: { description: 'Unlimited.' },
  },
});

@ObjectType('Tenant', { implements: Node, description: 'A business that uses Switchboard. Nobody sees a tenant but their own.' })
@Directive('@key(fields: "id")')
export class TenantType extends Node {
  @Field(() => String, { description: 'The name of the business.' })
  name!: string;

  @Field(() => TenantTier, { description: 'How much it may use.' })
  tier!: TenantTier;

  @Field(() => String, { description: 'BCP 47 language tag, e.g. `it-IT`.' })
  locale!: string;

  @Field(() => String, { description: 'IANA time zone, e.g. `Europe/Rome`.' })
  timeZone!: string;

  @Field(() => String, { description: 'ISO 4217 code of the currency it sells in, e.g. `EUR`.' })
  currency!: string;
}
