// Counts of calls in bounded memory: by actor, operation and outcome; what is beyond the bounds is counted too, under `other`.
import { Kind, type GraphQLFormattedError, type OperationDefinitionNode } from 'graphql';
import type { ApiUsage, ApiUsageAction, ApiUsageActor } from '../../subgraphs/kernel/base/api-usage.js';
import type { Actor } from '../../subgraphs/kernel/base/actor.js';
import { newId } from '../../subgraphs/kernel/base/ids.js';

/** Counters kept at a time, of everybody together; then everybody new is `other`. */
export const MAX_COUNTERS = 10_000;
/** Counters of one tenant; then everybody new in it is `other` of that tenant, so that none pushes the others' counts out. */
export const MAX_COUNTERS_OF_TENANT = 1_000;
/** Counters of one actor; its further operations are `other`, so that nobody's invented names push others out. */
export const MAX_COUNTERS_EACH = 50;
const MAX_NAME = 64;
const OTHER = 'other';
const OK = 'OK';
/** The operation of a call whose document was not looked at, or not taken. */
export const UNREAD = 'unread';

/** The platform's own trail gets what no actor could be kept for. */
const EVERYBODY_ELSE: ApiUsageActor = { kind: 'system', sub: null, apiKey: null, tenant: null };

interface Counter {
  operation: string;
  code: string;
  count: number;
}
interface Counted {
  actor: ApiUsageActor;
  counters: Map<string, Counter>;
}

/** The code of an error as it is published. */
export const publishedCode = ({ extensions }: GraphQLFormattedError): string => String(extensions?.['code'] ?? 'INTERNAL');

/** The name a client gave its operation, else its kind and first field. */
export function nameOf(operation: OperationDefinitionNode | null | undefined): string {
  if (!operation) return UNREAD;
  const field = operation.selectionSet.selections.find((selection) => selection.kind === Kind.FIELD);
  return (operation.name?.value ?? `${operation.operation}.${field?.name.value ?? OTHER}`).slice(0, MAX_NAME);
}

export class UsageTally {
  readonly #counted = new Map<string, Counted>();
  readonly #sizes = new Map<string | null, number>();
  #size = 0;
  #from: Date;

  constructor(now: Date) {
    this.#from = now;
  }

  /** @param code of the error it ended in; `OK` without one */
  count({ kind, sub, apiKey, tenant }: Actor, operation: string, code: string = OK): void {
    const actor = { kind, sub, apiKey, tenant };
    const own = this.#counted.get(keyOf(actor));
    const room = this.#size < MAX_COUNTERS && (this.#sizes.get(tenant) ?? 0) < MAX_COUNTERS_OF_TENANT;
    if (this.#add(actor, { operation, code }, room && (own?.counters.size ?? 0) < MAX_COUNTERS_EACH)) return;
    // Codes are few: these two are a handful of counters each.
    if (this.#add(actor, { operation: OTHER, code }, room)) return;
    if (this.#add({ ...EVERYBODY_ELSE, tenant }, { operation: OTHER, code }, this.#size < MAX_COUNTERS)) return;
    this.#add(EVERYBODY_ELSE, { operation: OTHER, code }, true);
  }

  /** What was counted since the last time, as events; the counting begins anew. */
  take(now: Date): ApiUsage[] {
    const span = { from: this.#from.toISOString(), until: now.toISOString() };
    const taken = [...this.#counted.values()].flatMap(({ actor, counters }) => {
      const all = [...counters.values()];
      const event = (action: ApiUsageAction, counts: Counter[]): ApiUsage[] => (counts.length > 0 ? [{ id: newId(), action, actor, ...span, counts }] : []);
      return [
        ...event('api.requests', all),
        ...event('api.errors', all.filter(({ code }) => code !== OK && code !== 'RATE_LIMITED')),
        ...event('api.rate_limited', all.filter(({ code }) => code === 'RATE_LIMITED')),
      ];
    });
    this.#counted.clear();
    this.#sizes.clear();
    this.#size = 0;
    this.#from = now;
    return taken;
  }

  /** Counts into a counter that exists, or a new one if `mayGrow`. @returns whether it did */
  #add(actor: ApiUsageActor, { operation, code }: Omit<Counter, 'count'>, mayGrow: boolean): boolean {
    const key = keyOf(actor);
    const name = `${operation} ${code}`;
    const known = this.#counted.get(key)?.counters.get(name);
    if (known) known.count += 1;
    else if (mayGrow) {
      const counted = this.#counted.get(key) ?? { actor, counters: new Map<string, Counter>() };
      this.#counted.set(key, counted);
      counted.counters.set(name, { operation, code, count: 1 });
      this.#size += 1;
      this.#sizes.set(actor.tenant, (this.#sizes.get(actor.tenant) ?? 0) + 1);
    }
    return known !== undefined || mayGrow;
  }
}

const keyOf = ({ kind, sub, apiKey, tenant }: ApiUsageActor): string => `${kind} ${tenant ?? ''} ${sub ?? ''} ${apiKey ?? ''}`;
