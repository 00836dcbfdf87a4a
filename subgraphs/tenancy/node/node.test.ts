// node(id): own things answered, foreign ones handed to their owner, everything else null.
import { composeServices } from '@apollo/composition';
import { QueryPlanner, type FetchNode, type PlanNode } from '@apollo/query-planner';
import { Supergraph, operationFromDocument } from '@apollo/federation-internals';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'graphql';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { bootSubgraph, person, type TestSubgraph } from '../../../test/kit/subgraph.js';
import { demoTenancy } from '../demo.js';
import { tenancy, type TenancyServices } from '../subgraph.js';
import { TenantTier } from '../tenant/tenant.type.js';
import { NODE_TYPES } from './node-owners.js';

const aurora = {
  id: newId(), name: 'Trattoria Aurora', tier: TenantTier.FREE, locale: 'it-IT', timeZone: 'Europe/Rome', currency: 'EUR',
};
const rival = { ...aurora, id: newId(), name: 'Rival' };
const NODE = 'query ($id: ID!) { node(id: $id) { __typename ... on Tenant { id name } ... on Message { nodeKey } } }';
const NODES = 'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename } }';

let subject: TestSubgraph<TenancyServices>;
beforeAll(async () => {
  subject = await bootSubgraph(tenancy);
  await demoTenancy(subject.running.services, { tenants: [aurora, rival] });
});
afterAll(() => subject.close());

const owner = person(aurora.id, []);

describe('node', () => {
  it('answers the own tenant and not another', async () => {
    const id = encodeId('tnt', aurora.id);
    expect(await subject.ask(NODE, { id }, owner))
      .toEqual({ data: { node: { __typename: 'Tenant', id, name: 'Trattoria Aurora' } } });
    expect(await subject.ask(NODE, { id: encodeId('tnt', rival.id) }, owner)).toEqual({ data: { node: null } });
    expect(await subject.ask(NODE, { id }, person(rival.id, []))).toEqual({ data: { node: null } });
  });

  it('answers a foreign id with a key for its owner, without a look at the database', async () => {
    const id = encodeId('msg', newId());
    const before = subject.running.database.statements;
    expect(await subject.ask(NODE, { id }, owner)).toEqual({ data: { node: { __typename: 'Message', nodeKey: id } } });
    expect(subject.running.database.statements).toBe(before);
  });

  it.each([
    ['empty', ''], ['no prefix', 'abc'], ['unknown prefix', encodeId('role', newId())], ['a UUID', newId()],
    ['too short', 'msg_01h455vb4pex5vsknk'], ['bad characters', 'msg_01h455vb4pex5vsknk084sn0!!'],
    ['overflowing', 'msg_zzzzzzzzzzzzzzzzzzzzzzzzzz'],
    ['an inherited property', encodeId('constructor', newId())],
  ])('is null for an id that is %s', async (_what, id) => {
    expect(await subject.ask(NODE, { id }, owner)).toEqual({ data: { node: null } });
  });

  it('needs a token', async () => {
    const { data, errors } = await subject.ask(NODE, { id: encodeId('tnt', aurora.id) });
    expect(data).toEqual({ node: null });
    expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
  });
});

describe('nodes', () => {
  it('keeps the order, with null for what is not there', async () => {
    const ids = [encodeId('conv', newId()), 'nothing', encodeId('tnt', aurora.id), encodeId('tnt', rival.id)];
    expect(await subject.ask(NODES, { ids }, owner)).toEqual({
      data: { nodes: [{ __typename: 'Conversation' }, null, { __typename: 'Tenant' }, null] },
    });
  });

  it('takes at most 100', async () => {
    const ids = (count: number) => Array.from({ length: count }, () => encodeId('tnt', aurora.id));
    expect((await subject.ask(NODES, { ids: ids(100) }, owner)).data?.['nodes']).toHaveLength(100);
    const { errors } = await subject.ask(NODES, { ids: ids(101) }, owner);
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', field: ['ids'] } }]);
  });
});

describe('in the graph', () => {
  const ownerSdl = `
    extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@inaccessible"])
    interface Node { id: ID! }
    ${[...NODE_TYPES.values()].filter((type) => type !== 'Tenant').map((type) => `
      type ${type} implements Node @key(fields: "id") @key(fields: "nodeKey") {
        id: ID! nodeKey: ID! @inaccessible status: String!
      }`).join('')}
    type Query { owned: Message }`;

  const supergraph = (): Supergraph => {
    const composed = composeServices([
      { name: 'tenancy', url: 'http://tenancy.test', typeDefs: parse(subject.running.sdl) },
      { name: 'owner', url: 'http://owner.test', typeDefs: parse(ownerSdl) },
    ]);
    expect(composed.errors).toBeUndefined();
    return Supergraph.build(composed.supergraphSdl ?? '');
  };

  const fetchesOf = (node: PlanNode | undefined): FetchNode[] => {
    if (!node) return [];
    if (node.kind === 'Fetch') return [node];
    if (node.kind === 'Sequence' || node.kind === 'Parallel') return node.nodes.flatMap(fetchesOf);
    if (node.kind === 'Flatten') return fetchesOf(node.node);
    return [];
  };

  const planned = (operation: string): FetchNode[] => {
    const graph = supergraph();
    const plan = new QueryPlanner(graph).buildQueryPlan(operationFromDocument(graph.apiSchema(), parse(operation)));
    return fetchesOf(plan.node?.kind === 'Subscription' || plan.node?.kind === 'Defer' ? undefined : plan.node);
  };

  it('asks the owner by nodeKey, for the id as for any other field', () => {
    const fetches = planned('query ($id: ID!) { node(id: $id) { id ... on Message { status } } }');
    expect(fetches[0]?.serviceName).toBe('tenancy');
    expect(fetches[0]?.operation).toContain('...on Message{__typename nodeKey}');
    expect(fetches[0]?.operation).not.toContain('status');
    const asked = fetches.filter(({ operation }) => /\.\.\.on Message\{(id status|status id)\}/.test(operation));
    expect(asked.map(({ serviceName }) => serviceName)).toEqual(['owner']);
  });

  it('asks nobody else for the own tenant', () => {
    const fetches = planned('query ($id: ID!) { node(id: $id) { ... on Tenant { id name } } }');
    expect(fetches.map(({ serviceName }) => serviceName)).toEqual(['tenancy']);
  });

  it('keeps nodeKey out of the public graph', () => {
    expect(() => planned('{ owned { id } }')).not.toThrow();
    expect(() => planned('{ owned { nodeKey } }')).toThrow(/nodeKey/);
  });
});
