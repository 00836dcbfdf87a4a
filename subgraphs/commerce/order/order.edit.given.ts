// What somebody wants to change of an order, held to what is kept.
import { invalidInput } from '../../kernel/base/errors.js';
import { newId } from '../../kernel/base/ids.js';
import { inputId } from '../../kernel/graphql/context.js';
import { amountOf, textOf, wholeOf } from '../given.js';
import type { OrderUpdateInput } from './order.edit.inputs.js';
import type { Fulfillment } from './order.entity.js';

export const MOST_LINES = 50;
const MOST_CHOICES = 100;
type Path = readonly string[];

export interface NewLine { id: string; variantId: string; quantity: number; choiceIds: string[]; note: string | null; path: Path }
/** Undefined stays. */
export interface LineChange { quantity: number | undefined; choiceIds: string[] | undefined; note: string | null | undefined; path: Path }

export interface Given {
  added: NewLine[];
  changed: ReadonlyMap<string, LineChange>;
  removed: ReadonlyMap<string, Path>;
  fulfillment: Fulfillment | undefined;
  address: string | null | undefined;
  note: string | null | undefined;
  tip: { minor: bigint; currency: string | null } | undefined;
}

const quantityOf = (quantity: number, path: Path): number => wholeOf(quantity, [...path, 'quantity'], 1, 999);
const noteOf = (note: string | null | undefined, path: Path): string | null => textOf(note, [...path, 'note'], 500);

/** @throws Refusal InputInvalid */
function choicesOf(ids: readonly string[], path: Path): string[] {
  const field = [...path, 'choiceIds'];
  if (ids.length > MOST_CHOICES) throw invalidInput(`Choose at most ${MOST_CHOICES}.`, field);
  return [...new Set(ids.map((id) => inputId('ochc', id, field)))];
}

/** @throws Refusal InputInvalid */
export function givenOf(input: OrderUpdateInput): Given {
  const [adds, updates, removes] = [input.addLines ?? [], input.updateLines ?? [], input.removeLineIds ?? []];
  for (const [name, list] of Object.entries({ addLines: adds, updateLines: updates, removeLineIds: removes })) {
    if (list.length > MOST_LINES) throw invalidInput(`Give at most ${MOST_LINES} lines.`, ['input', name]);
  }
  const added = adds.map(({ variantId, quantity, choiceIds, note }, place): NewLine => {
    const path = ['input', 'addLines', String(place)];
    return { id: newId(), variantId: inputId('vrnt', variantId, [...path, 'variantId']), quantity: quantityOf(quantity, path), choiceIds: choicesOf(choiceIds ?? [], path), note: noteOf(note, path), path };
  });
  const changed = updates.map(({ lineId, quantity, choiceIds, note }, place): [string, LineChange] => {
    const path = ['input', 'updateLines', String(place)];
    return [inputId('oline', lineId, [...path, 'lineId']), {
      quantity: typeof quantity === 'number' ? quantityOf(quantity, path) : undefined, choiceIds: choiceIds ? choicesOf(choiceIds, path) : undefined, note: note === undefined ? undefined : noteOf(note, path), path,
    }];
  });
  const removed = removes.map((id, place): [string, Path] => [inputId('oline', id, ['input', 'removeLineIds', String(place)]), ['input', 'removeLineIds', String(place)]]);
  const named = [...changed, ...removed].map(([id]) => id);
  if (new Set(named).size < named.length) throw invalidInput('Name each line once.', ['input', changed.length > 0 ? 'updateLines' : 'removeLineIds']);
  const given = {
    added, changed: new Map(changed), removed: new Map(removed), fulfillment: input.fulfillment ?? undefined,
    address: input.address === undefined ? undefined : textOf(input.address, ['input', 'address'], 500), note: input.note === undefined ? undefined : noteOf(input.note, ['input']),
    tip: input.tip === undefined ? undefined : { minor: amountOf(input.tip?.minor ?? 0n, ['input', 'tip', 'minor']), currency: input.tip?.currency ?? null },
  };
  if (added.length + named.length === 0 && [given.fulfillment, given.address, given.note, given.tip].every((one) => one === undefined)) throw invalidInput('Nothing would change.', ['input']);
  return given;
}
