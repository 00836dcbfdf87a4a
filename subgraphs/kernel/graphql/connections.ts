// Relay connections with `nodes`, by keyset: a cursor names the last row's sort values, never an offset.
import 'reflect-metadata';
import { ArgsType, Directive, Field, Int, ObjectType, type ClassType } from 'type-graphql';
import { badInput } from '../base/errors.js';

export const PAGE_DEFAULT = 25;
export const PAGE_MAX = 100;

@ObjectType({ description: 'Where a page lies in its list.' })
@Directive('@shareable')
export class PageInfo {
  @Field(() => String, { nullable: true, description: 'Cursor of the first row of this page.' })
  startCursor!: string | null;

  @Field(() => String, { nullable: true, description: 'Cursor of the last row: pass it as `after` to get the next page.' })
  endCursor!: string | null;

  @Field(() => Boolean, { description: 'More rows follow.' })
  hasNextPage!: boolean;

  @Field(() => Boolean, { description: 'Rows precede this page, as far as `after` tells.' })
  hasPreviousPage!: boolean;
}

@ArgsType()
export class PageArgs {
  @Field(() => Int, { nullable: true, description: `How many rows, 1 to ${PAGE_MAX}; ${PAGE_DEFAULT} when absent.` })
  first?: number | null;

  @Field(() => String, { nullable: true, description: 'Rows after this cursor.' })
  after?: string | null;
}

export interface Page<Row> {
  nodes: Row[];
  edges: { node: Row; cursor: string }[];
  pageInfo: PageInfo;
}

/** `first` within its limits. @throws BAD_USER_INPUT */
export function pageSize(first: number | null | undefined): number {
  const size = first ?? PAGE_DEFAULT;
  if (size < 1 || size > PAGE_MAX) throw badInput(`first must be between 1 and ${PAGE_MAX}.`, ['first']);
  return size;
}

export const encodeCursor = (values: readonly (string | number)[]): string => Buffer.from(JSON.stringify(values)).toString('base64url');

/** The sort values of a cursor, checked one by one. @throws BAD_USER_INPUT when it is not one of this list's cursors */
export function decodeCursor(after: string | null | undefined, checks: readonly ((value: unknown) => boolean)[]): (string | number)[] | null {
  if (after === null || after === undefined) return null;
  try {
    const values: unknown = JSON.parse(Buffer.from(after, 'base64url').toString('utf8'));
    if (Array.isArray(values) && values.length === checks.length && checks.every((check, index) => check(values[index]))) return values;
  } catch {
    // Not JSON: the same answer as any other foreign cursor.
  }
  throw badInput('after is not a cursor of this list.', ['after']);
}

/** Text that `toISOString` could have written: a day that exists, in years PostgreSQL knows. */
export const isInstantText = (value: unknown): boolean =>
  typeof value === 'string' && /^(?!0000)\d{4}-/.test(value) && !Number.isNaN(Date.parse(value)) && new Date(value).toISOString() === value;

/** Makes a page of `size` from rows read with `limit size + 1`. */
export function pageOf<Row>(rows: Row[], size: number, after: string | null | undefined, cursorOf: (row: Row) => string): Page<Row> {
  const nodes = rows.slice(0, size);
  const edges = nodes.map((node) => ({ node, cursor: cursorOf(node) }));
  return {
    nodes,
    edges,
    pageInfo: {
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
      hasNextPage: rows.length > size,
      hasPreviousPage: after !== null && after !== undefined,
    },
  };
}

/** The connection and edge types of `Node`, e.g. `connectionOf('Conversation', () => Conversation)`. */
export function connectionOf<T extends object>(name: string, node: () => ClassType<T>): { Connection: ClassType<Page<T>>; Edge: ClassType<{ node: T; cursor: string }> } {
  @ObjectType(`${name}Edge`, { description: `One ${name} and its cursor.` })
  class Edge {
    @Field(() => node(), { description: 'The row.' })
    node!: T;

    @Field(() => String, { description: 'Opaque position of this row in the list.' })
    cursor!: string;
  }

  @ObjectType(`${name}Connection`, { description: `A page of ${name} rows.` })
  class Connection {
    @Field(() => [node()], { description: 'The rows of this page.' })
    nodes!: T[];

    @Field(() => [Edge], { description: 'The rows with their cursors.' })
    edges!: Edge[];

    @Field(() => PageInfo, { description: 'Where this page lies.' })
    pageInfo!: PageInfo;
  }
  return { Connection: Connection as unknown as ClassType<Page<T>>, Edge: Edge as unknown as ClassType<{ node: T; cursor: string }> };
}
