// Maintenance windows: read by everybody they are about, planned by the people of the platform.
import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { encodeId } from '../../kernel/base/ids.js';
import { languageOf } from '../../kernel/base/language.js';
import { inputId, OperationContext } from '../../kernel/graphql/context.js';
import type { TenancyServices } from '../services.js';
import { MaintenanceWindowCancelInput, MaintenanceWindowsArgs, MaintenanceWindowScheduleInput, MaintenanceWindowUpdateInput } from './window.inputs.js';
import { listWindows } from './window.list.js';
import { stateOf } from './window.plan.js';
import type { WindowRow } from './window.service.js';
import {
  MaintenanceTextType, MaintenanceWindowCancelPayload, MaintenanceWindowConnection, MaintenanceWindowSchedulePayload, MaintenanceWindowState, MaintenanceWindowType,
  MaintenanceWindowUpdatePayload,
} from './window.type.js';

const windowId = (text: string): string => inputId('mwin', text, ['input', 'windowId']);

@Resolver(() => MaintenanceWindowType)
export class WindowResolver {
  constructor(private readonly services: TenancyServices) {}

  @Query(() => MaintenanceWindowConnection, {
    nullable: true,
    description: 'Maintenance that is announced to you, by its start: of your tenant, and of every tenant. People of the platform with `system:admin` see that of each tenant. Needs a token or key.',
  })
  maintenanceWindows(@Args(() => MaintenanceWindowsArgs) args: MaintenanceWindowsArgs, @Ctx() context: OperationContext) {
    return listWindows(context, args);
  }

  @FieldResolver(() => String, { nullable: true })
  tenantId(@Root() { home }: WindowRow): string | null {
    return home === null ? null : encodeId('tnt', home);
  }

  @FieldResolver(() => MaintenanceWindowState)
  state(@Root() window: WindowRow, @Ctx() context: OperationContext): MaintenanceWindowState {
    return stateOf(window, context.deps.clock.now());
  }

  @FieldResolver(() => String)
  text(
    @Root() { texts }: WindowRow, @Arg('language', () => String, { nullable: true, description: 'A language or locale, like `pt` or `pt-BR`; English when absent.' }) language?: string | null,
  ): string {
    return texts[languageOf(language)] ?? texts.en;
  }

  @FieldResolver(() => [MaintenanceTextType])
  texts(@Root() { texts }: WindowRow): MaintenanceTextType[] {
    return Object.entries(texts).map(([language, text]) => ({ language, text })).sort((a, b) => (a.language < b.language ? -1 : 1));
  }

  @Mutation(() => MaintenanceWindowSchedulePayload, {
    nullable: true,
    description: 'Announces maintenance of the platform, of one tenant or of all. Every gateway knows of it within a second. For people of the platform; needs `system:admin`.',
  })
  async maintenanceWindowSchedule(
    @Ctx() context: OperationContext, @Arg('input', () => MaintenanceWindowScheduleInput, { description: 'What to announce.' }) input: MaintenanceWindowScheduleInput,
  ) {
    const home = input.tenantId === null || input.tenantId === undefined ? null : inputId('tnt', input.tenantId, ['input', 'tenantId']);
    return { window: await this.services.windows.schedule(context, home, input), userErrors: [] };
  }

  @Mutation(() => MaintenanceWindowUpdatePayload, {
    nullable: true, description: 'Changes a window that is not over, in force at every gateway within a second. For people of the platform; needs `system:admin`.',
  })
  async maintenanceWindowUpdate(
    @Ctx() context: OperationContext, @Arg('input', () => MaintenanceWindowUpdateInput, { description: 'Which, and what of it.' }) input: MaintenanceWindowUpdateInput,
  ) {
    return { window: await this.services.windows.update(context, windowId(input.windowId), input), userErrors: [] };
  }

  @Mutation(() => MaintenanceWindowCancelPayload, {
    nullable: true, description: 'Calls a window off; one that runs ends within a second. For people of the platform; needs `system:admin`.',
  })
  async maintenanceWindowCancel(
    @Ctx() context: OperationContext, @Arg('input', () => MaintenanceWindowCancelInput, { description: 'Which.' }) input: MaintenanceWindowCancelInput,
  ) {
    return { window: await this.services.windows.cancel(context, windowId(input.windowId)), userErrors: [] };
  }
}
