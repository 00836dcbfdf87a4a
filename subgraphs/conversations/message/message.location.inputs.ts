// A place that somebody gives.
import { Field, Float, InputType } from 'type-graphql';

@InputType({ description: 'A place to send.' })
export class LocationInput {
  @Field(() => Float, { description: 'Degrees north, WGS 84: -90 to 90.' })
  latitude!: number;

  @Field(() => Float, { description: 'Degrees east, WGS 84: -180 to 180.' })
  longitude!: number;

  @Field(() => String, { nullable: true, description: 'What the place is called; at most 200 characters.' })
  name?: string | null;

  @Field(() => String, { nullable: true, description: 'Its address; at most 500 characters.' })
  address?: string | null;
}
