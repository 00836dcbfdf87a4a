// Products from a file.
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { importProducts } from './product-import.js';
import { ProductsImportInput, ProductsImportPayload } from './product-import.type.js';

@Resolver()
export class ProductImportResolver {
  @Mutation(() => ProductsImportPayload, { nullable: true, description: 'Makes products from CSV: all of them, or none and a word about each wrong row.' })
  async productsImport(@Arg('input', () => ProductsImportInput, { description: 'The text, and whether to write.' }) input: ProductsImportInput, @Ctx() context: OperationContext) {
    return { ...await importProducts(context, input.csv, input.dryRun ?? false), userErrors: [] };
  }
}
