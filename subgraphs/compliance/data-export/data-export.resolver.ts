// Exports of lists: asked for, cancelled, looked at, followed.
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root, Subscription } from 'type-graphql';
import { PageArgs, type Page } from '../../kernel/graphql/connections.js';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import { BigIntScalar } from '../../kernel/graphql/scalars.js';
import type { DataExportDownload } from './data-export.download.js';
import type { DataExportFailure } from './data-export.entity.js';
import type { DataExportFeed } from './data-export.feed.js';
import { ExportArgs, ExportCancelInput, ExportCreateInput } from './data-export.inputs.js';
import { dataExportById } from './data-export.loaders.js';
import { requesterId, type DataExportRow, type DataExportService } from './data-export.service.js';
import { ExportCancelPayload, ExportConnection, ExportCreatePayload, ExportFailureEnum, ExportFeedEvent, ExportProgressedEvent, ExportType } from './data-export.type.js';

export interface DataExportServices {
  dataExports: DataExportService;
  dataExportDownload: DataExportDownload;
  dataExportFeed: DataExportFeed;
}

@Resolver(() => ExportType)
export class DataExportResolver {
  constructor(private readonly services: DataExportServices) {}

  @Query(() => ExportType, { nullable: true, description: 'One of the exports that the actor may see; null when there is none of this id.' })
  async export(@Args(() => ExportArgs) { id }: ExportArgs, @Ctx() ctx: OperationContext): Promise<DataExportRow | null> {
    return ctx.load(dataExportById, inputId('exp', id, ['id']));
  }

  @Query(() => ExportConnection, { nullable: true, description: 'One\'s own exports, and everybody\'s of the tenant for who may `data:manage`; newest first, by `id` descending.' })
  async exports(@Args(() => PageArgs) args: PageArgs, @Ctx() ctx: OperationContext): Promise<Page<DataExportRow>> {
    return this.services.dataExports.page(ctx, args);
  }

  @Mutation(() => ExportCreatePayload, {
    nullable: true,
    description: 'Begins to read a list of this graph, as whoever asks may read it, and to write its rows to a file that can be downloaded for seven days. Rights are looked at '
      + 'again with each page: one that is taken meanwhile ends it. Ten within an hour for each person or API key. Errors: `InputInvalid` that says what is wrong with the query, '
      + '`ExportLimit`, `QuotaExceeded` (of `STORAGE_BYTES`).',
  })
  async exportCreate(@Arg('input', () => ExportCreateInput, { description: 'What to export, and how.' }) input: ExportCreateInput, @Ctx() ctx: OperationContext): Promise<ExportCreatePayload> {
    return { export: await this.services.dataExports.create(ctx, input), userErrors: [] };
  }

  @Mutation(() => ExportCancelPayload, { nullable: true, description: 'Stops an export that has not come to its end. Repeating it changes nothing. Errors: `ExportNotFound`, `ExportEnded`.' })
  async exportCancel(@Arg('input', () => ExportCancelInput, { description: 'Which.' }) input: ExportCancelInput, @Ctx() ctx: OperationContext): Promise<ExportCancelPayload> {
    return { export: await this.services.dataExports.cancel(ctx, inputId('exp', input.id, ['input', 'id'])), userErrors: [] };
  }

  @FieldResolver(() => [String])
  columns(@Root() { columns }: DataExportRow): string[] {
    return columns.map(({ heading }) => heading);
  }

  @FieldResolver(() => BigIntScalar)
  rows(@Root() { rowCount }: DataExportRow): string {
    return rowCount;
  }

  @FieldResolver(() => BigIntScalar, { nullable: true })
  estimatedRows(@Root() { readAll, rowCount }: DataExportRow): string | null {
    return readAll ? rowCount : null;
  }

  @FieldResolver(() => BigIntScalar, { nullable: true })
  sizeBytes(@Root() { bytes }: DataExportRow): string | null {
    return bytes;
  }

  @FieldResolver(() => String, { nullable: true })
  url(@Root() row: DataExportRow, @Ctx() ctx: OperationContext): Promise<string | null> {
    return this.services.dataExportDownload.link(ctx, row);
  }

  @FieldResolver(() => ID)
  requestedBy(@Root() row: DataExportRow): string {
    return requesterId(row);
  }

  @FieldResolver(() => ExportFailureEnum, { nullable: true })
  error(@Root() { failure }: DataExportRow): DataExportFailure | null {
    return failure;
  }
}

@Resolver(() => ExportProgressedEvent)
export class ExportProgressedResolver {
  @FieldResolver(() => ExportType, { nullable: true, description: 'The export, as it is now.' })
  export(@Root() { exportId }: { exportId: string }, @Ctx() context: OperationContext): Promise<DataExportRow | null> {
    return context.load(dataExportById, exportId);
  }
}

@Resolver()
export class DataExportFeedResolver {
  @Subscription(() => ExportFeedEvent, {
    description: 'How an export comes on, until whoever follows it leaves. With `after` it first replays what came later than that cursor. Errors: NOT_FOUND for an export that the actor does not see.',
    subscribe: async ({ args, context }) => {
      const operation = context as unknown as OperationContext<DataExportServices>;
      const { id, after = null } = args as { id: string; after?: string | null };
      return operation.services.dataExportFeed.open(operation, inputId('exp', id, ['id']), after) as never;
    },
  })
  exportProgress(
    @Root() event: Record<string, unknown>,
    @Arg('id', () => ID, { description: 'Global id of the export, `exp_…`.' }) _id: string,
    @Arg('after', () => String, { nullable: true, description: 'Go on after this cursor; from now on when absent.' }) _after?: string | null,
  ): ExportFeedEvent {
    return event as unknown as ExportFeedEvent;
  }
}
