// Teams: made, changed, deleted, and given conversations.
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { PageArgs } from '../../kernel/graphql/connections.js';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import { CONVERSATION } from '../conversation/conversation.change.js';
import { conversationById, type ConversationRow } from '../conversation/conversation.loaders.js';
import { ConversationType, UserReference } from '../conversation/conversation.type.js';
import { ConversationAssignTeamPayload } from '../conversation/conversation.work.type.js';
import type { ConversationsServices } from '../services.js';
import { assignTeam } from './team.assign.js';
import { ConversationAssignTeamInput, TeamCreateInput, TeamDeleteInput, TeamMembersSetInput, TeamUpdateInput } from './team.inputs.js';
import { membersOf, teamById, type TeamRow } from './team.loaders.js';
import { TEAM } from './team.service.js';
import { TeamConnection, TeamCreatePayload, TeamDeletePayload, TeamMembersSetPayload, TeamType, TeamUpdatePayload } from './team.type.js';

const teamOf = ({ teamId }: { teamId: string }): string => inputId('team', teamId, TEAM);
const membersIn = (ids: readonly string[] | null | undefined): string[] => (ids ?? []).map((id) => inputId('user', id, ['input', 'memberIds']));
const answered = async (context: OperationContext, id: string) => ({ team: await context.load(teamById, id), userErrors: [] });

@Resolver(() => TeamType)
export class TeamResolver {
  constructor(private readonly services: ConversationsServices) {}

  @Query(() => TeamConnection, { nullable: true, description: 'Teams of your tenant, by name.' })
  teams(@Args(() => PageArgs) { first, after }: PageArgs, @Ctx() context: OperationContext) {
    return this.services.teams.page(context, first, after);
  }

  @Query(() => TeamType, { nullable: true, description: 'One team; null when your tenant has none with this id.' })
  team(@Arg('id', () => ID, { description: 'The team, `team_…`.' }) id: string, @Ctx() context: OperationContext) {
    return context.load(teamById, inputId('team', id, ['id']));
  }

  @FieldResolver(() => [UserReference], { description: 'Who is in it, those who joined first before others: at most 200.' })
  async members(@Root() { id }: TeamRow, @Ctx() context: OperationContext) {
    return (await context.load(membersOf, id)) ?? [];
  }

  @Mutation(() => TeamCreatePayload, { nullable: true, description: 'Makes a team. A tenant has at most 200.' })
  async teamCreate(@Arg('input', () => TeamCreateInput, { description: 'Its name and members.' }) input: TeamCreateInput, @Ctx() context: OperationContext) {
    return answered(context, await this.services.teams.create(context, input, membersIn(input.memberIds)));
  }

  @Mutation(() => TeamUpdatePayload, { nullable: true, description: 'Changes what a team is called and is for.' })
  async teamUpdate(@Arg('input', () => TeamUpdateInput, { description: 'Which team, and what changes.' }) input: TeamUpdateInput, @Ctx() context: OperationContext) {
    const id = teamOf(input);
    await this.services.teams.update(context, id, input);
    return answered(context, id);
  }

  @Mutation(() => TeamMembersSetPayload, { nullable: true, description: 'Says who is in a team. Whoever leaves the tenant leaves its teams. Repeating it changes nothing.' })
  async teamMembersSet(@Arg('input', () => TeamMembersSetInput, { description: 'Which team, and its members.' }) input: TeamMembersSetInput, @Ctx() context: OperationContext) {
    const id = teamOf(input);
    await this.services.teams.setMembers(context, id, membersIn(input.memberIds));
    return answered(context, id);
  }

  @Mutation(() => TeamDeletePayload, { nullable: true, description: 'Deletes a team for good. Whoever is in charge of its conversations stays so.' })
  async teamDelete(@Arg('input', () => TeamDeleteInput, { description: 'Which team.' }) input: TeamDeleteInput, @Ctx() context: OperationContext) {
    await this.services.teams.delete(context, teamOf(input));
    return { teamId: input.teamId, userErrors: [] };
  }
}

@Resolver(() => ConversationType)
export class ConversationTeamResolver {
  @Mutation(() => ConversationAssignTeamPayload, {
    nullable: true, description: 'Gives a conversation to a team, or to none. Whoever is in charge and not in that team is in charge no longer. Repeating it changes nothing.',
  })
  async conversationAssignTeam(@Arg('input', () => ConversationAssignTeamInput, { description: 'Which conversation and team.' }) input: ConversationAssignTeamInput, @Ctx() context: OperationContext) {
    const id = inputId('conv', input.conversationId, CONVERSATION);
    const { teamId = null } = input;
    await assignTeam(context, id, teamId === null ? null : inputId('team', teamId, TEAM));
    return { conversation: await context.load(conversationById, id), userErrors: [] };
  }

  @FieldResolver(() => TeamType, { nullable: true, description: 'The team it belongs to; null when it belongs to none.' })
  team(@Root() { teamId }: ConversationRow, @Ctx() context: OperationContext) {
    return teamId === null ? null : context.load(teamById, teamId);
  }
}
