// Asking for backups and their verification, and for what became of those before.
import { Arg, Args, Ctx, FieldResolver, Float, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { invalidInput } from '../../kernel/base/errors.js';
import { decodeId, encodeId, isUuid } from '../../kernel/base/ids.js';
import type { Page } from '../../kernel/graphql/connections.js';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import type { BackupRunRow, BackupService, BackupStatusRow } from './backup.service.js';
import { BackupCreateInput, BackupCreatePayload, BackupRunConnection, BackupRunType, BackupRunsArgs, BackupStatusType, BackupVerifyInput, BackupVerifyPayload, TenantBackupCreateInput, TenantBackupCreatePayload } from './backup.type.js';

export interface BackupServices {
  backups: BackupService;
}

const LABEL = /^[a-z0-9][a-z0-9-]{0,39}$/;

function labelOf(text: string | null = null): string {
  if (text !== null && !LABEL.test(text)) throw invalidInput('label must be 1 to 40 small letters, digits and hyphens.', ['input', 'label']);
  return text ?? 'manual';
}

@Resolver(() => BackupRunType)
export class BackupResolver {
  constructor(private readonly services: BackupServices) {}

  @Query(() => BackupRunConnection, { nullable: true, description: 'Backups and verifications that were or are being done, newest first. For platform administrators.' })
  backupRuns(@Args(() => BackupRunsArgs) { filter, ...page }: BackupRunsArgs, @Ctx() ctx: OperationContext): Promise<Page<BackupRunRow>> {
    const { kind = null, state = null, tenantId = null } = filter ?? {};
    return this.services.backups.page(ctx, page, { kind, state, tenant: tenantId === null ? null : inputId('tnt', tenantId, ['filter', 'tenantId']) });
  }

  @Query(() => BackupStatusType, { nullable: true, description: 'Whether this installation is backed up, and up to when. For platform administrators.' })
  backupStatus(@Ctx() ctx: OperationContext): Promise<BackupStatusRow> {
    return this.services.backups.status(ctx);
  }

  @Mutation(() => BackupCreatePayload, {
    nullable: true,
    description: 'Takes a full backup of the installation, besides the daily one. It runs in a job; ask `backupRuns` how far it is. One runs at a time.',
  })
  async backupCreate(@Arg('input', () => BackupCreateInput, { description: 'What to call it.' }) { label }: BackupCreateInput, @Ctx() ctx: OperationContext): Promise<BackupCreatePayload> {
    return { run: await this.services.backups.request(ctx, { kind: 'CREATE', label: labelOf(label) }), userErrors: [] };
  }

  @Mutation(() => BackupVerifyPayload, {
    nullable: true,
    description: 'Verifies a backup, besides the daily verification of the newest. It runs in a job; ask `backupRuns` for the level it reached. One runs at a time.',
  })
  async backupVerify(
    @Arg('input', () => BackupVerifyInput, { description: 'Which one, and how far.' }) { backupId = null, level = null }: BackupVerifyInput, @Ctx() ctx: OperationContext,
  ): Promise<BackupVerifyPayload> {
    if (backupId !== null && !isUuid(backupId)) throw invalidInput('backupId must be the UUID of a backup.', ['input', 'backupId']);
    return { run: await this.services.backups.request(ctx, { kind: 'VERIFY', label: 'manual', backupId, wanted: level ?? 'L3' }), userErrors: [] };
  }

  @Mutation(() => TenantBackupCreatePayload, {
    nullable: true,
    description: 'Takes a backup of one tenant, besides those that its tier has: every hour (ENTERPRISE), day (PROFESSIONAL) or week (STANDARD). It runs in a job; one of a tenant at a time.',
  })
  async tenantBackupCreate(@Arg('input', () => TenantBackupCreateInput, { description: 'Of whom.' }) { tenantId }: TenantBackupCreateInput, @Ctx() ctx: OperationContext): Promise<TenantBackupCreatePayload> {
    const tenant = decodeId('tnt', tenantId);
    if (tenant === null) throw invalidInput('tenantId must be the id of a tenant.', ['input', 'tenantId']);
    return { run: await this.services.backups.request(ctx, { kind: 'TENANT', label: 'manual', tenant }), userErrors: [] };
  }

  @FieldResolver(() => ID, { nullable: true })
  tenantId(@Root() { tenant }: BackupRunRow): string | null {
    return tenant === null ? null : encodeId('tnt', tenant);
  }

  @FieldResolver(() => Float, { nullable: true })
  seconds(@Root() { startedAt, finishedAt }: BackupRunRow): number | null {
    return startedAt === null ? null : ((finishedAt ?? new Date()).getTime() - startedAt.getTime()) / 1_000;
  }
}
