// Exports of a tenant in the graph.
import { Field, Float, ID, ObjectType, registerEnumType } from 'type-graphql';
import { connectionOf } from '../../kernel/graphql/connections.js';
import { BigIntScalar, DateTime } from '../../kernel/graphql/scalars.js';
import { UserError } from '../../kernel/graphql/user-errors.js';
import type { TenantExportFailure, TenantExportState } from './tenant-export.entity.js';

const TenantExportStateEnum: { [State in TenantExportState]: State } = { COLLECTING: 'COLLECTING', ASSEMBLING: 'ASSEMBLING', READY: 'READY', FAILED: 'FAILED', EXPIRED: 'EXPIRED' };
registerEnumType(TenantExportStateEnum, {
  name: 'TenantExportState',
  description: 'How far an export of a tenant has come.',
  valuesConfig: {
    COLLECTING: { description: 'The parts of the graph write what they have: see `progress`.' },
    ASSEMBLING: { description: 'They are put into one archive: see `progress`.' },
    READY: { description: 'It can be downloaded from `url` until `expiresAt`.' },
    FAILED: { description: 'It could not be written. Ask for another one.' },
    EXPIRED: { description: 'Its archive has been deleted.' },
  },
});

const TenantExportFailureEnum: { [Failure in TenantExportFailure]: Failure } = { STORAGE: 'STORAGE', TIMED_OUT: 'TIMED_OUT', INTERNAL: 'INTERNAL' };
registerEnumType(TenantExportFailureEnum, {
  name: 'TenantExportFailure',
  description: 'Why an export of a tenant failed.',
  valuesConfig: {
    STORAGE: { description: 'The place where files are kept did not take it, several times.' },
    TIMED_OUT: { description: 'For a day some part of the graph did not answer: its workers do not run.' },
    INTERNAL: { description: 'It could not be written, several times. The operator\'s log says why.' },
  },
});

@ObjectType('TenantExport', {
  description: 'A ZIP archive with everything your tenant has: a file of JSON Lines for each table, and `manifest.json` with the rows and the SHA-256 of each, and with what is not in it. '
    + 'Ask again until `state` is `READY`.',
})
export class TenantExportType {
  @Field(() => ID, { description: 'Global id, `texp_…`.' })
  id!: string;

  @Field(() => TenantExportStateEnum, { description: 'How far it has come.' })
  state!: TenantExportState;

  @Field(() => Float, { description: 'From 0 to 1.' })
  progress!: number;

  @Field(() => BigIntScalar, { description: 'Rows that are written so far.' })
  rows!: string;

  @Field(() => BigIntScalar, { nullable: true, description: 'Size of the archive; null until it is ready.' })
  bytes!: string | null;

  @Field(() => String, { nullable: true, description: 'SHA-256 of the archive in hexadecimal; null until it is ready.' })
  sha256!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Where to download the archive, as a path at the address of this API. Made anew each time and good for fifteen minutes, for whoever has it. Null unless it is ready.',
  })
  url!: string | null;

  @Field(() => DateTime, { description: 'When it was asked for, UTC.' })
  requestedAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When its archive is deleted, UTC, if the tenant is not erased before; null until it is ready.' })
  expiresAt!: Date | null;

  @Field(() => TenantExportFailureEnum, { nullable: true, description: 'Why it failed; null unless it has.' })
  failure!: TenantExportFailure | null;
}

export const { Connection: TenantExportConnection } = connectionOf('TenantExport', () => TenantExportType);

@ObjectType({ implements: UserError, description: 'An export of the tenant is being written. Wait for it.' })
export class TenantExportRunning extends UserError {}

@ObjectType({ description: 'The outcome of `tenantExportRequest`.' })
export class TenantExportRequestPayload {
  @Field(() => TenantExportType, { nullable: true, description: 'The export; null when there are errors.' })
  tenantExport?: object | null;

  @Field(() => [UserError], { description: 'Why not: `TenantExportRunning`, `TenantStateWrong` (it is being erased), `InputInvalid`.' })
  userErrors!: UserError[];
}
