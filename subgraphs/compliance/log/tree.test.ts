// The tree against the published vectors, and its tiles against the RFC's own definition at sizes that cross every kind of edge.
import { describe, expect, it } from '@jest/globals';
import { leafHash } from './entry.js';
import { leafOf, provesConsistency, provesInclusion, treeHash } from './proof.fixture.js';
import { GrowingTree, Tiles, type Tile } from './tile.js';
import { EMPTY_ROOT, consistencyRanges, inclusionRanges } from './tree.js';

// github.com/google/certificate-transparency, cpp/merkletree/merkle_tree_test.cc: the tree every implementation of RFC 6962 is tested with.
const LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map((text) => Buffer.from(text, 'hex'));
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
const N = {
  a: '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7', b: '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
  c: '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4', d: 'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
  e: 'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0', f: '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
};
const INCLUSIONS: [number, number, string[]][] = [
  [0, 1, []], [0, 8, [N.a, N.b, N.c]], [5, 8, [N.d, N.e, ROOTS[4]!]], [2, 3, [ROOTS[2]!]], [1, 5, [ROOTS[1]!, N.b, N.d]],
];
const CONSISTENCIES: [number, number, string[]][] = [[1, 1, []], [1, 8, [N.a, N.b, N.c]], [6, 8, [N.f, N.e, ROOTS[4]!]], [2, 5, [N.b, N.d]]];

/** A tree grown leaf by leaf, and its tiles as they would be stored. */
function grow(leaves: readonly Buffer[]): { tree: GrowingTree; tiles: Tiles; stored: Map<string, Tile>; roots: Buffer[] } {
  const tree = new GrowingTree();
  const stored = new Map<string, Tile>();
  const roots = [tree.root()];
  for (const leaf of leaves) {
    tree.append(leaf);
    for (const tile of tree.takeChanged()) stored.set(`${tile.level}/${tile.index}`, tile);
    roots.push(tree.root());
  }
  return { tree, stored, roots, tiles: new Tiles([...stored.values()].map((tile) => ({ ...tile, hashes: Buffer.concat(tile.hashes) }))) };
}

const hex = (hashes: Buffer[]): string[] => hashes.map((hash) => hash.toString('hex'));

describe('the published vectors', () => {
  const { tiles, roots } = grow(LEAVES.map(leafHash));

  it('roots', () => {
    expect(hex(roots)).toEqual(ROOTS);
    expect(EMPTY_ROOT.toString('hex')).toBe(ROOTS[0]);
    for (const [size, root] of ROOTS.entries()) expect(tiles.root({ start: 0, end: size }).toString('hex')).toBe(root);
  });
  it.each(INCLUSIONS)('inclusion of leaf %i in %i', (position, size, path) => {
    expect(hex(inclusionRanges(position, size).map((range) => tiles.root(range)))).toEqual(path);
  });
  it.each(CONSISTENCIES)('consistency of %i with %i', (from, to, path) => {
    expect(hex(consistencyRanges(from, to).map((range) => tiles.root(range)))).toEqual(path);
  });
});

describe('tiles', () => {
  const leaves = Array.from({ length: 4_300 }, (_none, at) => leafOf(Buffer.from(String(at))));
  const { tiles, roots, stored, tree } = grow(leaves);
  const sizes = [1, 2, 63, 64, 65, 129, 4_095, 4_096, 4_097, 4_300];

  it('give the root the RFC defines, at every kind of size', () => {
    for (const size of sizes) {
      const root = treeHash(leaves.slice(0, size));
      expect([size, roots[size]?.equals(root), tiles.root({ start: 0, end: size }).equals(root)]).toEqual([size, true, true]);
    }
  });

  it('prove inclusion and consistency to a verifier of its own, and nothing else', () => {
    for (const size of sizes) {
      const root = roots[size]!;
      for (const position of [0, 1, 62, 63, 64, 65, 4_095, 4_096, size - 1].filter((one) => one < size)) {
        const path = inclusionRanges(position, size).map((range) => tiles.root(range));
        expect([size, position, provesInclusion(leaves[position]!, position, size, path, root)]).toEqual([size, position, true]);
        expect(provesInclusion(leaves[position]!, position + 1, size, path, root)).toBe(false);
        expect(provesInclusion(leafOf(Buffer.from('other')), position, size, path, root)).toBe(false);
      }
      for (const from of sizes.filter((one) => one <= size)) {
        const proof = consistencyRanges(from, size).map((range) => tiles.root(range));
        expect([from, size, provesConsistency(from, size, roots[from]!, root, proof)]).toEqual([from, size, true]);
        expect(provesConsistency(from, size, leafOf(Buffer.from('other')), root, proof)).toBe(false);
      }
    }
  });

  it('are rewritten only at the right edge, and let the tree go on from it', () => {
    expect([...stored.keys()].filter((name) => name.startsWith('0/'))).toHaveLength(Math.ceil(4_300 / 64));
    expect([...stored.keys()].filter((name) => !name.startsWith('0/')).sort()).toEqual(['1/0', '1/1', '2/0']);
    for (const size of sizes) {
      const early = grow(leaves.slice(0, size)).tree;
      const resumed = GrowingTree.at(size, early.edge());
      for (const leaf of leaves.slice(size, size + 130)) resumed.append(leaf);
      expect([size, resumed.root().equals(treeHash(leaves.slice(0, size + 130)))]).toEqual([size, true]);
    }
    expect(tree.takeChanged()).toEqual([]);
  });

  it('that are missing or too short are no proof, and an edge that is not whole is no start', () => {
    const some = new Tiles([{ level: 0, index: 0, hashes: Buffer.alloc(32) }]);
    expect(() => some.root({ start: 0, end: 2 })).toThrow('0/0 of the log is missing or too short');
    expect(() => some.root({ start: 64, end: 65 })).toThrow('0/1 of the log is missing');
    expect(() => GrowingTree.at(65, [])).toThrow('does not hold the 1 hashes');
    expect(() => inclusionRanges(3, 3)).toThrow(RangeError);
    expect(() => consistencyRanges(4, 3)).toThrow(RangeError);
  });
});
