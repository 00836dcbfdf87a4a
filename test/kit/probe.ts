// A subgraph small enough to see through: notes of a tenant, and mutations that end in every way one can. For tests of the kernel.
import 'reflect-metadata';
import { defineEntity, p } from '@mikro-orm/postgresql';
import {
  Arg, Args, createUnionType, Ctx, Directive, Field, FieldResolver, ID, InputType, Int, Mutation, ObjectType, Query, Resolver, Root,
} from 'type-graphql';
import { z } from 'zod';
import { ErrorCode, Refusal, forbidden } from '../../subgraphs/kernel/base/errors.js';
import { newId } from '../../subgraphs/kernel/base/ids.js';
import { keyRotationTables } from '../../subgraphs/kernel/data/key-tables.js';
import { kernelTables, tenantTable } from '../../subgraphs/kernel/data/kernel-tables.js';
import { rows, type Tables } from '../../subgraphs/kernel/data/kysely.js';
import type { Tx } from '../../subgraphs/kernel/data/database.js';
import { sqlMigration } from '../../subgraphs/kernel/data/migrate.js';
import { connectionOf, decodeCursor, encodeCursor, pageOf, PageArgs, pageSize } from '../../subgraphs/kernel/graphql/connections.js';
import { inputId, type OperationContext } from '../../subgraphs/kernel/graphql/context.js';
import type { SubgraphDeps, SubgraphModule } from '../../subgraphs/kernel/graphql/boot.js';
import { defineLoader } from '../../subgraphs/kernel/graphql/loaders.js';
import { DATA_KEY_CLASSES, DATA_KEY_IDS } from '../../subgraphs/kernel/graphql/key-rotation.js';
import { Node } from '../../subgraphs/kernel/graphql/node.js';
import { can, each, inherited, open } from '../../subgraphs/kernel/graphql/rules.js';
import { DateTime } from '../../subgraphs/kernel/graphql/scalars.js';
import { InputInvalid, UserError } from '../../subgraphs/kernel/graphql/user-errors.js';
import { defineEvent } from '../../subgraphs/kernel/messaging/events.js';

export const NoteRow = defineEntity({
  name: 'NoteRow', tableName: 'note', schema: 'probe',
  properties: { id: p.uuid().primary(), tenantId: p.uuid(), text: p.text() },
});
export const notes = (tx: Tx) => rows<Tables<typeof NoteRow>>(tx);

export const NoteAdded = defineEvent({
  name: 'NoteAdded', version: 1, description: 'A note was added.', feed: true,
  payload: z.object({ number: z.number().int(), padding: z.string().default('') }), example: { number: 1 },
});

export const probeMigrations = [sqlMigration('20261121-01-probe', [
  ...kernelTables('probe'),
  `create table probe.note (tenant_id uuid not null, id uuid not null, text text not null, primary key (tenant_id, id))`,
  ...tenantTable('probe', 'note', 'select, insert'),
  `create table probe.tag (tenant_id uuid not null, id uuid not null, note_id uuid not null, primary key (tenant_id, id),
    foreign key (tenant_id, note_id) references probe.note (tenant_id, id) deferrable initially deferred)`,
  ...tenantTable('probe', 'tag', 'select, insert'),
  ...keyRotationTables('probe'),
  `create table probe.vault (tenant_id uuid not null, id uuid not null, secret bytea, primary key (tenant_id, id))`,
  ...tenantTable('probe', 'vault', 'select, insert, update'),
])];

@ObjectType('Note', { implements: Node, description: 'A note.' })
@Directive('@key(fields: "id")')
class Note extends Node {
  @Field(() => String, { description: 'What it says.' })
  text!: string;
}

@ObjectType({ description: 'Two fields, one of which fails while the other still waits.' })
class Race {
  @Field(() => Int, { description: 'Fails at once.' })
  fails!: number;

  @Field(() => Int, { description: 'Reads late.' })
  reads!: number;
}

const Thing = createUnionType({
  name: 'Thing', description: 'A note or a race.', types: () => [Note, Race] as const,
  resolveType: (value) => (value as unknown as { __typename: string }).__typename,
});

@InputType({ description: 'Input of `noteAdd`.' })
class NoteAddInput {
  @Field(() => String, { description: 'The text, or how to end: refuse, forbid, explode, explode-late, nothing.' })
  text!: string;
}

@ObjectType({ description: 'Result of `noteAdd`.' })
class NoteAddPayload {
  @Field(() => Note, { nullable: true, description: 'The note.' })
  note!: Note | null;

  @Field(() => [UserError], { description: 'Why not.' })
  userErrors!: UserError[];
}

const { Connection } = connectionOf('Note', () => Note);
type NoteShape = { id: string; text: string };

const noteById = defineLoader<OperationContext, string, NoteShape>({
  name: 'note.byId', keyOf: (key) => key,
  batch: async (context, ids) => new Map((await notes(await context.read()).selectFrom('NoteRow').select(['id', 'text']).where('id', 'in', [...ids]).execute())
    .map((row) => [row.id, row])),
});

/** Resolves when a test lets the late reader go on. */
export const lateReader = { gate: Promise.withResolvers<void>(), outcome: Promise.withResolvers<unknown>() };

