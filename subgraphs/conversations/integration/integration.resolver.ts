// How the connections of a tenant stand, in one query.
import { Args, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { PageArgs } from '../../kernel/graphql/connections.js';
import { OperationContext } from '../../kernel/graphql/context.js';
import { inboxById } from '../conversation/conversation.loaders.js';
import { customIntegrationById } from '../custom-integration/custom-integration.loaders.js';
import { CustomIntegrationType } from '../custom-integration/custom-integration.type.js';
import { InboxType } from '../inbox/inbox.type.js';
import { listIntegrations, type IntegrationRow } from './integration.list.js';
import { IntegrationConnection, IntegrationType } from './integration.type.js';

@Resolver(() => IntegrationType)
export class IntegrationResolver {
  @Query(() => IntegrationConnection, { nullable: true, description: 'How the connections of your tenant to the outside stand, by id: inboxes, and integrations of your own.' })
  integrationStatus(@Args(() => PageArgs) { first, after }: PageArgs, @Ctx() context: OperationContext) {
    return listIntegrations(context, first, after);
  }

  @FieldResolver(() => InboxType, { nullable: true, description: 'The inbox: its state, its token, its last test, when it last received and sent. Null when it is no inbox.' })
  inbox(@Root() { kind, id }: IntegrationRow, @Ctx() context: OperationContext) {
    return kind === 'INBOX' ? context.load(inboxById, id) : null;
  }

  @FieldResolver(() => CustomIntegrationType, { nullable: true, description: 'The integration of your own: where it is, its last test, when it last answered. Null when it is an inbox.' })
  customIntegration(@Root() { kind, id }: IntegrationRow, @Ctx() context: OperationContext) {
    return kind === 'CUSTOM' ? context.load(customIntegrationById, id) : null;
  }
}
