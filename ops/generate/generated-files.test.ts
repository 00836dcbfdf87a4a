// What is generated from two small subgraphs, and that staleness is found without writing.
import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Field, ID, ObjectType, Query, Resolver } from 'type-graphql';
import { z } from 'zod';
import { kernelTables, tenantTable } from '../../subgraphs/kernel/data/kernel-tables.js';
import { sqlMigration } from '../../subgraphs/kernel/data/migrate.js';
import { can, each, inherited, open } from '../../subgraphs/kernel/graphql/rules.js';
import type { SubgraphDefinition } from '../../subgraphs/kernel/graphql/subgraph.js';
import { defineEvent } from '../../subgraphs/kernel/messaging/events.js';
import { createTestDatabase, type TestDatabase } from '../../test/kit/database.js';
import { generatedFiles, kebab, ownedFiles } from './generated-files.js';
import { CompositionError, composeSupergraph } from './supergraph.js';
import { staleFiles, writeFiles } from './tree.js';

@ObjectType({ description: 'A book.' })
class Book {
  @Field(() => String, { description: 'Its title.' })
  title!: string;

  @Field(() => ID, { description: 'Its id.' })
  id!: string;
}

@Resolver()
class BookResolver {
  @Query(() => Book, { nullable: true, description: 'One book.' })
  book(): Book | null {
    return null;
  }
}

@Resolver()
class ClockResolver {
  @Query(() => String, { description: 'The hour.' })
  hour(): string {
    return 'noon';
  }
}

const empty = {
  orphanedTypes: [], entities: [], migrations: [], platformTables: [], personalTables: [], definerFunctions: [], systemFunctions: [], ids: {}, nodes: [], permissions: {},
  rules: {}, mutations: {}, references: {}, routes: [], events: [], jobs: [], triggers: [], reactions: [],
} satisfies Partial<SubgraphDefinition>;

const BookAdded = defineEvent({
  name: 'BookAdded', version: 2, description: 'A book was added.', payload: z.object({ bookId: z.string() }), example: { bookId: 'b1' }, feed: false,
});

const library: SubgraphDefinition = {
  ...empty, name: 'library', resolvers: [BookResolver],
  migrations: [sqlMigration('1-first', [
    ...kernelTables('library'),
    'create table library.book (tenant_id uuid not null, id uuid not null, title text default \'none\', primary key (tenant_id, id))',
    'create index book_title on library.book (tenant_id, title)',
    ...tenantTable('library', 'book', 'select'),
    `create function library.book_count() returns bigint language sql stable as $$ select count(*) from library.book $$`,
  ])],
  permissions: { 'book:read': 'See books | all of them.' },
  rules: { Query: { book: can('book:read') }, Book: each(inherited, 'title', 'id') },
  events: [BookAdded],
  routes: [{ name: 'cover', method: 'GET', path: '/covers/:id', auth: 'public', maxBytes: 0, timeoutMs: 1_000 }],
};
const clock: SubgraphDefinition = {
  ...empty, name: 'clock', resolvers: [ClockResolver], migrations: [sqlMigration('1-first', kernelTables('clock'))], rules: { Query: { hour: open } },
};
const rover = [
  { name: 'library', routingUrl: 'http://127.0.0.1:1/graphql', schemaFile: 'schema/library.graphql' },
  { name: 'clock', routingUrl: 'http://127.0.0.1:2/graphql', schemaFile: 'schema/clock.graphql' },
];

