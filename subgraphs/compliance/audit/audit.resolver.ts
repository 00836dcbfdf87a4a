// Reads the audit trail.
import { Args, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { ACTOR_ID_PREFIX } from '../../kernel/base/actor.js';
import { decodeId } from '../../kernel/base/ids.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { AuditEventsArgs, AuditHistoryArgs } from './audit.inputs.js';
import type { AuditRow } from './audit.list.js';
import type { AuditEventPage, AuditService } from './audit.service.js';
import { AuditActor, AuditEventConnection, AuditEventType, AuditLimit, AuditResource, UserRef } from './audit.type.js';

@Resolver(() => AuditEventType)
export class AuditResolver {
  constructor(private readonly services: { audit: AuditService }) {}

  @Query(() => AuditEventConnection, {
    nullable: true,
    description:
      'What happened in the tenant, newest first: by `occurredAt` descending, then `id` descending. For a platform administrator, ' +
      'what happened outside every tenant. A tier with basic audit shows part of it: see `limitedTo`. Each call is itself recorded, as `audit.read`.',
  })
  async auditEvents(@Args(() => AuditEventsArgs) args: AuditEventsArgs, @Ctx() ctx: OperationContext): Promise<AuditEventPage> {
    return this.services.audit.page(ctx, args);
  }

  @Query(() => AuditEventConnection, {
    nullable: true,
    description:
      'What happened to one resource of the tenant, each change with its values before and after, refused attempts and recorded readings ' +
      'too; by `occurredAt`, then `id`, in the given order. Each call is itself recorded, as `audit.read` of the resource.',
  })
  async auditHistory(@Args(() => AuditHistoryArgs) args: AuditHistoryArgs, @Ctx() ctx: OperationContext): Promise<AuditEventPage> {
    return this.services.audit.history(ctx, args);
  }

  @FieldResolver(() => AuditActor, { description: 'Who did it.' })
  actor(@Root() { actorKind, actorId }: AuditRow): AuditActor {
    return { kind: actorKind, id: actorId };
  }

  @FieldResolver(() => AuditResource, {
    nullable: true,
    description: 'What it was done to; null when it was done to nothing in particular.',
  })
  resource(@Root() { resourceType, resourceId }: AuditRow): AuditResource | null {
    return resourceType === null ? null : { type: resourceType, id: resourceId };
  }
}

@Resolver(() => AuditEventConnection)
export class AuditEventConnectionResolver {
  @FieldResolver(() => AuditLimit, {
    nullable: true, description: 'The part of the trail that the tier of the tenant includes, which this is a page of; null: all of it. What is not shown is sealed all the same, and shown once the tier includes it.',
  })
  limitedTo(@Root() { limitedTo }: AuditEventPage): AuditLimit | null {
    return limitedTo && { ...limitedTo, types: [...limitedTo.types], tiersThatAllow: [...limitedTo.tiersThatAllow] };
  }
}

@Resolver(() => AuditActor)
export class AuditActorResolver {
  @FieldResolver(() => UserRef, { nullable: true, description: 'The person, when it was one and identity still knows them.' })
  user(@Root() { kind, id }: AuditActor): UserRef | null {
    // The trail holds API ids; a stub carries the plain one.
    const userId = kind === 'user' && id !== null ? decodeId(ACTOR_ID_PREFIX, id) : null;
    return userId === null ? null : { id: userId };
  }
}
