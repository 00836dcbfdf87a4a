// Reading, acknowledging and following security events.
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root, Subscription } from 'type-graphql';
import { ACTOR_ID_PREFIX } from '../../kernel/base/actor.js';
import { decodeId, encodeId } from '../../kernel/base/ids.js';
import type { Page } from '../../kernel/graphql/connections.js';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import { UserRef } from '../audit/audit.type.js';
import type { SecurityEventFeed } from './security-event.feed.js';
import { SecurityEventAcknowledgeInput, SecurityEventsArgs } from './security-event.inputs.js';
import { securityEventById, type SecurityEventRow } from './security-event.loaders.js';
import type { SecurityEventService } from './security-event.service.js';
import {
  CAUSES_DESCRIPTION, SecurityEventAcknowledgePayload, SecurityEventAddedEvent, SecurityEventConnection, SecurityEventFeedEvent, SecurityEventType,
  SecuritySubject,
} from './security-event.type.js';
import { wordsOf } from './security-event.words.js';

export interface SecurityEventServices {
  securityEvents: SecurityEventService;
  securityEventFeed: SecurityEventFeed;
}

@Resolver(() => SecurityEventType)
export class SecurityEventResolver {
  constructor(private readonly services: SecurityEventServices) {}

  @Query(() => SecurityEventConnection, {
    nullable: true,
    description:
      'What looks like an attack in the tenant, newest first: by when it was noticed. It is noticed within two seconds. For a platform ' +
      'administrator, what concerns no single tenant. Each call is recorded, as `security_event.read`.',
  })
  securityEvents(@Args(() => SecurityEventsArgs) args: SecurityEventsArgs, @Ctx() context: OperationContext): Promise<Page<SecurityEventRow>> {
    return this.services.securityEvents.page(context, args);
  }

  @Mutation(() => SecurityEventAcknowledgePayload, {
    nullable: true, description: 'Says that somebody has looked at a security event. Repeating it changes nothing: the first who said so, and their note, stay.',
  })
  async securityEventAcknowledge(
    @Arg('input', () => SecurityEventAcknowledgeInput, { description: 'Which, and what there is to say.' }) input: SecurityEventAcknowledgeInput,
    @Ctx() context: OperationContext,
  ) {
    const id = inputId('sev', input.id, ['input', 'id']);
    await this.services.securityEvents.acknowledge(context, id, input.note ?? null);
    return { securityEvent: await context.load(securityEventById, id), userErrors: [] };
  }

  @FieldResolver(() => String, { description: 'What happened, in a sentence.' })
  text(
    @Root() { rule }: SecurityEventRow,
    @Arg('locale', () => String, { nullable: true, description: 'In this language, e.g. `viewer.locale`: en, es, fr or pt, else English.' }) locale?: string | null,
  ): string {
    return wordsOf(rule, locale);
  }

  @FieldResolver(() => SecuritySubject, { description: 'Whom or what it is about.' })
  subject(@Root() { subjectKind, subjectId }: SecurityEventRow): SecuritySubject {
    return { kind: subjectKind, id: subjectId };
  }

  @FieldResolver(() => [ID], { description: CAUSES_DESCRIPTION })
  auditEventIds(@Root() { auditEventIds }: SecurityEventRow): string[] {
    return auditEventIds.map((id) => encodeId('aud', id));
  }

  @FieldResolver(() => UserRef, { nullable: true, description: 'Who acknowledged it; null while it is open.' })
  acknowledgedBy(@Root() { acknowledgedBy }: SecurityEventRow): UserRef | null {
    return acknowledgedBy === null ? null : { id: acknowledgedBy };
  }
}

@Resolver(() => SecuritySubject)
export class SecuritySubjectResolver {
  @FieldResolver(() => UserRef, { nullable: true, description: 'The person, when it is about one and identity still knows them.' })
  user(@Root() { kind, id }: SecuritySubject): UserRef | null {
    const userId = kind === 'USER' ? decodeId(ACTOR_ID_PREFIX, id) : null;
    return userId === null ? null : { id: userId };
  }
}

@Resolver(() => SecurityEventAddedEvent)
export class SecurityEventAddedResolver {
  @FieldResolver(() => SecurityEventType, { nullable: true, description: 'The security event, as it is now.' })
  securityEvent(@Root() root: { securityEventId: string }, @Ctx() context: OperationContext) {
    return context.load(securityEventById, root.securityEventId);
  }
}

@Resolver()
export class SecurityEventFeedResolver {
  @Subscription(() => SecurityEventFeedEvent, {
    description:
      'Security events of the tenant as they are noticed. With `after` it first replays what came later than that cursor. For who acts in a ' +
      'tenant: the platform has no such feed. What raises an open event is no news: read the list.',
    subscribe: ({ args, context }) => {
      const operation = context as unknown as OperationContext<SecurityEventServices>;
      return operation.services.securityEventFeed.open(operation, (args as { after?: string | null }).after ?? null) as never;
    },
  })
  securityEventAdded(
    @Root() event: Record<string, unknown>,
    @Arg('after', () => String, { nullable: true, description: 'Go on after this cursor; from now on when absent.' }) _after?: string | null,
  ): SecurityEventFeedEvent {
    return event as unknown as SecurityEventFeedEvent;
  }
}
