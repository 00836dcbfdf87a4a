// The audit trail in the graph.
import { Directive, Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { GraphQLJSONObject } from 'graphql-scalars';
import { connectionOf } from '../../kernel/graphql/connections.js';
import { BigIntScalar, DateTime } from '../../kernel/graphql/scalars.js';
import type { AuditOutcome, AuditSeverity, AuditType, StagedAudit } from '../../kernel/messaging/audit.js';

export const AuditTypeEnum: { [Type in AuditType]: Type } = {
  AUTHENTICATION: 'AUTHENTICATION', AUTHORIZATION: 'AUTHORIZATION', DATA_READ: 'DATA_READ', DATA_WRITE: 'DATA_WRITE',
  DATA_DELETE: 'DATA_DELETE', API: 'API', SECURITY: 'SECURITY', COMPLIANCE: 'COMPLIANCE',
};
registerEnumType(AuditTypeEnum, {
  name: 'AuditType',
  description: 'What kind of thing happened.',
  valuesConfig: {
    AUTHENTICATION: { description: 'Somebody proved who they are, or failed to.' },
    AUTHORIZATION: { description: 'A right was granted, taken or missing.' },
    DATA_READ: { description: 'Data was read whose reading is recorded.' },
    DATA_WRITE: { description: 'Data was created or changed.' },
    DATA_DELETE: { description: 'Data was deleted.' },
    API: { description: 'A machine called or was called.' },
    SECURITY: { description: 'Something that looks like an attack.' },
    COMPLIANCE: { description: 'A duty of data protection was carried out.' },
  },
});

export const AuditSeverityEnum: { [Severity in AuditSeverity]: Severity } = {
  DEBUG: 'DEBUG', INFO: 'INFO', WARNING: 'WARNING', ERROR: 'ERROR', CRITICAL: 'CRITICAL',
};
registerEnumType(AuditSeverityEnum, {
  name: 'AuditSeverity',
  description: 'How much attention an event deserves.',
  valuesConfig: {
    DEBUG: { description: 'Of interest to developers only.' },
    INFO: { description: 'Ordinary.' },
    WARNING: { description: 'Refused or failed; normal now and then.' },
    ERROR: { description: 'A fault of the system, or most likely an attack.' },
    CRITICAL: { description: 'Somebody must look now.' },
  },
});

export const AuditOutcomeEnum: { [Outcome in AuditOutcome]: Outcome } = {
  SUCCESS: 'SUCCESS', FAILURE: 'FAILURE', DENIED: 'DENIED',
};
registerEnumType(AuditOutcomeEnum, {
  name: 'AuditOutcome',
  description: 'How it ended.',
  valuesConfig: {
    SUCCESS: { description: 'It was done.' },
    FAILURE: { description: 'It was allowed and did not succeed; nothing was changed.' },
    DENIED: { description: 'It was not allowed; nothing was changed.' },
  },
});

export type AuditOrder = 'NEWEST_FIRST' | 'OLDEST_FIRST';
export const AuditOrderEnum: { [Order in AuditOrder]: Order } = { NEWEST_FIRST: 'NEWEST_FIRST', OLDEST_FIRST: 'OLDEST_FIRST' };
registerEnumType(AuditOrderEnum, {
  name: 'AuditOrder',
  description: 'In which order events are listed.',
  valuesConfig: {
    NEWEST_FIRST: { description: 'By `occurredAt` descending, then `id` descending.' },
    OLDEST_FIRST: { description: 'By `occurredAt` ascending, then `id` ascending.' },
  },
});

const AuditActorKindEnum: Record<'ANONYMOUS' | 'USER' | 'API_KEY' | 'SYSTEM', StagedAudit['actor']['kind']> = {
  ANONYMOUS: 'anonymous', USER: 'user', API_KEY: 'api_key', SYSTEM: 'system',
};
registerEnumType(AuditActorKindEnum, {
  name: 'AuditActorKind',
  description: 'Who can act.',
  valuesConfig: {
    ANONYMOUS: { description: 'Somebody who had not signed in.' },
    USER: { description: 'A person.' },
    API_KEY: { description: 'An API key, for its tenant.' },
    SYSTEM: { description: 'A job, a provider or an operator\'s command.' },
  },
});

@ObjectType('User', { description: 'A person who works with the product.' })
@Directive('@key(fields: "id", resolvable: false)')
export class UserRef {
  @Field(() => ID, { description: 'Global id, `user_…`.' })
  id!: string;
}

@ObjectType({ description: 'Who did it.' })
export class AuditActor {
  @Field(() => AuditActorKindEnum, { description: 'What kind of actor it was.' })
  kind!: StagedAudit['actor']['kind'];

  @Field(() => ID, { nullable: true, description: 'Global id of the person, `user_…`; null for the others.' })
  id!: string | null;
}

@ObjectType({ description: 'What it was done to.' })
export class AuditResource {
  @Field(() => String, { description: 'Name of its type in this graph, e.g. `Message`.' })
  type!: string;

  @Field(() => ID, { nullable: true, description: 'Its global id; null when the event is about no single one.' })
  id!: string | null;
}

@ObjectType('AuditEvent', { description: 'Something that happened and cannot be altered. Events appear within two seconds.' })
export class AuditEventType {
  @Field(() => ID, { description: 'Global id, `aud_…`.' })
  id!: string;

  @Field(() => AuditTypeEnum, { description: 'What kind of thing happened.' })
  type!: AuditType;

  @Field(() => String, { description: 'What happened, dotted, e.g. `message.send`.' })
  action!: string;

  @Field(() => AuditSeverityEnum, { description: 'How much attention it deserves.' })
  severity!: AuditSeverity;

  @Field(() => AuditOutcomeEnum, { description: 'How it ended.' })
  outcome!: AuditOutcome;

  @Field(() => DateTime, { description: 'When it happened.' })
  occurredAt!: Date;

  @Field(() => String, { description: 'Joins events, logs and answers of one request.' })
  correlationId!: string;

  @Field(() => String, { nullable: true, description: 'Why it failed or was denied: an `ErrorCode`, or a provider\'s word.' })
  reason!: string | null;

  @Field(() => String, { nullable: true, description: 'Address the request came from.' })
  ip!: string | null;

  @Field(() => String, { nullable: true, description: 'What the client called itself.' })
  userAgent!: string | null;

  @Field(() => GraphQLJSONObject, { nullable: true, description: 'What was changed, as it was before.' })
  before!: Record<string, unknown> | null;

  @Field(() => GraphQLJSONObject, { nullable: true, description: 'What was changed, as it is now.' })
  after!: Record<string, unknown> | null;

  @Field(() => BigIntScalar, { description: 'Its place in the audit log, from 0: the order in which events were sealed.' })
  position!: bigint | string;

  @Field(() => DateTime, { description: 'When it was sealed into the audit log.' })
  sealedAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When its personal data was erased: who, what it was done to, why, and the change itself; null while it is there.' })
  erasedAt!: Date | null;
}

@ObjectType({ description: 'The part of the audit trail that a tier with basic audit includes.' })
export class AuditLimit {
  @Field(() => [AuditTypeEnum], { description: 'Events of these types,' })
  types!: AuditType[];

  @Field(() => DateTime, { description: 'from this instant on, UTC.' })
  since!: Date;

  @Field(() => [String], { description: 'Names of the tiers that include all of it, smallest first.' })
  tiersThatAllow!: string[];
}

export const { Connection: AuditEventConnection } = connectionOf('AuditEvent', () => AuditEventType);
