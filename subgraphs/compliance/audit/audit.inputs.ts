// What the audit trail can be searched by.
import { ArgsType, Field, ID, InputType } from 'type-graphql';
import { PageArgs } from '../../kernel/graphql/connections.js';
import { DateTime } from '../../kernel/graphql/scalars.js';
import type { AuditOutcome, AuditType } from '../../kernel/messaging/audit.js';
import { AuditOutcomeEnum, AuditTypeEnum } from './audit.type.js';

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

  @Field(() => ID, { nullable: true, description: 'Events about this resource: a global id.' })
  resourceId?: string | null;

  @Field(() => AuditOutcomeEnum, { nullable: true, description: 'Events that ended so.' })
  outcome?: AuditOutcome | null;

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
