// Exports of the audit trail in the graph.
import { Field, Float, ID, ObjectType, registerEnumType } from 'type-graphql';
import { connectionOf } from '../../kernel/graphql/connections.js';
import { BigIntScalar, DateTime } from '../../kernel/graphql/scalars.js';
import { UserError } from '../../kernel/graphql/user-errors.js';
import type { ExportFailure, ExportFormatName, ExportState } from './export.entity.js';

export const AuditExportFormatEnum: { [Format in ExportFormatName]: Format } = { JSON_LINES: 'JSON_LINES', CSV: 'CSV' };
registerEnumType(AuditExportFormatEnum, {
  name: 'AuditExportFormat',
  description: 'How an export is written. Both carry every proof.',
  valuesConfig: {
    JSON_LINES: { description: 'One JSON object a line.' },
    CSV: { description: 'RFC 4180, with a first row of names. What a spreadsheet would take for a formula begins with an apostrophe.' },
  },
});

const AuditExportStateEnum: { [State in ExportState]: State } = { QUEUED: 'QUEUED', RUNNING: 'RUNNING', READY: 'READY', FAILED: 'FAILED', EXPIRED: 'EXPIRED' };
registerEnumType(AuditExportStateEnum, {
  name: 'AuditExportState',
  description: 'How far an export has come.',
  valuesConfig: {
    QUEUED: { description: 'It waits for a worker, or for the checkpoint that covers it: seconds.' },
    RUNNING: { description: 'It is being written: see `progress`.' },
    READY: { description: 'It can be downloaded from `url` until `expiresAt`.' },
    FAILED: { description: 'It could not be written. Ask for another one.' },
    EXPIRED: { description: 'Its file has been deleted.' },
  },
});

const AuditExportFailureEnum: { [Failure in ExportFailure]: Failure } = { NO_CHECKPOINT: 'NO_CHECKPOINT', INTERNAL: 'INTERNAL' };
registerEnumType(AuditExportFailureEnum, {
  name: 'AuditExportFailure',
  description: 'Why an export failed.',
  valuesConfig: {
    NO_CHECKPOINT: { description: 'For ten minutes no checkpoint was signed that covers it: the workers do not run, or refuse to sign a log that was changed.' },
    INTERNAL: { description: 'It could not be written, five times. The operator\'s log says why.' },
  },
});

@ObjectType('AuditExport', { description: 'A file with audit events and the proofs that they are what was sealed. Ask again until `state` is `READY`.' })
export class AuditExportType {
  @Field(() => ID, { description: 'Global id, `aexp_…`.' })
  id!: string;

  @Field(() => AuditExportStateEnum, { description: 'How far it has come.' })
  state!: ExportState;

  @Field(() => AuditExportFormatEnum, { description: 'How it is written.' })
  format!: ExportFormatName;

  @Field(() => Float, { description: 'From 0 to 1.' })
  progress!: number;

  @Field(() => BigIntScalar, { description: 'Events in it so far.' })
  rows!: string;

  @Field(() => BigIntScalar, { nullable: true, description: 'Size of the file; null until it is ready.' })
  bytes!: string | null;

  @Field(() => String, { nullable: true, description: 'SHA-256 of the file in hexadecimal; null until it is ready.' })
  sha256!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Where to download the file, as a path at the address of this API. Made anew each time and good for fifteen minutes, for whoever has it. Null unless it is ready.',
  })
  url!: string | null;

  @Field(() => DateTime, { description: 'When it was asked for.' })
  requestedAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When its file is deleted; null until it is ready.' })
  expiresAt!: Date | null;

  @Field(() => AuditExportFailureEnum, { nullable: true, description: 'Why it failed; null unless it has.' })
  failure!: ExportFailure | null;
}

export const { Connection: AuditExportConnection } = connectionOf('AuditExport', () => AuditExportType);

@ObjectType({ implements: UserError, description: 'As many exports are being written as may be at once. Wait for one of them.' })
export class AuditExportLimitReached extends UserError {}

@ObjectType({ description: 'What became of the request.' })
export class AuditExportRequestPayload {
  @Field(() => AuditExportType, { nullable: true, description: 'The export; null when there are errors.' })
  auditExport?: object | null;

  @Field(() => [UserError], { description: 'Why none was begun; empty when one was.' })
  userErrors!: UserError[];
}
