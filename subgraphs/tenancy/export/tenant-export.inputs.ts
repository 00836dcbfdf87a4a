// What can be asked of exports of a tenant.
import { ArgsType, Field, ID, InputType } from 'type-graphql';

@InputType({ description: 'A request for everything your tenant has.' })
export class TenantExportRequestInput {
  @Field(() => String, { description: 'Chosen by the caller: a repeated request with the same key is the same export. 1 to 200 printable ASCII characters without spaces.' })
  idempotencyKey!: string;
}

@ArgsType()
export class TenantExportArgs {
  @Field(() => ID, { description: 'Global id of the export, `texp_…`.' })
  id!: string;
}
