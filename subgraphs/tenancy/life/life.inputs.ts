// Arguments and inputs about the life of tenants.
import { IsOptional } from 'class-validator';
import { ArgsType, Field, ID, InputType } from 'type-graphql';
import { PageArgs } from '../../kernel/graphql/connections.js';
import { DisplayText } from '../../kernel/graphql/display-text.js';
import { TenantState } from './life.states.js';

@InputType({ description: 'Which tenants to list.' })
export class TenantFilter {
  @Field(() => TenantState, { nullable: true, description: 'Only this state; every one when absent.' })
  state?: TenantState | null;
}

@ArgsType()
export class TenantsArgs extends PageArgs {
  @Field(() => TenantFilter, { nullable: true, description: 'Which tenants; all when absent.' })
  filter?: TenantFilter | null;
}

@InputType({ description: 'Input of `tenantUpdate`. What is absent or null stays as it is.' })
export class TenantUpdateInput {
  @IsOptional()
  @DisplayText('A name', 200)
  @Field(() => String, { nullable: true, description: 'The name of the business: one line, at most 200 characters.' })
  name?: string | null;

  @Field(() => String, { nullable: true, description: 'BCP 47 language tag, e.g. `pt-BR`.' })
  locale?: string | null;

  @Field(() => String, { nullable: true, description: 'IANA time zone, e.g. `Europe/Rome`.' })
  timeZone?: string | null;

  @Field(() => String, { nullable: true, description: 'ISO 4217 code of the currency it sells in, e.g. `EUR`. Amounts that are there keep theirs.' })
  currency?: string | null;
}

@InputType({ description: 'Input of `tenantSuspend`.' })
export class TenantSuspendInput {
  @Field(() => ID, { description: 'The tenant to suspend, `tnt_…`.' })
  tenantId!: string;

  @DisplayText('A reason', 500)
  @Field(() => String, { description: 'Why, in words its people may read: one line, at most 500 characters.' })
  reason!: string;
}

@InputType({ description: 'Input of `tenantReactivate`.' })
export class TenantReactivateInput {
  @Field(() => ID, { description: 'The tenant to let work again, `tnt_…`.' })
  tenantId!: string;
}

@InputType({ description: 'Input of `tenantDeletionCancel`.' })
export class TenantDeletionCancelInput {
  @Field(() => ID, { description: 'The tenant to keep: your own, `tnt_…`.' })
  tenantId!: string;
}

@InputType({ description: 'Input of `tenantDelete`.' })
export class TenantDeleteInput {
  @Field(() => String, { description: 'The name of the tenant, letter by letter, as proof that this one is meant.' })
  confirmName!: string;
}
