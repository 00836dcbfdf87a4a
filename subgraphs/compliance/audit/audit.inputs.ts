// What the audit trail can be searched by.
import { ArgsType, Field, ID, InputType } from 'type-graphql';
import { PageArgs } from '../../kernel/graphql/connections.js';
import { DateTime } from '../../kernel/graphql/scalars.js';
import type { AuditOutcome, AuditSeverity, AuditType } from '../../kernel/messaging/audit.js';
import { AuditOrderEnum, AuditOutcomeEnum, AuditSeverityEnum, AuditTypeEnum, type AuditOrder } from './audit.type.js';

@InputType({ description: 'Which events to list; all given conditions must hold.' })
export class AuditFilter {
  @Field(() => AuditTypeEnum, { nullable: true, description: 'Events of this type.' })
  type?: AuditType | null;

  @Field(() => String, {
    nullable: true,
    description: 'Exactly this action, e.g. `message.send`; with `*` at the end, actions that begin so, e.g. `message.*`.',
  })
  action?: string | null;

  @Field(() => ID, { nullable: true, description: 'Events of this actor: a global id, `user_…`.' })
  actorId?: string | null;

  @Field(() => String, { nullable: true, description: 'Events about resources of this type, by its name in this graph, e.g. `Message`.' })
  resourceType?: string | null;

  @Field(() => ID, { nullable: true, description: 'Events about this resource: a global id.' })
  resourceId?: string | null;

  @Field(() => AuditOutcomeEnum, { nullable: true, description: 'Events that ended so.' })
  outcome?: AuditOutcome | null;

  @Field(() => [AuditSeverityEnum], { nullable: true, description: 'Events of one of these severities.' })
  severities?: AuditSeverity[] | null;

  @Field(() => String, { nullable: true, description: 'Events of the request, job or delivery with this correlation id.' })
  correlationId?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Events that hold all these words, in any order and whatever their case and accents; the last may be the beginning of one, from three letters on. Looks at ' +
      'action, reason, address, user agent and the changed values. What is written without spaces, e.g. `198.51.100.7`, must stand so. ' +
      'At most 200 characters. Erased details are not found.',
  })
  text?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Events at this instant or later.' })
  from?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Events before this instant; not before `from`.' })
  to?: Date | null;
}

@ArgsType()
export class AuditEventsArgs extends PageArgs {
  @Field(() => AuditFilter, { nullable: true, description: 'Which events; all when absent.' })
  filter?: AuditFilter | null;
}

@InputType({ description: 'A resource whose history is asked for.' })
export class AuditResourceInput {
  @Field(() => String, { description: 'Name of its type in this graph, e.g. `Message`.' })
  type!: string;

  @Field(() => ID, { description: 'Its global id. It need not exist any more.' })
  id!: string;
}

@ArgsType()
export class AuditHistoryArgs extends PageArgs {
  @Field(() => AuditResourceInput, { description: 'Of what.' })
  resource!: AuditResourceInput;

  @Field(() => AuditOrderEnum, { defaultValue: AuditOrderEnum.NEWEST_FIRST, description: 'Where the list begins.' })
  order!: AuditOrder;
}
