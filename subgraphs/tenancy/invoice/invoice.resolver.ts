// The invoices of the tenant.
import { Args, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { PageArgs } from '../../kernel/graphql/connections.js';
import { OperationContext } from '../../kernel/graphql/context.js';
import type { TenancyServices } from '../services.js';
import { linesOfInvoice, type InvoiceRow } from './invoice.loaders.js';
import { InvoiceConnection, InvoiceType } from './invoice.type.js';

@Resolver(() => InvoiceType)
export class InvoiceResolver {
  constructor(private readonly services: TenancyServices) {}

  @Query(() => InvoiceConnection, { nullable: true, description: 'The invoices of the tenant, newest first.' })
  invoices(@Args(() => PageArgs) page: PageArgs, @Ctx() context: OperationContext) {
    return this.services.invoices.page(context, page);
  }

  @FieldResolver()
  async lines(@Root() { id }: InvoiceRow, @Ctx() context: OperationContext): Promise<object[]> {
    return await context.load(linesOfInvoice, id) ?? [];
  }
}
