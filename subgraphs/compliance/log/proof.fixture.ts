// How somebody else checks proofs, written from the RFCs alone and sharing no code with what makes them.
import { createHash } from 'node:crypto';

const sha256 = (...parts: Uint8Array[]): Buffer => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
const node = (left: Uint8Array, right: Uint8Array): Buffer => sha256(Buffer.of(1), left, right);

/** RFC 6962, 2.1: Merkle Tree Hash, word for word. */
export function treeHash(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return sha256();
  if (leaves.length === 1) return leaves[0]!;
  const split = 2 ** Math.floor(Math.log2(leaves.length - 1));
  return node(treeHash(leaves.slice(0, split)), treeHash(leaves.slice(split)));
}

export const leafOf = (input: Uint8Array): Buffer => sha256(Buffer.of(0), input);

/** RFC 9162, 2.1.3.2. */
export function provesInclusion(leaf: Buffer, position: number, size: number, path: readonly Buffer[], root: Buffer): boolean {
  if (position >= size) return false;
  let [fn, sn, hash] = [position, size - 1, leaf];
  for (const sibling of path) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      hash = node(sibling, hash);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [fn / 2, Math.floor(sn / 2)];
    } else hash = node(hash, sibling);
    [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  }
  return sn === 0 && hash.equals(root);
}

/** RFC 9162, 2.1.4.2, and its trivial cases. */
export function provesConsistency(first: number, second: number, firstRoot: Buffer, secondRoot: Buffer, proof: readonly Buffer[]): boolean {
  if (first === second) return proof.length === 0 && firstRoot.equals(secondRoot);
  if (first === 0) return proof.length === 0;
  const path = Number.isInteger(Math.log2(first)) ? [firstRoot, ...proof] : [...proof];
  const [start] = path;
  if (!start || proof.length === 0) return false;
  let [fn, sn] = [first - 1, second - 1];
  while (fn % 2 === 1) [fn, sn] = [(fn - 1) / 2, Math.floor(sn / 2)];
  let [fr, sr] = [start, start];
  for (const sibling of path.slice(1)) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      [fr, sr] = [node(sibling, fr), node(sibling, sr)];
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [fn / 2, Math.floor(sn / 2)];
    } else sr = node(sr, sibling);
    [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  }
  return sn === 0 && fr.equals(firstRoot) && sr.equals(secondRoot);
}

/** What `auditProof` answers. */
export interface Proof {
  position: string;
  entry: string;
  leafHash: string;
  path: string[];
  checkpoint: { size: string; root: string; note: string };
}

export function provenBy({ position, entry, leafHash, path, checkpoint: { size, root } }: Proof): boolean {
  const leaf = leafOf(Buffer.from(entry));
  const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');
  return leaf.toString('hex') === leafHash && provesInclusion(leaf, Number(position), Number(size), path.map(bytes), bytes(root));
}
