// Maintenance windows at the API.
import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { connectionOf } from '../../kernel/graphql/connections.js';
import { UserError } from '../../kernel/graphql/user-errors.js';

export enum MaintenanceWindowState {
  SCHEDULED = 'SCHEDULED',
  RUNNING = 'RUNNING',
  OVER = 'OVER',
  CANCELLED = 'CANCELLED',
}
registerEnumType(MaintenanceWindowState, {
  name: 'MaintenanceWindowState', description: 'Where a maintenance window stands now.',
  valuesConfig: {
    SCHEDULED: { description: 'It has not begun.' }, RUNNING: { description: 'It runs.' }, OVER: { description: 'It has ended as planned.' },
    CANCELLED: { description: 'It was called off, before or while it ran.' },
  },
});

@ObjectType('MaintenanceText', { description: 'What people read about a maintenance window, in one language.' })
export class MaintenanceTextType {
  @Field(() => String, { description: 'The language: `en`, `es`, `fr` or `pt`.' })
  language!: string;

  @Field(() => String, { description: 'The sentence, one line.' })
  text!: string;
}

@ObjectType('MaintenanceWindow', {
  description: 'Maintenance of the platform, announced beforehand. From 24 hours before its start every answer over HTTP names it in the header `Maintenance`; sockets name it in the payload of ' +
    '`connection_ack` and, when something changes, of a `ping`. While one with `refusesWrites` runs, mutations are refused with `MAINTENANCE` and `Retry-After`; queries and ' +
    'subscriptions go on, and what customers send is stored.',
})
export class MaintenanceWindowType {
  @Field(() => ID, { description: 'The window, `mwin_…`.' })
  id!: string;

  @Field(() => ID, { nullable: true, description: 'The tenant it is about, `tnt_…`; null: every tenant.' })
  tenantId!: string | null;

  @Field(() => Date, { description: 'When it begins.' })
  startsAt!: Date;

  @Field(() => Date, { description: 'When it ends.' })
  endsAt!: Date;

  @Field(() => Boolean, { description: 'Whether mutations are refused while it runs.' })
  refusesWrites!: boolean;

  @Field(() => MaintenanceWindowState, { description: 'Where it stands now.' })
  state!: MaintenanceWindowState;

  @Field(() => String, { description: 'What people read, in the wanted language or else in English.' })
  text!: string;

  @Field(() => [MaintenanceTextType], { description: 'What people read, in every language it was written in.' })
  texts!: MaintenanceTextType[];
}

export const { Connection: MaintenanceWindowConnection } = connectionOf('MaintenanceWindow', () => MaintenanceWindowType);

const WINDOW = 'The window as it is now; null when nothing was changed.';

@ObjectType({ description: 'The outcome of `maintenanceWindowSchedule`.' })
export class MaintenanceWindowSchedulePayload {
  @Field(() => MaintenanceWindowType, { nullable: true, description: WINDOW })
  window!: MaintenanceWindowType | null;

  @Field(() => [UserError], { description: 'Why not: `InputInvalid`, `TenantNotFound`, `MaintenanceWindowOverlaps` (also when it is sent twice).' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'The outcome of `maintenanceWindowUpdate`.' })
export class MaintenanceWindowUpdatePayload {
  @Field(() => MaintenanceWindowType, { nullable: true, description: WINDOW })
  window!: MaintenanceWindowType | null;

  @Field(() => [UserError], { description: 'Why not: `InputInvalid`, `MaintenanceWindowNotFound`, `MaintenanceWindowEnded`, `MaintenanceWindowOverlaps`.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'The outcome of `maintenanceWindowCancel`.' })
export class MaintenanceWindowCancelPayload {
  @Field(() => MaintenanceWindowType, { nullable: true, description: WINDOW })
  window!: MaintenanceWindowType | null;

  @Field(() => [UserError], { description: 'Why not: `MaintenanceWindowNotFound`, `MaintenanceWindowEnded`.' })
  userErrors!: UserError[];
}

@ObjectType({ implements: UserError, description: 'There is no such maintenance window.' })
export class MaintenanceWindowNotFound extends UserError {}

@ObjectType({ implements: UserError, description: 'The maintenance window is over, or was called off: it stays as it was.' })
export class MaintenanceWindowEnded extends UserError {}

@ObjectType({ implements: UserError, description: 'Another window of the same tenant, or of every tenant, is planned for a part of this time.' })
export class MaintenanceWindowOverlaps extends UserError {
  @Field(() => ID, { description: 'The other window, `mwin_…`.' })
  windowId!: string;
}
