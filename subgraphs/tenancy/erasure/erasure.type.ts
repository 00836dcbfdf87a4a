// What is left of a tenant that was erased.
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { DateTime } from '../../kernel/graphql/scalars.js';

@ObjectType({ description: 'How many rows of a table were deleted.' })
export class TenantErasureTable {
  @Field(() => String, { description: 'Name of the table.' })
  table!: string;

  @Field(() => Int, { description: 'Rows, over all runs of the erasure until this answer.' })
  rows!: number;
}

@ObjectType({ description: 'The answer of one subgraph: nothing of the tenant is left there, but for the audit trail.' })
export class TenantErasureReceipt {
  @Field(() => String, { description: 'Name of the subgraph, e.g. `conversations`.' })
  subgraph!: string;

  @Field(() => DateTime, { description: 'When its answer came, UTC.' })
  erasedAt!: Date;

  @Field(() => [TenantErasureTable], { description: 'What it had, by table; empty when it had nothing.' })
  tables!: TenantErasureTable[];
}

@ObjectType('TenantErasure', { description: 'The erasure of a tenant whose grace was over.' })
export class TenantErasureType {
  @Field(() => ID, { description: 'The tenant, `tnt_…`. Nothing else of it is left.' })
  tenantId!: string;

  @Field(() => DateTime, { description: 'When it was ordered, UTC.' })
  startedAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When the last subgraph had answered, UTC; null while one has not.' })
  finishedAt!: Date | null;

  @Field(() => [TenantErasureReceipt], { description: 'The answers so far, by subgraph.' })
  receipts!: TenantErasureReceipt[];
}
