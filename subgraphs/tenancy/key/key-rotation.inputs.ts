// How a rotation of keys is asked for.
import { IsOptional, Matches, MaxLength } from 'class-validator';
import { Field, InputType } from 'type-graphql';

const NOTE_MAX = 500;
/** No NUL and no half a character, which the database does not take. */
const NOTE = /^[^\0\p{Cs}]*$/u;

@InputType({ description: 'Input of `tenantKeyRotate`.' })
export class TenantKeyRotateInput {
  @IsOptional()
  @MaxLength(NOTE_MAX, { message: `A note has at most ${NOTE_MAX} characters.` })
  @Matches(NOTE, { message: 'A note is plain text.' })
  @Field(() => String, { nullable: true, description: `Why, for colleagues; at most ${NOTE_MAX} characters.` })
  note?: string | null;
}
