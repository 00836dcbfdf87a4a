// Exports of the audit trail.
import { Arg, Args, Ctx, FieldResolver, Float, Mutation, Query, Resolver, Root } from 'type-graphql';
import { PageArgs, type Page } from '../../kernel/graphql/connections.js';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import { BigIntScalar } from '../../kernel/graphql/scalars.js';
import type { ExportDownload } from './export.download.js';
import { AuditExportArgs, AuditExportRequestInput } from './export.inputs.js';
import type { ExportRow, ExportService } from './export.service.js';
import { AuditExportConnection, AuditExportRequestPayload, AuditExportType } from './export.type.js';

@Resolver(() => AuditExportType)
export class ExportResolver {
  constructor(private readonly services: { exports: ExportService; exportDownload: ExportDownload }) {}

  @Query(() => AuditExportType, { nullable: true, description: 'An export of the audit trail; null when there is none of this id.' })
  async auditExport(@Args(() => AuditExportArgs) { id }: AuditExportArgs, @Ctx() ctx: OperationContext): Promise<ExportRow | null> {
    return this.services.exports.get(ctx, inputId('aexp', id, ['id']));
  }

  @Query(() => AuditExportConnection, { nullable: true, description: 'Exports of the audit trail, newest first, by `id` descending.' })
  async auditExports(@Args(() => PageArgs) args: PageArgs, @Ctx() ctx: OperationContext): Promise<Page<ExportRow>> {
    return this.services.exports.page(ctx, args);
  }

  @Mutation(() => AuditExportRequestPayload, {
    nullable: true,
    description: 'Begins to write audit events, with their proofs, to a file that can be downloaded for seven days. It holds everything that '
      + 'was sealed when it was asked for, as far as the tier includes it: with basic audit, sign-ins, rights and security of 30 days. Three are written at a time. '
      + 'Errors: `InputInvalid`, `AuditExportLimitReached`, `FeatureNotInTier`, `QuotaExceeded` (of `STORAGE_BYTES`).',
  })
  async auditExportRequest(@Arg('input', () => AuditExportRequestInput, { description: 'What to export, and how.' }) input: AuditExportRequestInput, @Ctx() ctx: OperationContext): Promise<AuditExportRequestPayload> {
    return { auditExport: await this.services.exports.request(ctx, input), userErrors: [] };
  }

  @FieldResolver(() => Float)
  progress(@Root() { state, scanned, total }: ExportRow): number {
    if (state === 'READY' || state === 'EXPIRED') return 1;
    return total === null || total === '0' ? 0 : Number(scanned) / Number(total);
  }

  @FieldResolver(() => BigIntScalar)
  rows(@Root() { rowCount }: ExportRow): string {
    return rowCount;
  }

  @FieldResolver(() => String, { nullable: true })
  url(@Root() row: ExportRow, @Ctx() ctx: OperationContext): Promise<string | null> {
    return this.services.exportDownload.link(ctx, row);
  }
}
