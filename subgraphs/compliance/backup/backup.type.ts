// Backups in the graph.
import { ArgsType, Field, Float, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { PageArgs, connectionOf } from '../../kernel/graphql/connections.js';
import { BigIntScalar, DateTime } from '../../kernel/graphql/scalars.js';
import { UserError } from '../../kernel/graphql/user-errors.js';
import type { BackupKind, BackupLevel, BackupRunState } from './backup.entity.js';
import type { BackupRunRow } from './backup.service.js';

export const BackupRunKindEnum: { [Kind in BackupKind]: Kind } = { CREATE: 'CREATE', VERIFY: 'VERIFY', TENANT: 'TENANT' };
registerEnumType(BackupRunKindEnum, {
  name: 'BackupRunKind', description: 'What a run does.',
  valuesConfig: { CREATE: { description: 'It takes a full backup.' }, VERIFY: { description: 'It verifies a backup that there is.' }, TENANT: { description: 'It takes a backup of one tenant.' } },
});

export const BackupRunStateEnum: { [State in BackupRunState]: State } = { RUNNING: 'RUNNING', DONE: 'DONE', FAILED: 'FAILED' };
registerEnumType(BackupRunStateEnum, {
  name: 'BackupRunState', description: 'What is known of a run.',
  valuesConfig: {
    RUNNING: { description: 'It is waiting or under way; ask again.' },
    DONE: { description: 'The backup was taken, or reached the level that was wanted.' },
    FAILED: { description: 'See `failure` and `findings`.' },
  },
});

export const BackupLevelEnum: { [Level in BackupLevel]: Level } = { L0: 'L0', L1: 'L1', L2: 'L2', L3: 'L3' };
registerEnumType(BackupLevelEnum, {
  name: 'BackupLevel', description: 'How far a backup was verified; each level holds all below it.',
  valuesConfig: {
    L0: { description: 'Every object has the size and the hash that the signed manifest says.' },
    L1: { description: 'The log leads from the backup on without a gap, and all of it opens.' },
    L2: { description: 'A server started from it, followed the log, and found no broken table or index.' },
    L3: { description: 'Every table holds what it held when the backup was taken, the audit log among them.' },
  },
});

@ObjectType('BackupRun', { description: 'A backup of the whole installation or of one tenant that was or is being taken, or the verification of one.' })
export class BackupRunType {
  @Field(() => ID, { description: 'Global id, `bkr_…`.' })
  id!: string;

  @Field(() => BackupRunKindEnum, { description: 'What it does.' })
  kind!: BackupKind;

  @Field(() => BackupRunStateEnum, { description: 'Whether it has ended, and how.' })
  state!: BackupRunState;

  @Field(() => String, { nullable: true, description: 'The day it belongs to, e.g. `2026-12-02`; of a tenant also the hour, `2026-12-02T14`, or the week, `2026-W49`; null when somebody asked for it.' })
  slot!: string | null;

  @Field(() => String, { description: 'By what it is known again: `hourly`, `daily`, `weekly`, `manual`, or what somebody called it.' })
  label!: string;

  @Field(() => ID, { nullable: true, description: 'Global id of the tenant of which it is alone, `tnt_…`; null when it is of the whole installation.' })
  tenantId!: string | null;

  @Field(() => String, { nullable: true, description: 'The backup, by the UUID that commands know it by; null while none is known.' })
  backupId!: string | null;

  @Field(() => DateTime, { description: 'When it was asked for.' })
  requestedAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it was begun; null while it waits.' })
  startedAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When it ended; null while it runs.' })
  finishedAt!: Date | null;

  @Field(() => Float, { nullable: true, description: 'How long it took, or has taken so far, in seconds; null while it waits.' })
  seconds!: number | null;

  @Field(() => String, { nullable: true, description: 'What it is at, e.g. `BASE`, `LOG` or `L2`; null while nothing is known, and when it has ended.' })
  phase!: string | null;

  @Field(() => Float, { description: 'How far it is within its phase, from 0 to 1. It may be some seconds old.' })
  progress!: number;

  @Field(() => BigIntScalar, { nullable: true, description: 'Bytes of content that were backed up; null unless a backup was taken.' })
  content!: bigint | string | null;

  @Field(() => BigIntScalar, { nullable: true, description: 'Bytes stored: packed and encrypted; null unless a backup was taken.' })
  stored!: bigint | string | null;

  @Field(() => BackupLevelEnum, { nullable: true, description: 'The level that was asked for; null unless it verifies.' })
  wanted!: BackupLevel | null;

  @Field(() => BackupLevelEnum, { nullable: true, description: 'The level that was reached; null when not even the first was, and unless it has verified.' })
  level!: BackupLevel | null;

  @Field(() => DateTime, { nullable: true, description: 'The latest moment that could be restored from the backup when it was verified; null when none could.' })
  latest!: Date | null;

  @Field(() => [String], { description: 'What was in the way of the next level, and what is damaged in one of two places alone, which is in the way of none; a sentence each, naming the object or table; at most 100.' })
  findings!: string[];

  @Field(() => String, { nullable: true, description: 'Why it could not be done, a sentence for an operator; null when it was.' })
  failure!: string | null;
}

export const { Connection: BackupRunConnection } = connectionOf('BackupRun', () => BackupRunType);

@InputType({ description: 'Which runs to list; absent fields do not filter.' })
export class BackupRunFilter {
  @Field(() => BackupRunKindEnum, { nullable: true, description: 'Only those that do this.' })
  kind?: BackupKind | null;

  @Field(() => BackupRunStateEnum, { nullable: true, description: 'Only those that have ended so, or run.' })
  state?: BackupRunState | null;

  @Field(() => ID, { nullable: true, description: 'Only backups of this tenant, `tnt_…`.' })
  tenantId?: string | null;
}

@ArgsType()
export class BackupRunsArgs extends PageArgs {
  @Field(() => BackupRunFilter, { nullable: true, description: 'Which runs to list.' })
  filter?: BackupRunFilter | null;
}

@ObjectType('BackupStatus', { description: 'Whether this installation is backed up, as of now.' })
export class BackupStatusType {
  @Field(() => Boolean, { description: 'There is a place for backups. Nothing is taken without one.' })
  configured!: boolean;

  @Field(() => DateTime, { nullable: true, description: 'When the next daily backup is begun; now when one is missing. Null when there is no place for it.' })
  nextAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Everything committed until then is kept outside of the database. It may be some seconds old; null while nothing was kept.' })
  keptUntil!: Date | null;

  @Field(() => String, { nullable: true, description: 'Why the log is not being kept just now; null: it is.' })
  failing!: string | null;

  @Field(() => String, { nullable: true, description: 'Log was lost before it was kept: moments in it cannot be restored. It stands until a whole backup was taken since.' })
  alarm!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When that was noticed.' })
  alarmAt!: Date | null;
}

@InputType({ description: 'What to call a backup.' })
export class BackupCreateInput {
  @Field(() => String, { nullable: true, description: 'By what it is known again in lists: 1 to 40 small letters, digits and hyphens; `manual` when absent.' })
  label?: string | null;
}

@InputType({ description: 'Of whom to take a backup.' })
export class TenantBackupCreateInput {
  @Field(() => ID, { description: 'Global id of the tenant, `tnt_…`.' })
  tenantId!: string;
}

@InputType({ description: 'What to verify.' })
export class BackupVerifyInput {
  @Field(() => String, { nullable: true, description: 'The backup, by its UUID; the newest when absent.' })
  backupId?: string | null;

  @Field(() => BackupLevelEnum, { nullable: true, description: 'Up to which level; L3 when absent. L2 and L3 start a server of their own on the machine of the worker.' })
  level?: BackupLevel | null;
}

@ObjectType({ implements: UserError, description: 'One of this kind runs already; one at a time.' })
export class BackupRunning extends UserError {}

@ObjectType({ implements: UserError, description: 'This installation has no place for backups.' })
export class BackupsNotConfigured extends UserError {}

@ObjectType({ description: 'What became of the request.' })
export class BackupCreatePayload {
  @Field(() => BackupRunType, { nullable: true, description: 'The run; null when there are errors.' })
  run?: BackupRunRow | null;

  @Field(() => [UserError], { description: 'Why none was started: `InputInvalid`, `BackupRunning`, `BackupsNotConfigured`; empty when one was.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'What became of the request.' })
export class BackupVerifyPayload {
  @Field(() => BackupRunType, { nullable: true, description: 'The run; null when there are errors.' })
  run?: BackupRunRow | null;

  @Field(() => [UserError], { description: 'Why none was started: `InputInvalid`, `BackupRunning`, `BackupsNotConfigured`; empty when one was.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'What became of the request.' })
export class TenantBackupCreatePayload {
  @Field(() => BackupRunType, { nullable: true, description: 'The run; null when there are errors. A tenant that there is not makes it fail.' })
  run?: BackupRunRow | null;

  @Field(() => [UserError], { description: 'Why none was started: `InputInvalid`, `BackupRunning`, `BackupsNotConfigured`; empty when one was.' })
  userErrors!: UserError[];
}
