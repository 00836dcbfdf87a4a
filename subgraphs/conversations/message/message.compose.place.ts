// A place on earth.
import { invalidInput } from '../../kernel/base/errors.js';
import type { LocationContent } from '../channel/content.js';
import { checkedOrNull, type Path } from './message.compose.text.js';
import type { LocationInput } from './message.location.inputs.js';

const [NAME, ADDRESS] = [200, 500];

/** @throws Refusal InputInvalid */
export function composePlace({ latitude, longitude, ...named }: LocationInput, at: Path): LocationContent {
  const within = (degrees: number, most: number, field: string): number => {
    if (Math.abs(degrees) > most) throw invalidInput(`Between -${most} and ${most} degrees.`, [...at, field]);
    return degrees;
  };
  return {
    kind: 'location', latitude: within(latitude, 90, 'latitude'), longitude: within(longitude, 180, 'longitude'),
    name: checkedOrNull(named.name, 'The name', NAME, [...at, 'name']), address: checkedOrNull(named.address, 'The address', ADDRESS, [...at, 'address']),
  };
}
