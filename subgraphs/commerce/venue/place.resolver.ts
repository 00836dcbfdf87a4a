// Areas, tables, combinations and blocked periods of venues: made and changed.
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { PageArgs, type Page } from '../../kernel/graphql/connections.js';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import type { WithBooking } from '../booking.services.js';
import type { BlockRow } from './block.service.js';
import {
  AreaCreateInput, AreaUpdateInput, BlockedPeriodCreateInput, BlockedPeriodDeleteInput, DiningTableCreateInput, DiningTableUpdateInput, TableCombinationCreateInput,
  TableCombinationUpdateInput,
} from './venue.inputs.js';
import { areaById, combinationById, tableById, type CombinationRow, type TableRow } from './venue.loaders.js';
import {
  AreaCreatePayload, AreaType, AreaUpdatePayload, BlockedPeriodConnection, BlockedPeriodCreatePayload, BlockedPeriodDeletePayload, BlockedPeriodType, DiningTableCreatePayload,
  DiningTableType, DiningTableUpdatePayload, TableCombinationCreatePayload, TableCombinationType, TableCombinationUpdatePayload,
} from './venue.type.js';

const idOf = (prefix: string, id: string, field: string): string => inputId(prefix, id, ['input', field]);
const area = async (context: OperationContext, id: string) => ({ area: await context.load(areaById, id), userErrors: [] });
const table = async (context: OperationContext, id: string) => ({ table: await context.load(tableById, id), userErrors: [] });
const combination = async (context: OperationContext, id: string) => ({ combination: await context.load(combinationById, id), userErrors: [] });

@Resolver(() => DiningTableType)
export class DiningTableResolver {
  constructor(private readonly services: WithBooking) {}

  @Mutation(() => AreaCreatePayload, { nullable: true, description: 'Makes an area of a venue, which has at most 50.' })
  async areaCreate(@Arg('input', () => AreaCreateInput, { description: 'Of which venue, and its name.' }) input: AreaCreateInput, @Ctx() context: OperationContext) {
    return area(context, await this.services.booking.places.createArea(context, idOf('ven', input.venueId, 'venueId'), input.name));
  }

  @Mutation(() => AreaUpdatePayload, { nullable: true, description: 'Renames an area, or takes it out of use: no table is added to it any more.' })
  async areaUpdate(@Arg('input', () => AreaUpdateInput, { description: 'Which area, and what changes.' }) input: AreaUpdateInput, @Ctx() context: OperationContext) {
    const id = idOf('area', input.areaId, 'areaId');
    await this.services.booking.places.update(context, 'Area', id, input);
    return area(context, id);
  }

  @Mutation(() => DiningTableCreatePayload, { nullable: true, description: 'Makes a table in an area. A venue has at most 300.' })
  async diningTableCreate(@Arg('input', () => DiningTableCreateInput, { description: 'In which area, its name, and for whom it is.' }) input: DiningTableCreateInput, @Ctx() context: OperationContext) {
    return table(context, await this.services.booking.places.createTable(context, idOf('area', input.areaId, 'areaId'), input));
  }

  @Mutation(() => DiningTableUpdatePayload, { nullable: true, description: 'Changes a table, or takes it out of use with all its combinations. What was booked stays.' })
  async diningTableUpdate(@Arg('input', () => DiningTableUpdateInput, { description: 'Which table, and what changes.' }) input: DiningTableUpdateInput, @Ctx() context: OperationContext) {
    const id = idOf('tbl', input.tableId, 'tableId');
    await this.services.booking.places.update(context, 'DiningTable', id, input);
    return table(context, id);
  }

  @FieldResolver(() => AreaType, { nullable: true, description: 'Where it stands.' })
  async area(@Root() { areaId }: TableRow, @Ctx() context: OperationContext) {
    return context.load(areaById, areaId);
  }
}

@Resolver(() => TableCombinationType)
export class TableCombinationResolver {
  constructor(private readonly services: WithBooking) {}

  @Mutation(() => TableCombinationCreatePayload, { nullable: true, description: 'Says that tables may be put together for a party. A venue has at most 300 combinations.' })
  async tableCombinationCreate(@Arg('input', () => TableCombinationCreateInput, { description: 'Which tables, and for whom.' }) input: TableCombinationCreateInput, @Ctx() context: OperationContext) {
    const tableIds = input.tableIds.map((id) => idOf('tbl', id, 'tableIds'));
    return combination(context, await this.services.booking.places.createCombination(context, idOf('ven', input.venueId, 'venueId'), tableIds, input));
  }

  @Mutation(() => TableCombinationUpdatePayload, { nullable: true, description: 'Changes for whom a combination is, or takes it out of use.' })
  async tableCombinationUpdate(@Arg('input', () => TableCombinationUpdateInput, { description: 'Which combination, and what changes.' }) input: TableCombinationUpdateInput, @Ctx() context: OperationContext) {
    const id = idOf('comb', input.combinationId, 'combinationId');
    await this.services.booking.places.update(context, 'TableCombination', id, input);
    return combination(context, id);
  }

  @FieldResolver(() => [DiningTableType], { description: 'The tables that are put together: 2 to 20.' })
  async tables(@Root() { tableIds }: CombinationRow, @Ctx() context: OperationContext) {
    return (await Promise.all(tableIds.map((id) => context.load(tableById, id)))).filter((one) => one !== null);
  }
}

@Resolver(() => BlockedPeriodType)
export class BlockedPeriodResolver {
  constructor(private readonly services: WithBooking) {}

  @Query(() => BlockedPeriodConnection, { nullable: true, description: 'Times of a venue that are given to nobody and are not over, by their end: the next first.' })
  blockedPeriods(
    @Arg('venueId', () => ID, { description: 'The venue.' }) venueId: string, @Args(() => PageArgs) { first, after }: PageArgs, @Ctx() context: OperationContext,
  ): Promise<Page<BlockRow>> {
    return this.services.booking.blocks.page(context, inputId('ven', venueId, ['venueId']), first, after);
  }

  @Mutation(() => BlockedPeriodCreatePayload, { nullable: true, description: 'Gives a table, or a whole venue, to nobody for a time. What was booked before stays.' })
  async blockedPeriodCreate(@Arg('input', () => BlockedPeriodCreateInput, { description: 'What, from when and until when.' }) input: BlockedPeriodCreateInput, @Ctx() context: OperationContext) {
    const tableId = typeof input.tableId === 'string' ? idOf('tbl', input.tableId, 'tableId') : null;
    return { period: await this.services.booking.blocks.create(context, idOf('ven', input.venueId, 'venueId'), tableId, input), userErrors: [] };
  }

  @Mutation(() => BlockedPeriodDeletePayload, { nullable: true, description: 'Ends a blocked period, also before its time: it is gone.' })
  async blockedPeriodDelete(@Arg('input', () => BlockedPeriodDeleteInput, { description: 'Which.' }) input: BlockedPeriodDeleteInput, @Ctx() context: OperationContext) {
    return { period: await this.services.booking.blocks.delete(context, idOf('blk', input.periodId, 'periodId')), userErrors: [] };
  }

  @FieldResolver(() => DiningTableType, { nullable: true, description: 'The table; null: the whole venue.' })
  async table(@Root() { tableId }: BlockRow, @Ctx() context: OperationContext) {
    return tableId === null ? null : context.load(tableById, tableId);
  }
}
