// A star over an entity becomes the list of its columns: only then is the statement prepared (ADR 14).
import type { EntityMetadata, EntityProperty, MetadataStorage } from '@mikro-orm/sql';
import {
  ColumnNode, OperationNodeTransformer, ReferenceNode, SelectAllNode, SelectionNode, TableNode,
  type DeleteQueryNode, type InsertQueryNode, type OperationNode, type ReturningNode, type SelectQueryNode, type UpdateQueryNode,
} from 'kysely';

type QueryId = NonNullable<Parameters<OperationNodeTransformer['transformNode']>[1]>;

/** Stars over joins, aliases and what is no entity stay. */
export class StarsNamed extends OperationNodeTransformer {
  constructor(private readonly entities: MetadataStorage) {
    super();
  }

  protected override transformSelectQuery(node: SelectQueryNode, queryId?: QueryId): SelectQueryNode {
    const query = super.transformSelectQuery(node, queryId);
    if (!query.selections || query.joins?.length || query.from?.froms.length !== 1) return query;
    return { ...query, selections: this.#named(query.selections, query.from.froms[0]) };
  }

  protected override transformInsertQuery(node: InsertQueryNode, queryId?: QueryId): InsertQueryNode {
    const query = super.transformInsertQuery(node, queryId);
    return query.returning ? { ...query, returning: this.#returning(query.returning, query.into) } : query;
  }

  protected override transformUpdateQuery(node: UpdateQueryNode, queryId?: QueryId): UpdateQueryNode {
    const query = super.transformUpdateQuery(node, queryId);
    return query.returning && !query.from && !query.joins?.length ? { ...query, returning: this.#returning(query.returning, query.table) } : query;
  }

  protected override transformDeleteQuery(node: DeleteQueryNode, queryId?: QueryId): DeleteQueryNode {
    const query = super.transformDeleteQuery(node, queryId);
    return query.returning && !query.using && !query.joins?.length ? { ...query, returning: this.#returning(query.returning, query.from.froms[0]) } : query;
  }

  #returning(node: ReturningNode, table: OperationNode | undefined): ReturningNode {
    return { ...node, selections: this.#named(node.selections, table) };
  }

  #named(selections: readonly SelectionNode[], table: OperationNode | undefined): readonly SelectionNode[] {
    const properties = table && TableNode.is(table) ? columnsOf(this.entities.getByClassName(table.table.identifier.name as never, false) as EntityMetadata | undefined) : null;
    if (!properties) return selections;
    return selections.flatMap((one) => (SelectAllNode.is(one.selection)
      ? properties.map(({ name }) => SelectionNode.create(ReferenceNode.create(ColumnNode.create(name))))
      : [one]));
  }
}

/** Null for an entity one of whose properties is not one column. */
function columnsOf(entity: EntityMetadata | undefined): EntityProperty[] | null {
  const stored = entity?.props.filter(({ persist }) => persist !== false) ?? [];
  return stored.length > 0 && stored.every(({ fieldNames }) => fieldNames?.length === 1) ? stored : null;
}