describe('generated files', () => {
  let database: TestDatabase;
  let files: ReadonlyMap<string, string>;
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-generated-'));
  const presets = (known: readonly string[]) => ({ Reader: known, Nobody: [] });

  beforeAll(async () => {
    database = await createTestDatabase([library, clock].map(({ name, migrations }) => ({ schema: name, migrations })));
    files = await generatedFiles({ definitions: [library, clock], rover, presets, databaseUrl: database.adminUrl });
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await database.drop();
  });

  it('are one of each kind', () => {
    expect([...files.keys()].sort()).toEqual([
      'schema/clock.graphql', 'schema/clock.sql', 'schema/events/book-added.v2.json', 'schema/library.graphql', 'schema/library.sql',
      'schema/migrations.json', 'schema/permissions.json', 'schema/permissions.md', 'schema/routes.json', 'schema/supergraph.graphql',
    ]);
    expect(kebab('WebhookURLReceived')).toBe('webhook-urlreceived');
  });

  it('sort the fields of a type and compose with the routing URLs of rover.yaml', () => {
    expect(files.get('schema/library.graphql')).toMatch(/type Book \{\n {2}"""Its id."""\n {2}id: ID!\n {2}"""Its title."""\n {2}title: String!\n\}/);
    expect(files.get('schema/supergraph.graphql')).toContain('LIBRARY @join__graph(name: "library", url: "http://127.0.0.1:1/graphql")');
  });

  it('say what a permission guards and which preset has it', () => {
    expect(JSON.parse(files.get('schema/permissions.json') ?? '')).toEqual({ 'book:read': { subgraph: 'library', description: 'See books | all of them.' } });
    expect(files.get('schema/permissions.md')).toContain('| `book:read` | library | See books \\| all of them. | `Query.book` | Reader |');
    expect(files.get('schema/permissions.md')).toContain('### Query\n\n| field | owner | rule | Reader | Nobody | nobody signed in |\n');
    expect(files.get('schema/permissions.md')).toContain('| `book` | library | `book:read` | ✓ |  |  |\n| `hour` | clock | anybody | ✓ | ✓ | ✓ |\n');
  });

  it('describe tables, indexes, policies, functions and grants as the database has them', () => {
    const sql = files.get('schema/library.sql') ?? '';
    expect(sql).toContain('create table library.book (\n  tenant_id uuid not null,\n  id uuid not null,\n  title text default \'none\'::text,\n  constraint book_pkey PRIMARY KEY (tenant_id, id)\n);');
    expect(sql).toContain('CREATE INDEX book_title ON library.book USING btree (tenant_id, title);');
    expect(sql).toContain('alter table library.book force row level security;');
    expect(sql).toMatch(/create policy book_tenant on library\.book as permissive for all to public\n {2}using .*tenant_id = .*;/s);
    expect(sql).toContain('grant select on library.book to switchboard_library;');
    expect(sql).toContain('select count(*) from library.book');
    expect(sql).toContain('grant execute on function library.book_count() to public;');
    expect(files.get('schema/clock.sql')).not.toContain('library.');
  });

  it('publish an event with its schema and example, and a route with its owner', () => {
    expect(JSON.parse(files.get('schema/events/book-added.v2.json') ?? '')).toMatchObject({
      subgraph: 'library', name: 'BookAdded', version: 2, examples: [{ bookId: 'b1' }], payload: { type: 'object', required: ['bookId'] },
    });
    expect(JSON.parse(files.get('schema/routes.json') ?? '')).toEqual([
      { name: 'cover', subgraph: 'library', method: 'GET', path: '/covers/:id', auth: 'public', maxBytes: 0, timeoutMs: 1_000 },
    ]);
  });

  it('are the same bytes a second time', async () => {
    const again = await generatedFiles({ definitions: [library, clock], rover, presets, databaseUrl: database.adminUrl });
    expect([...again]).toEqual([...files]);
  });

  it('are found stale when missing, changed or left over, and fresh once written', () => {
    const owned = ownedFiles(true);
    expect(staleFiles(folder, files, owned).map(({ reason }) => reason)).toEqual(Array(files.size).fill('missing'));
    expect(existsSync(join(folder, 'schema'))).toBe(false);
    writeFiles(folder, files, owned);
    expect(staleFiles(folder, files, owned)).toEqual([]);
    mkdirSync(join(folder, 'schema/operations'));
    writeFileSync(join(folder, 'schema/operations/kept.graphql'), 'query Kept { hour }\n');
    writeFileSync(join(folder, 'schema/events/gone.v1.json'), '{}\n');
    writeFileSync(join(folder, 'schema/clock.graphql'), `${files.get('schema/clock.graphql')?.replace('The hour.', 'The day.')}`);
    expect(staleFiles(folder, files, owned)).toEqual([
      { path: 'schema/clock.graphql', reason: 'differs', hint: expect.stringContaining('line 8: on disk `"""The day."""`, generated `"""The hour."""`') },
      { path: 'schema/events/gone.v1.json', reason: 'left over', hint: expect.any(String) },
    ]);
    expect(readFileSync(join(folder, 'schema/clock.graphql'), 'utf8')).toContain('The day.');
    writeFiles(folder, files, owned);
    expect(staleFiles(folder, files, owned)).toEqual([]);
    expect(existsSync(join(folder, 'schema/events/gone.v1.json'))).toBe(false);
    expect(existsSync(join(folder, 'schema/operations/kept.graphql'))).toBe(true);
  });
});

describe('generation refuses', () => {
  const generate = (definitions: SubgraphDefinition[], of = rover) => generatedFiles({ definitions, rover: of, presets: () => ({}), databaseUrl: null });

  it('subgraphs that do not compose, with the fault', () => {
    const services = [
      { name: 'a', url: 'http://a', sdl: 'type Query { hour: String }' },
      { name: 'b', url: 'http://b', sdl: 'type Query { hour: Int }' },
    ];
    expect(() => composeSupergraph(services)).toThrow(CompositionError);
    expect(() => composeSupergraph(services)).toThrow(/INVALID_FIELD_SHARING|FIELD_TYPE_MISMATCH/);
  });

  it('a list that differs from rover.yaml', async () => {
    await expect(generate([library])).rejects.toThrow('clock is in rover.yaml and not in ops/composition.ts');
    await expect(generate([library, clock], rover.slice(0, 1))).rejects.toThrow('clock is in ops/composition.ts and not in rover.yaml');
  });

  it('a permission nobody declares, or two declare', async () => {
    await expect(generate([{ ...library, permissions: {} }, clock])).rejects.toThrow('No subgraph declares the permission book:read, which guards Query.book.');
    await expect(generate([library, { ...clock, permissions: { 'book:read': 'x' } }])).rejects.toThrow('declared by library and by clock');
  });
});
