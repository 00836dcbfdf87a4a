// The Merkle tree of RFC 6962 as arithmetic: which nodes a root or a proof is made of, whatever stores them. Pure.
import { sha256 } from './entry.js';

/** A complete subtree of 2^height leaves, the `index`th of its height from the left. */
export interface Node {
  height: number;
  index: number;
}

/** Leaves from `start` up to `end`, without it. */
export interface Range {
  start: number;
  end: number;
}

const NODE = Buffer.of(1);
/** Root of the tree without leaves. */
export const EMPTY_ROOT = sha256('');

export const nodeHash = (left: Uint8Array, right: Uint8Array): Buffer => sha256(Buffer.concat([NODE, left, right]));

/** Largest power of two below `size`, which is 2 or more. */
function splitOf(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

/** The ranges whose roots are the inclusion path of the leaf at `position` in the tree of `size` leaves, from the leaf up. */
export function inclusionRanges(position: number, size: number): Range[] {
  if (position < 0 || position >= size) throw new RangeError(`There is no leaf ${position} among ${size}.`);
  const path: Range[] = [];
  for (let start = 0, end = size; end - start > 1;) {
    const middle = start + splitOf(end - start);
    if (position < middle) {
      path.push({ start: middle, end });
      end = middle;
    } else {
      path.push({ start, end: middle });
      start = middle;
    }
  }
  return path.reverse();
}

/** The ranges whose roots prove that the tree of `to` leaves continues the tree of `from` leaves. Empty when one of them says nothing. */
export function consistencyRanges(from: number, to: number): Range[] {
  if (from < 0 || from > to) throw new RangeError(`A tree of ${to} leaves cannot continue one of ${from}.`);
  if (from === 0) return [];
  const proof: Range[] = [];
  let [start, end, whole, rest] = [0, to, true, from];
  while (rest !== end - start) {
    const split = splitOf(end - start);
    if (rest <= split) {
      proof.push({ start: start + split, end });
      end = start + split;
    } else {
      proof.push({ start, end: start + split });
      start += split;
      rest -= split;
      whole = false;
    }
  }
  if (!whole) proof.push({ start, end });
  return proof.reverse();
}

/** The complete subtrees of a range that a proof or root is made of, from the left. */
export function nodesOf({ start, end }: Range): Node[] {
  const nodes: Node[] = [];
  for (let at = start; at < end;) {
    let [height, width] = [0, 1];
    while (width * 2 <= end - at) {
      width *= 2;
      height += 1;
    }
    nodes.push({ height, index: at / width });
    at += width;
  }
  return nodes;
}

/** Root over complete subtrees that lie side by side, from the left, each larger than the next. */
export function rootOver(hashes: readonly Buffer[]): Buffer {
  return hashes.length === 0 ? EMPTY_ROOT : hashes.reduceRight((right, left) => nodeHash(left, right));
}

/** Root of the complete subtree over these neighbours, whose number is a power of two. */
export function completeRoot(hashes: readonly Buffer[]): Buffer {
  let row = hashes;
  while (row.length > 1) {
    const above: Buffer[] = [];
    for (let at = 0; at < row.length; at += 2) above.push(nodeHash(row[at] as Buffer, row[at + 1] as Buffer));
    row = above;
  }
  const [root] = row;
  if (!root) throw new RangeError('No hashes have no root.');
  return root;
}
