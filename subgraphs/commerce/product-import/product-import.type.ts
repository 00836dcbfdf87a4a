// The GraphQL face of importing products.
import { Field, InputType, Int, ObjectType } from 'type-graphql';
import { UserError } from '../../kernel/graphql/user-errors.js';

@ObjectType('ProductImportFault', { description: 'What is wrong with a row.' })
export class ProductImportFaultType {
  @Field(() => Int, { description: 'The line it begins on; the header is on line 1.' })
  line!: number;

  @Field(() => String, { nullable: true, description: 'The column; null: the row as a whole.' })
  column!: string | null;

  @Field(() => String, { description: 'A sentence for a person.' })
  message!: string;
}

@ObjectType({ implements: UserError, description: 'Some rows are not acceptable. Nothing was imported.' })
export class ProductImportFaulty extends UserError {
  @Field(() => [ProductImportFaultType], { description: 'The first fault of each row, by line: at most 1,000.' })
  faults!: ProductImportFaultType[];
}

@InputType({ description: 'Input of `productsImport`.' })
export class ProductsImportInput {
  @Field(() => String, {
    description: 'CSV (RFC 4180) in UTF-8, with a header and at most 1,000 rows of at most 1,000,000 characters together. A row is a variant; rows that follow each other with the same `name` and `kind` are one product. '
      + 'Columns, in any order: `kind` (`PRODUCT`, `MENU_ITEM`, `SERVICE`, `SOLUTION`), `name`, `sku`, `price` (`12.50`, in whole units of the currency), `currency`; and, where wanted, `category` (its name, which is there already), `description`, `variant`, `tracks_inventory` (`true` or `false`).',
  })
  csv!: string;

  @Field(() => Boolean, { nullable: true, description: 'True: only says what would come of it.' })
  dryRun?: boolean | null;
}

@ObjectType({ description: 'Result of `productsImport`.' })
export class ProductsImportPayload {
  @Field(() => Int, { nullable: true, description: 'How many products were made, or would be; null when it was refused.' })
  products!: number | null;

  @Field(() => Int, { nullable: true, description: 'With how many variants; null when it was refused.' })
  variants!: number | null;

  @Field(() => [UserError], { description: 'Why nothing was imported; empty when it was, or would be.' })
  userErrors!: UserError[];
}
