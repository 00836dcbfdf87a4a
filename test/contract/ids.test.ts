// Ids mean the same everywhere: one prefix a type, one type a prefix, and node(id) reaches what its owners declare.
import 'reflect-metadata';
import { expect, it } from '@jest/globals';
import { isInterfaceType } from 'graphql';
import { definitions } from '../../ops/composition.js';
import { NODE_TYPES } from '../../subgraphs/tenancy/node/node-owners.js';
import { committedApiSchema } from '../kit/supergraph.js';

const pairs = definitions.flatMap(({ name, ids }) => Object.entries(ids).map(([type, prefix]) => ({ subgraph: name, type, prefix })));
const distinct = (texts: string[]): string[] => [...new Set(texts)].sort();

it('every subgraph gives a type the same prefix, and no two types share one', () => {
  expect(pairs.length).toBeGreaterThan(8);
  for (const { type } of pairs) expect([type, distinct(pairs.filter((one) => one.type === type).map(({ prefix }) => prefix))]).toEqual([type, [expect.any(String)]]);
  for (const { prefix } of pairs) expect([prefix, distinct(pairs.filter((one) => one.prefix === prefix).map(({ type }) => type))]).toEqual([prefix, [expect.any(String)]]);
});

it('a node is declared by exactly one subgraph, which knows its prefix and answers references to it', () => {
  const owners = definitions.flatMap(({ name, nodes }) => nodes.map((type) => ({ name, type })));
  expect(distinct(owners.map(({ type }) => type))).toHaveLength(owners.length);
  for (const { nodes, ids, references } of definitions) {
    for (const type of nodes) expect([type, type in ids, type in references]).toEqual([type, true, true]);
  }
});

it("tenancy's table of node owners is the union of what subgraphs declare", () => {
  const declared = definitions.flatMap(({ nodes, ids }) => nodes.map((type): [string, string] => [ids[type] ?? '?', type]));
  expect(Object.fromEntries(NODE_TYPES)).toEqual(Object.fromEntries(declared));
});

it('every type that implements Node in the graph is reachable by node(id)', () => {
  const schema = committedApiSchema();
  const node = schema.getType('Node');
  if (!isInterfaceType(node)) throw new Error('The graph has no interface Node.');
  expect(distinct(schema.getImplementations(node).objects.map(({ name }) => name))).toEqual(distinct([...NODE_TYPES.values()]));
});
