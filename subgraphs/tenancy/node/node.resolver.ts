// Anything by its global id.
import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql';
import { badInput } from '../../kernel/base/errors.js';
import { decodeId, prefixOf } from '../../kernel/base/ids.js';
import { OperationContext } from '../../kernel/graphql/context.js';
import { Node } from '../../kernel/graphql/node.js';
import { tenantById } from '../tenant/tenant.loaders.js';
import { NODE_TYPES, OWN_TYPE } from './node-owners.js';

export const NODES_MAX = 100;

interface NodeRow {
  __typename: string;
  id: string;
}

@Resolver()
export class NodeResolver {
  @Query(() => Node, {
    nullable: true,
    description: 'Anything by its global id. ' +
      'Null when there is no such thing, or it is another tenant\'s, or the id is malformed. Needs a token.',
  })
  async node(
    @Ctx() context: OperationContext,
    @Arg('id', () => ID, { description: 'A global id, e.g. `conv_01h455vb4pex5vsknk084sn02q`.' }) id: string,
  ) {
    return this.#resolve(context, id);
  }

  @Query(() => [Node], {
    nullable: 'items',
    description: 'Several things by their global ids, in the order asked; null where `node` would be. ' +
      `At most ${NODES_MAX}. Needs a token.`,
  })
  async nodes(
    @Ctx() context: OperationContext,
    @Arg('ids', () => [ID], { description: `At most ${NODES_MAX} global ids.` }) ids: string[],
  ) {
    if (ids.length > NODES_MAX) throw badInput(`ids may hold at most ${NODES_MAX} ids.`, ['ids']);
    return Promise.all(ids.map((id) => this.#resolve(context, id)));
  }

  async #resolve(context: OperationContext, text: string): Promise<NodeRow | null> {
    const prefix = prefixOf(text);
    const type = prefix === null ? undefined : NODE_TYPES.get(prefix);
    const id = prefix === null || type === undefined ? null : decodeId(prefix, text);
    if (type === undefined || id === null) return null;
    if (type !== OWN_TYPE) return { __typename: type, id };
    const tenant = await context.load(tenantById, id);
    return tenant ? { __typename: OWN_TYPE, ...tenant } : null;
  }
}
