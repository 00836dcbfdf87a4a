// Exports of everything a tenant has.
import { Arg, Args, Ctx, FieldResolver, Float, Mutation, Query, Resolver, Root } from 'type-graphql';
import { PageArgs, type Page } from '../../kernel/graphql/connections.js';
import { inputId, OperationContext } from '../../kernel/graphql/context.js';
import { BigIntScalar } from '../../kernel/graphql/scalars.js';
import { ANSWERING } from '../erasure/erasure.service.js';
import type { TenancyServices } from '../services.js';
import { TenantExportArgs, TenantExportRequestInput } from './tenant-export.inputs.js';
import type { TenantExportRow } from './tenant-export.service.js';
import { TenantExportConnection, TenantExportRequestPayload, TenantExportType } from './tenant-export.type.js';

/** How much of the way writing the parts is; the rest is the archive. */
const COLLECTING = 0.8;

@Resolver(() => TenantExportType)
export class TenantExportResolver {
  constructor(private readonly services: TenancyServices) {}

  @Query(() => TenantExportType, {
    nullable: true, description: 'An export of your tenant; null when there is none of this id. Needs `org:export`, which owners have; only a person may do this. Also while the tenant is suspended or being deleted.',
  })
  tenantExport(@Args(() => TenantExportArgs) { id }: TenantExportArgs, @Ctx() context: OperationContext): Promise<TenantExportRow | null> {
    return this.services.tenantExports.get(context, inputId('texp', id, ['id']));
  }

  @Query(() => TenantExportConnection, {
    nullable: true, description: 'Exports of your tenant, newest first, by `id` descending. Needs `org:export`, which owners have; only a person may do this. Also while the tenant is suspended or being deleted.',
  })
  tenantExports(@Args(() => PageArgs) args: PageArgs, @Ctx() context: OperationContext): Promise<Page<TenantExportRow>> {
    return this.services.tenantExports.page(context, args);
  }

  @Mutation(() => TenantExportRequestPayload, {
    nullable: true,
    description: 'Begins to write everything your tenant has to an archive that can be downloaded for seven days, or until the next one is ready: people, settings, conversations, customers, orders, the audit log. '
      + 'Passwords, keys and credentials are not in it. One is written at a time. Needs `org:export`, which owners have; only a person may do this. Also while the tenant is suspended, and while it is being deleted, until its erasure begins.',
  })
  async tenantExportRequest(@Arg('input', () => TenantExportRequestInput, { description: 'The request.' }) input: TenantExportRequestInput, @Ctx() context: OperationContext): Promise<TenantExportRequestPayload> {
    return { tenantExport: await this.services.tenantExports.request(context, input), userErrors: [] };
  }

  @FieldResolver(() => Float)
  progress(@Root() { state, parts, assembled }: TenantExportRow): number {
    if (state === 'READY' || state === 'EXPIRED') return 1;
    const collected = COLLECTING * Object.keys(parts).length / ANSWERING.length;
    const bytes = Object.values(parts).reduce((sum, part) => sum + part.bytes, 0);
    return state === 'ASSEMBLING' && bytes > 0 ? collected + (1 - COLLECTING) * Math.min(Number(assembled) / bytes, 1) : collected;
  }

  @FieldResolver(() => BigIntScalar)
  rows(@Root() { rowCount }: TenantExportRow): string {
    return rowCount;
  }

  @FieldResolver(() => String, { nullable: true })
  url(@Root() row: TenantExportRow, @Ctx() context: OperationContext): Promise<string | null> {
    return this.services.tenantExportDownload.link(context, row);
  }
}
