// Arguments and inputs about maintenance windows. Bounds are in window.plan.ts.
import { ArgsType, Field, ID, InputType } from 'type-graphql';
import { PageArgs } from '../../kernel/graphql/connections.js';

@ArgsType()
export class MaintenanceWindowsArgs extends PageArgs {
  @Field(() => Boolean, { defaultValue: false, description: 'Also those that are over or were called off.' })
  past!: boolean;
}

@InputType({ description: 'What people read about a window, in one language.' })
export class MaintenanceTextInput {
  @Field(() => String, { description: 'The language: `en`, `es`, `fr` or `pt`.' })
  language!: string;

  @Field(() => String, { description: 'The sentence: one line of 1 to 500 characters.' })
  text!: string;
}

const TEXTS = 'What people read, once for each language; English is needed, and is what everybody reads whose language is not among them.';

@InputType({ description: 'The window to announce.' })
export class MaintenanceWindowScheduleInput {
  @Field(() => ID, { nullable: true, description: 'The tenant it is about, `tnt_…`; absent or null: every tenant.' })
  tenantId?: string | null;

  @Field(() => Date, { nullable: true, description: 'When it begins, within a year; absent or null: at once.' })
  startsAt?: Date | null;

  @Field(() => Date, { description: 'When it ends: in the future, and at most 7 days after its start.' })
  endsAt!: Date;

  @Field(() => [MaintenanceTextInput], { description: TEXTS })
  texts!: MaintenanceTextInput[];

  @Field(() => Boolean, { defaultValue: false, description: 'Whether mutations are refused while it runs.' })
  refusesWrites!: boolean;
}

@InputType({ description: 'What to change of a window that is not over. What is absent or null stays.' })
export class MaintenanceWindowUpdateInput {
  @Field(() => ID, { description: 'The window, `mwin_…`.' })
  windowId!: string;

  @Field(() => Date, { nullable: true, description: 'When it begins: only of a window that has not begun, and not in the past.' })
  startsAt?: Date | null;

  @Field(() => Date, { nullable: true, description: 'When it ends: in the future, and at most 7 days after its start.' })
  endsAt?: Date | null;

  @Field(() => [MaintenanceTextInput], { nullable: true, description: `${TEXTS} They replace those before.` })
  texts?: MaintenanceTextInput[] | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether mutations are refused while it runs.' })
  refusesWrites?: boolean | null;
}

@InputType({ description: 'The window to call off.' })
export class MaintenanceWindowCancelInput {
  @Field(() => ID, { description: 'The window, `mwin_…`. One that runs ends at once.' })
  windowId!: string;
}
