// What security events can be listed by, and how one is acknowledged.
import { IsOptional, Matches, MaxLength } from 'class-validator';
import { ArgsType, Field, ID, InputType } from 'type-graphql';
import { PageArgs } from '../../kernel/graphql/connections.js';
import { DateTime } from '../../kernel/graphql/scalars.js';
import type { AuditSeverity } from '../../kernel/messaging/audit.js';
import { AuditSeverityEnum } from '../audit/audit.type.js';
import type { SecurityEventState } from './security-event.entity.js';
import type { SecurityRuleName } from './security-event.rules.js';
import { SecurityEventStateEnum, SecurityRuleEnum } from './security-event.type.js';

export const NOTE_MAX = 2000;
/** Text with lines; no NUL and no half a character, which the database does not take. */
const NOTE = /^[^\0\p{Cs}]*$/u;

@InputType({ description: 'Which security events to list; all given conditions must hold.' })
export class SecurityEventFilter {
  @Field(() => [AuditSeverityEnum], { nullable: true, description: 'Events of one of these severities; none of an empty list.' })
  severities?: AuditSeverity[] | null;

  @Field(() => SecurityEventStateEnum, { nullable: true, description: 'Events in this state.' })
  state?: SecurityEventState | null;

  @Field(() => [SecurityRuleEnum], { nullable: true, description: 'Events of one of these rules; none of an empty list.' })
  rules?: SecurityRuleName[] | null;

  @Field(() => DateTime, { nullable: true, description: 'Events that went on at this instant or later.' })
  from?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Events that began before this instant; not before `from`.' })
  to?: Date | null;
}

@ArgsType()
export class SecurityEventsArgs extends PageArgs {
  @Field(() => SecurityEventFilter, { nullable: true, description: 'Which events; all when absent.' })
  filter?: SecurityEventFilter | null;
}

@InputType({ description: 'Input of `securityEventAcknowledge`.' })
export class SecurityEventAcknowledgeInput {
  @Field(() => ID, { description: 'The security event, `sev_…`.' })
  id!: string;

  @IsOptional()
  @MaxLength(NOTE_MAX, { message: `A note has at most ${NOTE_MAX} characters.` })
  @Matches(NOTE, { message: 'A note is plain text.' })
  @Field(() => String, { nullable: true, description: `What was found or done, for colleagues; at most ${NOTE_MAX} characters.` })
  note?: string | null;
}
