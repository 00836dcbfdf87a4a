// Exports of lists in the graph.
import { Field, ID, InterfaceType, ObjectType, registerEnumType } from 'type-graphql';
import { connectionOf } from '../../kernel/graphql/connections.js';
import { FeedGapReason } from '../../kernel/graphql/feeds.js';
import { BigIntScalar, DateTime } from '../../kernel/graphql/scalars.js';
import { UserError } from '../../kernel/graphql/user-errors.js';
import type { DataExportFailure, DataExportFormat, DataExportState } from './data-export.entity.js';

export const ExportFormatEnum: { [Format in DataExportFormat]: Format } = { CSV: 'CSV', JSON_LINES: 'JSON_LINES', XLSX: 'XLSX', PDF: 'PDF' };
registerEnumType(ExportFormatEnum, {
  name: 'ExportFormat',
  description: 'How the rows of an export are written. CSV and JSON Lines hold values as this graph gives them: instants in UTC, amounts in minor units.',
  valuesConfig: {
    CSV: { description: 'RFC 4180 in UTF-8, with a row of headings. What a spreadsheet would take for a formula begins with an apostrophe. Several values in a cell have `; ` between them.' },
    JSON_LINES: { description: 'One JSON object a row, its keys the headings. Several values are an array.' },
    XLSX: { description: 'A workbook: numbers and dates are such, in the time zone asked for; amounts are in the currency\'s own unit.' },
    PDF: { description: 'A4, with charts where there are dates, numbers or kinds, and a table. At most 12 columns and 50,000 rows.' },
  },
});

const ExportStateEnum: { [State in DataExportState]: State } = { QUEUED: 'QUEUED', RUNNING: 'RUNNING', READY: 'READY', FAILED: 'FAILED', CANCELLED: 'CANCELLED', EXPIRED: 'EXPIRED' };
registerEnumType(ExportStateEnum, {
  name: 'ExportState',
  description: 'How far an export has come.',
  valuesConfig: {
    QUEUED: { description: 'It waits for a worker, or for the graph to answer again.' },
    RUNNING: { description: 'Rows are read, then written: see `rows` and `written`.' },
    READY: { description: 'It can be downloaded from `url` until `expiresAt`.' },
    FAILED: { description: 'It stopped: see `error`. There is no file.' },
    CANCELLED: { description: 'Somebody stopped it. There is no file.' },
    EXPIRED: { description: 'Its file has been deleted.' },
  },
});

export const ExportFailureEnum: { [Failure in DataExportFailure]: Failure } = {
  RIGHTS_REVOKED: 'RIGHTS_REVOKED', OPERATION_REFUSED: 'OPERATION_REFUSED', TOO_MANY_ROWS: 'TOO_MANY_ROWS', UNAVAILABLE: 'UNAVAILABLE', INTERNAL: 'INTERNAL',
};
registerEnumType(ExportFailureEnum, {
  name: 'ExportFailure',
  description: 'Why an export failed.',
  valuesConfig: {
    RIGHTS_REVOKED: { description: 'Whoever asked may not read this, or export, any more, or never might. Nothing that was read is handed out.' },
    OPERATION_REFUSED: { description: 'The graph does not take the query, or what is in its variables is not there.' },
    TOO_MANY_ROWS: { description: 'There are more rows than the format takes: 50,000 for PDF, 5,000,000 otherwise.' },
    UNAVAILABLE: { description: 'For a day the graph did not answer.' },
    INTERNAL: { description: 'It could not be read or written, five times without coming on. The operator\'s log says why.' },
  },
});

@ObjectType('Export', { description: 'A file with the rows of a list, read as whoever asked for it may read them.' })
export class ExportType {
  @Field(() => ID, { description: 'Global id, `exp_…`.' })
  id!: string;

  @Field(() => ExportStateEnum, { description: 'How far it has come.' })
  state!: DataExportState;

