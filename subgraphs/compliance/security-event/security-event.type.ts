// Security events in the graph.
import { Directive, Field, ID, Int, InterfaceType, ObjectType, registerEnumType } from 'type-graphql';
import { connectionOf } from '../../kernel/graphql/connections.js';
import { FeedGapReason } from '../../kernel/graphql/feeds.js';
import { Node } from '../../kernel/graphql/node.js';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { UserError } from '../../kernel/graphql/user-errors.js';
import type { AuditSeverity } from '../../kernel/messaging/audit.js';
import { AuditSeverityEnum } from '../audit/audit.type.js';
import type { SecurityEventState } from './security-event.entity.js';
import { CAUSES_KEPT } from './security-event.judge.js';
import { RULES, RULE_NAMES, type SecurityRuleName } from './security-event.rules.js';
import type { SubjectKind } from './security-event.signs.js';

export const SecurityRuleEnum = Object.fromEntries(RULE_NAMES.map((name) => [name, name])) as { [Name in SecurityRuleName]: Name };
registerEnumType(SecurityRuleEnum, {
  name: 'SecurityRule', description: 'What a security event looks like.',
  valuesConfig: Object.fromEntries(RULE_NAMES.map((name) => [name, { description: RULES[name].description }])),
});

export const SecurityEventStateEnum: { [State in SecurityEventState]: State } = { OPEN: 'OPEN', ACKNOWLEDGED: 'ACKNOWLEDGED' };
registerEnumType(SecurityEventStateEnum, {
  name: 'SecurityEventState', description: 'Whether somebody has looked at a security event.',
  valuesConfig: {
    OPEN: { description: 'Nobody has said so yet. What follows of the same kind raises `count` and `lastAt`.' },
    ACKNOWLEDGED: { description: 'Somebody has. What follows of the same kind is a new event.' },
  },
});

const SecuritySubjectKindEnum: { [Kind in SubjectKind]: Kind } = { USER: 'USER', API_KEY: 'API_KEY', ROLE: 'ROLE', INBOX: 'INBOX', NETWORK: 'NETWORK' };
registerEnumType(SecuritySubjectKindEnum, {
  name: 'SecuritySubjectKind', description: 'What a security event is about.',
  valuesConfig: {
    USER: { description: 'A person: who did it, or whose account it is about.' },
    API_KEY: { description: 'An API key.' },
    ROLE: { description: 'A role.' },
    INBOX: { description: 'An inbox.' },
    NETWORK: { description: 'A network: a /24 of IPv4 or a /64 of IPv6.' },
  },
});

@ObjectType({ description: 'Whom or what a security event is about.' })
export class SecuritySubject {
  @Field(() => SecuritySubjectKindEnum, { description: 'What it is.' })
  kind!: SubjectKind;

  @Field(() => ID, { description: 'Its global id, e.g. `user_…`; of a network the text, e.g. `203.0.113.0/24`.' })
  id!: string;
}

@ObjectType('SecurityEvent', { implements: Node, description: 'Something that looks like an attack or calls for a second look: one incident, however many audit events it rests on.' })
@Directive('@key(fields: "id")')
@Directive('@key(fields: "nodeKey")')
export class SecurityEventType extends Node {
  @Field(() => ID, { description: 'Key of node look-ups.' })
  @Directive('@inaccessible')
  nodeKey!: string;

  @Field(() => SecurityRuleEnum, { description: 'What it looks like, for programs.' })
  rule!: SecurityRuleName;

  @Field(() => AuditSeverityEnum, { description: 'How much attention it deserves.' })
  severity!: AuditSeverity;

  @Field(() => SecurityEventStateEnum, { description: 'Whether somebody has looked at it.' })
  state!: SecurityEventState;

  @Field(() => Int, { description: 'How many audit events it rests on so far.' })
  count!: number;

  @Field(() => DateTime, { description: 'When the first of them happened, UTC.' })
  firstAt!: Date;

  @Field(() => DateTime, { description: 'When the latest of them happened, UTC.' })
  lastAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it was acknowledged, UTC; null while it is open.' })
  acknowledgedAt!: Date | null;

  @Field(() => String, { nullable: true, description: 'What whoever acknowledged it had to say.' })
  note!: string | null;
}

/** Said in the resolver, where ids get their global form. */
export const CAUSES_DESCRIPTION = `Global ids of the audit events it rests on, \`aud_…\`: the first and the latest, at most ${CAUSES_KEPT}.`;

export const { Connection: SecurityEventConnection } = connectionOf('SecurityEvent', () => SecurityEventType);

@ObjectType({ implements: UserError, description: 'There is no such security event here.' })
export class SecurityEventNotFound extends UserError {}

@ObjectType({ description: 'Result of `securityEventAcknowledge`.' })
export class SecurityEventAcknowledgePayload {
  @Field(() => SecurityEventType, { nullable: true, description: 'The event, acknowledged; null when it was refused.' })
  securityEvent!: object | null;

  @Field(() => [UserError], { description: 'Why nothing was changed; empty when it is acknowledged.' })
  userErrors!: UserError[];
}

@InterfaceType({
  description: 'What `securityEventAdded` delivers. Keep the cursor: pass it as `after` to go on without gap or duplicate.',
  resolveType: (value: { __typename: string }) => value.__typename, autoRegisterImplementations: false,
})
export abstract class SecurityEventFeedEvent {
  @Field(() => String, { description: 'Opaque position in this feed.' })
  cursor!: string;
}

@ObjectType('SecurityEventAdded', { implements: SecurityEventFeedEvent, description: 'There is a new security event.' })
export class SecurityEventAddedEvent extends SecurityEventFeedEvent {}

@ObjectType({ implements: SecurityEventFeedEvent, description: 'Security events may be missing before this point: read the list again. The feed goes on live.' })
export class SecurityEventFeedGap extends SecurityEventFeedEvent {
  @Field(() => FeedGapReason, { description: 'Why.' })
  reason!: FeedGapReason;
}
