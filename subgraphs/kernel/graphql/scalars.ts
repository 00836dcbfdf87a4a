// Scalars the graph shares: instants as ISO 8601 text in UTC, 64-bit integers as decimal text.
import 'reflect-metadata';
import { GraphQLScalarType, Kind } from 'graphql';
import { GraphQLISODateTime } from 'type-graphql';

export { GraphQLISODateTime as DateTime } from 'type-graphql';

const DIGITS = /^-?\d{1,19}$/;

function parse(value: unknown): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'string' && DIGITS.test(value)) return BigInt(value);
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  throw new TypeError('BigInt is a whole number of at most 64 bits, written as text.');
}

/** Travels as a string, because JSON numbers lose precision beyond 2^53. */
export const BigIntScalar = new GraphQLScalarType<bigint, string>({
  name: 'BigInt',
  description: 'A whole number of up to 64 bits. It travels as a string, because JSON numbers lose precision beyond 2^53.',
  serialize: (value) => parse(value).toString(),
  parseValue: parse,
  parseLiteral: (node) => {
    if (node.kind === Kind.STRING || node.kind === Kind.INT) return parse(node.value);
    throw new TypeError('BigInt is a whole number of at most 64 bits, written as text.');
  },
});

export const scalarsMap = [{ type: Date, scalar: GraphQLISODateTime }];
