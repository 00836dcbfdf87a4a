// How a subgraph answers what retention would delete, alike in each that keeps something by its age.
import 'reflect-metadata';
import { Directive, Field, Int, ObjectType } from 'type-graphql';
import { badInput } from '../base/errors.js';
import type { RetainedClass } from '../messaging/retention.js';
import type { OperationContext } from './context.js';
import { each, inherited, type RuleMap } from './rules.js';

/** Nobody decides by more, and counting ends here. */
const MOST = 10_000;

@ObjectType({ description: 'How many rows of one kind are older than a number of days.' })
@Directive('@shareable')
export class RetentionCount {
  @Field(() => String, { description: 'The kind: `MESSAGES`, `CONTACTS`, `WEBHOOK_DELIVERIES`, `NOTIFICATIONS`, `SESSIONS` or `BOOKINGS`.' })
  dataClass!: string;

  @Field(() => Int, { description: `How many rows would be deleted; counted up to ${MOST}.` })
  rows!: number;

  @Field(() => Boolean, { description: 'There are more than were counted.' })
  more!: boolean;
}

export const retentionCountRules: RuleMap = { RetentionCount: each(inherited, 'dataClass', 'rows', 'more') };

/** @param days by class, of those that are asked about; a class that is absent is not counted @throws BAD_USER_INPUT */
export async function countRetained(context: OperationContext, classes: readonly RetainedClass[], days: Readonly<Record<string, { argument: string; days: number | null | undefined }>>): Promise<RetentionCount[]> {
  const { tenantId } = context;
  const counts: RetentionCount[] = [];
  for (const one of classes) {
    const asked = days[one.name];
    if (asked?.days === null || asked?.days === undefined) continue;
    if (asked.days < 1 || asked.days > 36_500) throw badInput('A number of days is 1 to 36500.', [asked.argument]);
    const before = new Date(context.deps.clock.now().getTime() - asked.days * 86_400_000);
    const rows = await one.count(await context.read(), tenantId, before, MOST + 1);
    counts.push({ dataClass: one.name, rows: Math.min(rows, MOST), more: rows > MOST });
  }
  return counts;
}
