// Statements in the words of entities and properties become SQL once for each shape of statement: to translate names and
// to compile took more of the processor than to send.
import { MikroKyselyPlugin, type EntityManager } from '@mikro-orm/sql';
import {
  PostgresQueryCompiler, WithSchemaPlugin,
  type CompiledQuery, type KyselyPlugin, type PluginTransformQueryArgs, type PluginTransformResultArgs, type QueryResult, type RootOperationNode, type UnknownRow,
} from 'kysely';
import { marked, readShape, Slot } from './names.shape.js';
import { StarsNamed } from './names.stars.js';

export const NAMING = { tableNamingStrategy: 'entity', columnNamingStrategy: 'property' } as const;

type QueryId = PluginTransformQueryArgs['queryId'];
type Compile = (node: RootOperationNode) => CompiledQuery;

/** Lists that are written out make a shape for each length: no more are kept than this. */
const MOST = 2_000;

/** What all statements of one shape share. */
interface Shape {
  sql: string;
  /** Place in the tree of the value of each parameter. */
  order: readonly number[];
  /** The first that was translated: by it the plugin knows which entities the rows are of. */
  first: QueryId;
  rename: Rename | null;
}

/** Columns as they come, and the properties they are. */
interface Rename {
  from: readonly string[];
  to: readonly string[];
  same: boolean;
}

/** Statements whose names are not those of the database, and what knows the names. */
const translated = new WeakMap<QueryId, EntityNames>();

/** Names of the entities of one MikroORM, in one schema. Says what `MikroKyselyPlugin` says, and asks it once. */
export class EntityNames implements KyselyPlugin {
  readonly #shapes = new Map<string, Shape>();
  readonly #sent = new WeakMap<QueryId, Shape>();

  constructor(private readonly em: EntityManager, private readonly schema: string) {}

  transformQuery({ node, queryId }: PluginTransformQueryArgs): RootOperationNode {
    translated.set(queryId, this);
    return node;
  }

  compile(node: RootOperationNode, queryId: QueryId, compile: Compile): CompiledQuery {
    const { key, values } = readShape(node);
    const known = key === null ? undefined : this.#shapes.get(key);
    const shape = known ?? this.#translate(node, queryId, compile);
    if (!known && key !== null) {
      if (this.#shapes.size >= MOST) this.#shapes.clear();
      this.#shapes.set(key, shape);
    }
    this.#sent.set(queryId, shape);
    return { query: node, queryId, sql: shape.sql, parameters: shape.order.map((place) => values[place]) };
  }

  #translate(node: RootOperationNode, first: QueryId, compile: Compile): Shape {
    const plugins = [new WithSchemaPlugin(this.schema), new MikroKyselyPlugin(this.em, NAMING)];
    const named = new StarsNamed(this.em.getMetadata()).transformNode(marked(node), first);
    const { sql, parameters } = compile(plugins.reduce((tree, plugin) => plugin.transformQuery({ node: tree, queryId: first }), named));
    const order = parameters.map((slot) => {
      if (slot instanceof Slot) return slot.place;
      throw new Error(`A parameter that is in no statement: ${sql}`);
    });
    return { sql, order, first, rename: null };
  }

  async transformResult({ queryId, result }: PluginTransformResultArgs): Promise<QueryResult<UnknownRow>> {
    const shape = this.#sent.get(queryId);
    const [row] = result.rows;
    if (!shape || !row) return result;
    if (!shape.rename || !isOf(row, shape.rename)) shape.rename = await this.#renameOf(shape, Object.keys(row));
    const { from, to, same } = shape.rename;
    if (same) return result;
    return { ...result, rows: result.rows.map((one) => {
      const renamed: UnknownRow = {};
      for (let place = 0; place < from.length; place += 1) renamed[to[place] as string] = one[from[place] as string];
      return renamed;
    }) };
  }

  /** A row that holds the name of each column in that column tells what becomes of them. */
  async #renameOf({ first }: Shape, columns: readonly string[]): Promise<Rename> {
    const row = Object.fromEntries(columns.map((column) => [column, column]));
    const { rows } = await new MikroKyselyPlugin(this.em, NAMING).transformResult({ queryId: first, result: { rows: [row] } });
    const renamed = Object.entries(rows[0] ?? {}) as [string, string][];
    return { from: renamed.map(([, column]) => column), to: renamed.map(([property]) => property), same: renamed.every(([property, column]) => property === column) };
  }
}

/** Whether the row has exactly these columns. A star that is left brings more after a migration. */
function isOf(row: UnknownRow, { from }: Rename): boolean {
  let columns = 0;
  for (const _column in row) columns += 1;
  return columns === from.length && from.every((column) => column in row);
}

/** Compiles as ever what is in the names of the database. */
export class NamingCompiler extends PostgresQueryCompiler {
  override compileQuery(node: RootOperationNode, queryId: QueryId): CompiledQuery {
    const names = translated.get(queryId);
    const compile: Compile = (plain) => super.compileQuery(plain, queryId);
    return names ? names.compile(node, queryId, compile) : compile(node);
  }
}
