// How the connections of a tenant stand, in one query.
import { Args, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { PageArgs } from '../../kernel/graphql/connections.js';
import { OperationContext } from '../../kernel/graphql/context.js';
import { inboxById } from '../conversation/conversation.loaders.js';
import { InboxType } from '../inbox/inbox.type.js';
import { listIntegrations, type IntegrationRow } from './integration.list.js';
import { IntegrationConnection, IntegrationType } from './integration.type.js';

@Resolver(() => IntegrationType)
export class IntegrationResolver {
  @Query(() => IntegrationConnection, { nullable: true, description: 'How the connections of your tenant to the outside stand, by id of the inbox.' })
  integrationStatus(@Args(() => PageArgs) { first, after }: PageArgs, @Ctx() context: OperationContext) {
    return listIntegrations(context, first, after);
  }

  @FieldResolver(() => InboxType, { description: 'The inbox: its state, its token, its last test, when it last received and sent.' })
  inbox(@Root() { inboxId }: IntegrationRow, @Ctx() context: OperationContext) {
    return context.load(inboxById, inboxId);
  }
}
