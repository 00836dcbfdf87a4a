// What can be asked of exports.
import { ArrayMaxSize, ArrayMinSize, IsOptional, MaxLength, ValidateNested } from 'class-validator';
import { GraphQLJSONObject } from 'graphql-scalars';
import { ArgsType, Field, ID, InputType } from 'type-graphql';
import { DisplayText } from '../../kernel/graphql/display-text.js';
import { COLUMNS_MAX } from './data-export.columns.js';
import { OPERATION_MAX } from './data-export.document.js';
import type { DataExportFormat } from './data-export.entity.js';
import { ExportFormatEnum } from './data-export.type.js';

@InputType({ description: 'One column of an export.' })
export class ExportColumnInput {
  @Field(() => String, { description: 'Names of the query from the row down, with dots, as the answer calls them: `customer.name`.' })
  path!: string;

  @IsOptional()
  @DisplayText('A heading', 100)
  @Field(() => String, { nullable: true, description: 'What stands above it; the path when absent.' })
  heading?: string | null;
}

@InputType({ description: 'Input of `exportCreate`.' })
export class ExportCreateInput {
  @MaxLength(OPERATION_MAX, { message: `A document has at most ${OPERATION_MAX} characters.` })
  @Field(() => String, {
    description: 'A query of this graph that selects one list in pages, alone or at the end of single fields. Its `first` and `after` are taken over; everything else is asked as it stands, page by page.',
  })
  operation!: string;

  @Field(() => GraphQLJSONObject, { nullable: true, description: 'Its variables.' })
  variables?: Record<string, unknown> | null;

  @Field(() => ExportFormatEnum, { description: 'How to write the rows.' })
  format!: DataExportFormat;

  @IsOptional()
  @ArrayMinSize(1, { message: 'An export has at least one column.' })
  @ArrayMaxSize(COLUMNS_MAX, { message: `An export has at most ${COLUMNS_MAX} columns.` })
  @ValidateNested({ each: true })
  @Field(() => [ExportColumnInput], { nullable: true, description: 'Which columns, in which order; all that the query selects when absent.' })
  columns?: ExportColumnInput[] | null;

  @IsOptional()
  @DisplayText('A title', 100)
  @Field(() => String, { nullable: true, description: 'What the export is called, in its file and its name; the name of the list when absent.' })
  title?: string | null;

  @Field(() => String, { nullable: true, description: 'IANA name of the time zone in which XLSX and PDF show instants; UTC when absent.' })
  timeZone?: string | null;

  @Field(() => String, { nullable: true, description: 'BCP 47 tag of the language in which PDF shows numbers and dates; `en` when absent.' })
  language?: string | null;

  @Field(() => String, { description: 'Chosen by the caller: a repeated request with the same key is the same export. 1 to 200 printable ASCII characters without spaces.' })
  idempotencyKey!: string;
}

@InputType({ description: 'Input of `exportCancel`.' })
export class ExportCancelInput {
  @Field(() => ID, { description: 'The export, `exp_…`.' })
  id!: string;
}

@ArgsType()
export class ExportArgs {
  @Field(() => ID, { description: 'Global id of the export, `exp_…`.' })
  id!: string;
}
