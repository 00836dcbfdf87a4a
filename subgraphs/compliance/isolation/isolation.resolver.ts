// Asking for a drill, and for what the newest one found.
import { Arg, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { DrillRow, IsolationService } from './isolation.service.js';
import { IsolationDrillRunInput, IsolationDrillRunPayload, IsolationDrillSubgraph, IsolationDrillType, IsolationFinding } from './isolation.type.js';

export interface IsolationServices {
  isolation: IsolationService;
}

@Resolver(() => IsolationDrillType)
export class IsolationResolver {
  constructor(private readonly services: IsolationServices) {}

  @Query(() => IsolationDrillType, { nullable: true, description: 'The newest drill of the walls between tenants; null while there has been none. For platform administrators.' })
  isolationDrill(@Ctx() ctx: OperationContext): Promise<DrillRow | null> {
    return this.services.isolation.newest(ctx);
  }

  @Mutation(() => IsolationDrillRunPayload, {
    nullable: true,
    description: 'Starts a drill of the walls between tenants, on the running installation. It takes a few seconds and changes nothing; ask `isolationDrill` for its result. One runs at a time.',
  })
  async isolationDrillRun(
    @Arg('input', () => IsolationDrillRunInput, { description: 'How long it may take.' }) { timeoutSeconds }: IsolationDrillRunInput, @Ctx() ctx: OperationContext,
  ): Promise<IsolationDrillRunPayload> {
    return { drill: await this.services.isolation.request(ctx, timeoutSeconds ?? null), userErrors: [] };
  }

  @FieldResolver(() => [IsolationDrillSubgraph])
  subgraphs(@Root() { report }: DrillRow): object[] {
    return report ?? [];
  }

  @FieldResolver(() => [IsolationFinding])
  findings(@Root() { report }: DrillRow): object[] {
    return (report ?? []).flatMap(({ subgraph, findings }) => findings.map((finding) => ({ ...finding, subgraph })));
  }
}
