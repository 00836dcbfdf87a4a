// Why somebody may do something, as people read it.
import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { RoleType } from '../role/role.type.js';
import { REASON_KINDS, type ReasonKind } from './explanation.js';

export const AccessReasonKind = Object.fromEntries(REASON_KINDS.map((kind) => [kind, kind])) as Record<ReasonKind, ReasonKind>;
registerEnumType(AccessReasonKind, {
  name: 'AccessReasonKind',
  description: 'What a reason is about.',
  valuesConfig: {
    UNKNOWN_PERMISSION: { description: 'No part of the product knows the permission.' },
    PLATFORM_SCOPE: { description: 'The permission is the platform\'s; inside a tenant nobody has it.' },
    MEMBERSHIP: { description: 'Where the person stood in the tenant at that instant. Only who is ACTIVE may do anything.' },
    ROLE: { description: 'A role that was held and gave it.' },
    ROLE_WITHOUT_IT: { description: 'A role that was held and did not give it.' },
    GRANT_EXPIRED: { description: 'A role that would give it; the grant had come to its end.' },
    GRANT_REVOKED: { description: 'A role that would give it; it had been taken away or replaced.' },
    GRANT_LATER: { description: 'A role that would give it; it was granted later.' },
    NO_ROLE: { description: 'No role that matters was held.' },
  },
});

@ObjectType({ description: 'One fact that decided.' })
export class AccessReason {
  @Field(() => AccessReasonKind, { description: 'What it is about.' })
  kind!: ReasonKind;

  @Field(() => String, { description: 'A sentence for a person, with times in UTC.' })
  text!: string;

  @Field(() => RoleType, { nullable: true, description: 'The role it is about, also one that was deleted since; null when it is about none.' })
  role!: RoleType | null;

  @Field(() => DateTime, { nullable: true, description: 'When that role was given, UTC.' })
  grantedAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When the grant ends or ended, UTC; null: it does not end by itself.' })
  until!: Date | null;
}

@ObjectType({ description: 'Why a person may do something at an instant, or may not.' })
export class AccessExplanation {
  @Field(() => String, { description: 'The permission asked about.' })
  permission!: string;

  @Field(() => DateTime, { description: 'The instant asked about, UTC.' })
  at!: Date;

  @Field(() => Boolean, { description: 'Whether they may, or might then.' })
  allowed!: boolean;

  @Field(() => [AccessReason], { description: 'Every fact that decided, in the order of judgement.' })
  reasons!: AccessReason[];
}
