// Around every root mutation field: an audit event for each outcome but for what would flood the trail, and refusals turned into `userErrors`.
import { ArgumentValidationError } from 'type-graphql';
import type { ValidationError } from 'class-validator';
import type { GraphQLResolveInfo } from 'graphql';
import { LRUCache } from 'lru-cache';
import { networkOf } from '../base/client-network.js';
import { codeOf, ErrorCode, invalidInput, Refusal } from '../base/errors.js';
import type { MutationAudit, OperationContext } from './context.js';
import type { FieldMiddleware, FieldMiddlewareMap } from './shield.js';
import type { MutationDeclaration } from './subgraph.js';
import { userErrorOf } from './user-errors.js';

type Resolve = (parent: unknown, args: unknown, context: OperationContext, info: GraphQLResolveInfo) => Promise<unknown>;

export function mutationMiddleware(mutations: Record<string, MutationDeclaration>): FieldMiddlewareMap {
  const floods = new Floods();
  const fields = Object.entries(mutations).map(([field, declaration]) => [field, around(declaration, floods) as unknown as FieldMiddleware]);
  // The library refuses a map that names a type the schema lacks.
  return fields.length > 0 ? { Mutation: Object.fromEntries(fields) } : {};
}

const around = ({ action, type, resource }: MutationDeclaration, floods: Floods) =>
  async (resolve: Resolve, parent: unknown, args: unknown, context: OperationContext, info: GraphQLResolveInfo): Promise<unknown> => {
    const audit: MutationAudit = {
      draft: { action, type, outcome: 'SUCCESS', resource: { type: resource, id: null } },
      scope: context.scope, actor: context.actor, staged: false,
    };
    context.mutation = audit;
    try {
      const payload = await resolve(parent, args, context, info).catch((error: unknown) => error);
      if (!(payload instanceof Error)) {
        // A mutation that changed nothing (it was repeated) is still an event.
        if (!audit.staged) await context.stageAlone(audit);
        return payload;
      }
      const refusal = refusalOf(payload);
      if (refusal?.code === ErrorCode.RATE_LIMITED) context.rateLimited = true;
      if (!floods.isOne(context, audit, refusal ?? payload)) await context.stageAlone({ ...audit, draft: failed(audit, refusal ?? payload) });
      if (!refusal) throw payload;
      return { userErrors: [userErrorOf(refusal)] };
    } finally {
      context.mutation = null;
    }
  };

/** Refusals that cost whoever is not signed in nothing, and would fill the platform's trail. */
class Floods {
  /** Trail, action and network -> the minute that has its event. */
  readonly #told = new LRUCache<string, number>({ max: 10_000 });

  /** Asking without a token is counted under `api.errors` instead; asking too often is told once a minute for each network and action. */
  isOne({ actor, deps: { clock } }: OperationContext, { scope, draft: { action } }: MutationAudit, error: Error): boolean {
    if (actor.kind !== 'anonymous') return false;
    if (codeOf(error) === 'UNAUTHENTICATED') return true;
    if (!(error instanceof Refusal) || error.code !== ErrorCode.RATE_LIMITED) return false;
    const [key, minute] = [`${scope.tenant} ${action} ${networkOf(actor.ip)}`, Math.floor(clock.now().getTime() / 60_000)];
    if (this.#told.get(key) === minute) return true;
    this.#told.set(key, minute);
    return false;
  }
}

/** What was to be changed was not: nothing of it is told, but what is true of the attempt. */
function failed({ draft: { before: _before, after: _after, attempt, ...rest } }: MutationAudit, error: Error): MutationAudit['draft'] {
  const draft = { ...rest, ...(attempt ? { after: attempt } : {}) };
  if (error instanceof Refusal) return { ...draft, outcome: 'FAILURE', reason: error.code };
  const code = codeOf(error);
  if (code === 'FORBIDDEN' || code === 'UNAUTHENTICATED') return { ...draft, outcome: 'DENIED', reason: code };
  return { ...draft, outcome: 'FAILURE', reason: code ?? 'INTERNAL', severity: code ? 'WARNING' : 'ERROR' };
}

function refusalOf(error: Error): Refusal | null {
  if (error instanceof Refusal) return error;
  if (error instanceof ArgumentValidationError) {
    const [path, message] = firstFault(error.extensions.validationErrors as ValidationError[], ['input']);
    return invalidInput(message, path);
  }
  return null;
}

/** Path and message of the first failed constraint. */
export function firstFault(errors: ValidationError[], path: string[]): [string[], string] {
  const [error] = errors;
  if (!error) return [path, 'The input is not acceptable.'];
  const here = [...path, error.property];
  if (error.children?.length) return firstFault(error.children, here);
  return [here, Object.values(error.constraints ?? {})[0] ?? 'The value is not acceptable.'];
}
