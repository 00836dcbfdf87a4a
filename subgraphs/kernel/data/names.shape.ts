// What one statement shares with others: its whole tree but the values that are sent beside the text.
import type { OperationNode, RootOperationNode } from 'kysely';

/** Stands for a value while a shape is compiled, to find its parameter. */
export class Slot {
  constructor(readonly place: number) {}
}

interface Values { kind: string; value: unknown; values: readonly unknown[]; immediate?: boolean }

/** Compiled to a parameter. A value that is `immediate` is part of the text. */
const isValue = ({ kind, immediate }: Values): boolean => kind === 'ValueNode' && immediate !== true;
const isValueList = ({ kind }: Values): boolean => kind === 'PrimitiveValueListNode';

export interface ReadShape {
  /** Equal for statements of one text; null when that cannot be told. */
  key: string | null;
  /** In the order of the tree. */
  values: readonly unknown[];
}

class Reader {
  key = '';
  whole = true;
  readonly values: unknown[] = [];

  read(part: unknown): void {
    if (typeof part === 'string') this.key += `"${part.length}:${part}`;
    else if (typeof part !== 'object' || part === null) this.key += `${String(part)};`;
    else if (Array.isArray(part)) {
      this.key += `[${part.length}:`;
      for (const one of part) this.read(one);
    } else this.#node(part as Values);
  }

  #node(node: Values): void {
    if (isValue(node)) {
      this.values.push(node.value);
      this.key += '?';
    } else if (isValueList(node)) {
      this.values.push(...node.values);
      this.key += `?${node.values.length};`;
    } else if (typeof node.kind !== 'string') this.whole = false;
    else {
      this.key += '{';
      for (const name in node) {
        this.key += `${name}=`;
        this.read((node as unknown as Record<string, unknown>)[name]);
      }
      this.key += '}';
    }
  }
}

export function readShape(node: OperationNode): ReadShape {
  const reader = new Reader();
  reader.read(node);
  return { key: reader.whole ? reader.key : null, values: reader.values };
}

/** The same tree with a slot in place of each value, numbered as `readShape` finds them. */
export function marked(node: RootOperationNode): RootOperationNode {
  let places = 0;
  const slot = (): Slot => new Slot(places++);
  const copy = (part: unknown): unknown => {
    if (typeof part !== 'object' || part === null) return part;
    if (Array.isArray(part)) return part.map(copy);
    const one = part as Values;
    if (isValue(one)) return { ...one, value: slot() };
    if (isValueList(one)) return { ...one, values: one.values.map(slot) };
    if (typeof one.kind !== 'string') return part;
    return Object.fromEntries(Object.keys(one).map((name) => [name, copy((one as unknown as Record<string, unknown>)[name])]));
  };
  return copy(node) as RootOperationNode;
}
