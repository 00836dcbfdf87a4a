// Categories: listed, made, changed.
import { Arg, Args, ArgsType, Ctx, Field, Mutation, Query, Resolver } from 'type-graphql';
import { PageArgs } from '../../kernel/graphql/connections.js';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import type { CommerceServices } from '../services.js';
import { categoryById } from './category.service.js';
import { CategoryConnection, CategoryCreateInput, CategoryCreatePayload, CategoryType, CategoryUpdateInput, CategoryUpdatePayload } from './category.type.js';

@ArgsType()
class CategoriesArgs extends PageArgs {
  @Field(() => Boolean, { nullable: true, description: 'True: those that were put away; else those in use.' })
  archived?: boolean | null;
}

@Resolver(() => CategoryType)
export class CategoryResolver {
  constructor(private readonly services: CommerceServices) {}

  @Query(() => CategoryConnection, { nullable: true, description: 'Categories of your tenant, by name.' })
  categories(@Args(() => CategoriesArgs) args: CategoriesArgs, @Ctx() context: OperationContext) {
    return this.services.categories.page(context, args);
  }

  @Mutation(() => CategoryCreatePayload, { nullable: true, description: 'Makes a category.' })
  async categoryCreate(@Arg('input', () => CategoryCreateInput, { description: 'Its name.' }) input: CategoryCreateInput, @Ctx() context: OperationContext) {
    return { category: await context.load(categoryById, await this.services.categories.create(context, input)), userErrors: [] };
  }

  @Mutation(() => CategoryUpdatePayload, { nullable: true, description: 'Renames a category, puts it away or brings it back.' })
  async categoryUpdate(@Arg('input', () => CategoryUpdateInput, { description: 'Which category, and what changes.' }) input: CategoryUpdateInput, @Ctx() context: OperationContext) {
    const id = inputId('ctg', input.categoryId, ['input', 'categoryId']);
    await this.services.categories.update(context, id, input);
    return { category: await context.load(categoryById, id), userErrors: [] };
  }
}
