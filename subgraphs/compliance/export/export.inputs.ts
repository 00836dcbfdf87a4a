// What can be asked of exports.
import { ArgsType, Field, ID, InputType } from 'type-graphql';
import { AuditFilter } from '../audit/audit.inputs.js';
import type { ExportFormatName } from './export.entity.js';
import { AuditExportFormatEnum } from './export.type.js';

@InputType({ description: 'What to export.' })
export class AuditExportRequestInput {
  @Field(() => AuditFilter, { nullable: true, description: 'Which events; the whole trail when absent.' })
  filter?: AuditFilter | null;

  @Field(() => AuditExportFormatEnum, { description: 'How to write them.' })
  format!: ExportFormatName;

  @Field(() => String, { description: 'Chosen by the caller: a repeated request with the same key is the same export. 1 to 200 printable ASCII characters without spaces.' })
  idempotencyKey!: string;
}

@ArgsType()
export class AuditExportArgs {
  @Field(() => ID, { description: 'Global id of the export, `aexp_…`.' })
  id!: string;
}
