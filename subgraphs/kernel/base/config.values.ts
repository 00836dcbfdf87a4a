// What single variables of the environment may hold.
import { z } from 'zod';

export const url = (protocols: string[], error: string) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), { error });

/** What paths are put behind. */
export const baseUrl = (example: string) => url(['http:', 'https:'], `must be a URL like ${example}`)
  .refine((text) => !URL.canParse(text) || /^[^?#@]*$/.test(text), { error: 'must have no user name, query or fragment' });

export const wholeNumber = (least: number, most: number, what = 'whole number') => {
  const error = `must be a ${what} from ${least} to ${most}`;
  return z.string().regex(/^\d{1,9}$/, { error }).transform(Number).refine((value) => value >= least && value <= most, { error });
};

export const oneOf = <const Values extends readonly string[]>(values: Values) => z.enum(values, { error: `must be one of ${values.join(', ')}` });

export const bucketName = z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, { error: 'must be the name of a bucket: 3 to 63 small letters, digits, dots and hyphens' });
