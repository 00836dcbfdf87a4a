// A tenant at the API.
import { Directive, Field, ObjectType, registerEnumType } from 'type-graphql';
import { Node } from '../../kernel/graphql/node.js';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { TenantState } from '../life/life.states.js';

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

registerEnumType(TenantState, {
  name: 'TenantState',
  description: 'Where a tenant stands in its life.',
  valuesConfig: {
    ACTIVE: { description: 'Its people and keys work.' },
    SUSPENDED: { description: 'Shut to its people and keys by the platform. What its customers send is still stored.' },
    DELETING: { description: 'Shut, and to be erased at `deletionDueAt` unless an owner cancels that.' },
    ERASING: { description: 'Its grace is over: it is being erased, and nothing takes that back.' },
  },
});

@ObjectType('Tenant', { implements: Node, description: 'A business that uses Switchboard. Nobody but people of the platform sees a tenant that is not their own.' })
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

  @Field(() => DateTime, { description: 'When it came into being, UTC.' })
  createdAt!: Date;

  @Field(() => TenantState, { description: 'Where it stands. Nobody works in one that is not ACTIVE.' })
  state!: TenantState;

  @Field(() => String, { nullable: true, description: 'Why it is suspended; null when it is not, and would not be if its deletion were cancelled.' })
  suspensionReason!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When it is erased with everything in it, UTC; null unless its deletion was asked for.' })
  deletionDueAt!: Date | null;
}