@Resolver(() => Race)
class RaceResolver {
  @FieldResolver(() => Int)
  async fails(): Promise<number> {
    return Promise.reject(new Error('the secret cause'));
  }

  @FieldResolver(() => Int)
  async reads(@Root() _race: unknown, @Ctx() context: OperationContext): Promise<number> {
    await lateReader.gate.promise;
    const outcome = context.read().then(() => 'read', (error: unknown) => error);
    lateReader.outcome.resolve(await outcome);
    return 1;
  }
}

@Resolver(() => Note)
class NoteResolver {
  @Query(() => Connection, { description: 'Notes by id.' })
  async notes(@Args(() => PageArgs) { first, after }: PageArgs, @Ctx() context: OperationContext) {
    const size = pageSize(first);
    const cursor = decodeCursor(after, [(value) => typeof value === 'string']);
    let query = notes(await context.read()).selectFrom('NoteRow').select(['id', 'text']).orderBy('id').limit(size + 1);
    if (cursor) query = query.where('id', '>', String(cursor[0]));
    return pageOf(await query.execute(), size, after, (row) => encodeCursor([row.id]));
  }

  @Query(() => Thing, { nullable: true, description: 'One note, or a race.' })
  async thing(@Arg('id', () => ID) id: string, @Ctx() context: OperationContext) {
    if (id === 'race') return { __typename: 'Race' };
    const note = await context.load(noteById, inputId('note', id, ['id']));
    return note && { __typename: 'Note', ...note };
  }

  @Query(() => Node, { nullable: true, description: 'One note, by interface.' })
  anything(@Arg('id', () => ID) id: string, @Ctx() context: OperationContext) {
    return this.thing(id, context);
  }

  @Query(() => Int, { description: 'How many notes there are; fails when asked to.' })
  census(@Arg('fail', () => Boolean, { nullable: true }) fail?: boolean): number {
    if (fail) throw new Error('the secret cause');
    return 0;
  }

  @FieldResolver(() => String, { description: 'What few may read.' })
  secret(): string {
    return 'hidden';
  }

  @Query(() => DateTime, { description: 'The same instant.' })
  echo(@Arg('at', () => DateTime) at: Date): Date {
    return at;
  }

  @Mutation(() => NoteAddPayload, { nullable: true, description: 'Adds a note.' })
  async noteAdd(@Arg('input', () => NoteAddInput) { text }: NoteAddInput, @Ctx() context: OperationContext) {
    if (text === 'nothing') return { note: null, userErrors: [] };
    const id = newId();
    await context.mutate(async (unit, audit) => {
      audit.draft = { ...audit.draft, resource: { type: 'Note', id } };
      unit.tx.create(NoteRow, { id, tenantId: context.tenantId, text });
      await unit.tx.flush();
      unit.emit(NoteAdded, { number: 1 }, { streamId: id });
      if (text === 'refuse') throw new Refusal('InputInvalid', ErrorCode.BAD_USER_INPUT, 'No.', ['input', 'text']);
      if (text === 'forbid') throw forbidden();
      if (text === 'explode') throw new Error('the secret cause');
    });
    if (text === 'explode-late') throw new Error('the secret cause');
    return { note: await context.load(noteById, id), userErrors: [] };
  }
}

export interface ProbeServices { deps: SubgraphDeps }

export const probe: SubgraphModule<ProbeServices> = {
  definition: {
    name: 'probe',
    resolvers: [NoteResolver, RaceResolver],
    orphanedTypes: [InputInvalid, Note],
    entities: [NoteRow],
    migrations: probeMigrations,
    sealed: [{ table: 'vault', column: 'secret', row: 'id', tenant: { column: 'tenant_id' } }],
    platformTables: [],
    personalTables: [],
    definerFunctions: [], systemFunctions: [],
    ids: { Note: 'note', ...DATA_KEY_IDS },
    nodes: ['Note'],
    permissions: { 'note:read': 'See notes.', 'note:write': 'Add notes.', 'note:manage': 'See how many notes there are.', 'note:secret': 'Read what is secret.' },
    sensitiveReads: ['note:secret'],
    rules: {
      Query: { ...each(can('note:read'), 'notes', 'thing', 'anything'), echo: open, census: can('note:manage') },
      Mutation: { noteAdd: can('note:write') },
      Note: { ...each(inherited, 'id', 'text'), secret: can('note:secret') },
      Race: each(inherited, 'fails', 'reads'),
      NoteConnection: each(inherited, 'nodes', 'edges', 'pageInfo'),
      NoteEdge: each(inherited, 'node', 'cursor'),
      PageInfo: each(inherited, 'startCursor', 'endCursor', 'hasNextPage', 'hasPreviousPage'),
      NoteAddPayload: each(inherited, 'note', 'userErrors'),
      InputInvalid: each(inherited, 'message', 'code', 'field'),
    },
    mutations: { noteAdd: { action: 'note.add', type: 'DATA_WRITE', resource: 'Note' } },
    references: { Note: { rule: can('note:read'), resolve: (context, id) => context.load(noteById, id) } },
    routes: [],
    classes: DATA_KEY_CLASSES,
    events: [NoteAdded],
    jobs: [],
    triggers: [],
    reactions: [],
  },
  services: (deps) => ({ deps }),
  routes: () => ({}),
};