  @Field(() => ExportFormatEnum, { description: 'How it is written.' })
  format!: DataExportFormat;

  @Field(() => String, { description: 'What it is called.' })
  title!: string;

  @Field(() => [String], { description: 'Its headings, in order.' })
  columns!: string[];

  @Field(() => BigIntScalar, { description: 'Rows read so far.' })
  rows!: string;

  @Field(() => BigIntScalar, { nullable: true, description: 'How many rows there are; null until the last was read, because lists are not counted.' })
  estimatedRows!: string | null;

  @Field(() => BigIntScalar, { description: 'Rows in the file so far: writing begins when all have been read.' })
  written!: string;

  @Field(() => BigIntScalar, { nullable: true, description: 'Size of the file in bytes; null until it is ready.' })
  sizeBytes!: string | null;

  @Field(() => String, { nullable: true, description: 'SHA-256 of the file in hexadecimal; null until it is ready.' })
  sha256!: string | null;

  @Field(() => String, { nullable: true, description: 'What the file is, as JSON text: query, columns, rows, hash, when and for whom. The SHA-256 of this text is in the audit trail, in `export.ready`.' })
  manifest!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Where to download the file, as a path at the address of this API, until `expiresAt`. Made for whoever asked for the export, and null for everybody else; each download is in the audit trail under their name. Null unless it is ready.',
  })
  url!: string | null;

  @Field(() => ID, { description: 'Global id of who asked for it: a person, `user_…`, or an API key, `key_…`.' })
  requestedBy!: string;

  @Field(() => DateTime, { description: 'When it was asked for.' })
  requestedAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When its file is deleted; null until it is ready.' })
  expiresAt!: Date | null;

  @Field(() => ExportFailureEnum, { nullable: true, description: 'Why it failed; null unless it has.' })
  error!: DataExportFailure | null;
}

export const { Connection: ExportConnection } = connectionOf('Export', () => ExportType);

@ObjectType({ implements: UserError, description: 'As many exports have been asked for as may be within an hour.' })
export class ExportLimit extends UserError {
  @Field(() => DateTime, { description: 'When the next one may be asked for.' })
  resetsAt!: Date;
}

@ObjectType({ implements: UserError, description: 'There is no such export here.' })
export class ExportNotFound extends UserError {}

@ObjectType({ implements: UserError, description: 'The export has come to its end: there is nothing to cancel.' })
export class ExportEnded extends UserError {}

@ObjectType({ description: 'Result of `exportCreate`.' })
export class ExportCreatePayload {
  @Field(() => ExportType, { nullable: true, description: 'The export; null when there are errors.' })
  export?: object | null;

  @Field(() => [UserError], { description: 'Why none was begun; empty when one was.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'Result of `exportCancel`.' })
export class ExportCancelPayload {
  @Field(() => ExportType, { nullable: true, description: 'The export, cancelled; null when it was refused.' })
  export?: object | null;

  @Field(() => [UserError], { description: 'Why it was not cancelled; empty when it is.' })
  userErrors!: UserError[];
}

@InterfaceType({
  description: 'What `exportProgress` delivers. Keep the cursor: pass it as `after` to go on without gap or duplicate.',
  resolveType: (value: { __typename: string }) => value.__typename, autoRegisterImplementations: false,
})
export abstract class ExportFeedEvent {
  @Field(() => String, { description: 'Opaque position in this feed.' })
  cursor!: string;
}

@ObjectType('ExportProgressed', { implements: ExportFeedEvent, description: 'An export has come on, or to its end.' })
export class ExportProgressedEvent extends ExportFeedEvent {}

@ObjectType({ implements: ExportFeedEvent, description: 'Progress may be missing before this point: read the export. The feed goes on live.' })
export class ExportFeedGap extends ExportFeedEvent {
  @Field(() => FeedGapReason, { description: 'Why.' })
  reason!: FeedGapReason;
}
