// What a resolver holds: the verified actor, one lazy read transaction, batched loaders, and one change per root mutation.
import type { Actor } from '../base/actor.js';
import { badInput, forbidden, unauthenticated } from '../base/errors.js';
import { decodeId } from '../base/ids.js';
import type { Logger } from '../base/logger.js';
import type { OpenRead, Tx } from '../data/database.js';
import type { Scope } from '../data/scope.js';
import type { AuditDraft } from '../messaging/audit.js';
import type { FeedFilter, FeedHub, FeedStream } from '../messaging/feed.js';
import { runUnit, type UnitOfWork, type UnitOfWorkDeps } from '../messaging/unit-of-work.js';
import { LoaderRegistry, type LoaderDefinition } from './loaders.js';
import type { mutationCrashTable } from './mutation.crash.js';

/** The audit event of the root mutation that is running; services fill in what they learn. */
export interface MutationAudit {
  draft: AuditDraft;
  /** Where the event belongs: the actor's tenant unless a service knows better (a login's account). */
  scope: Scope;
  actor: Actor;
  staged: boolean;
}

export class OperationContext<Services = unknown> {
  readonly #loaders = new LoaderRegistry();
  #read: Promise<OpenRead> | null = null;
  #ended = false;
  readonly #records: AuditDraft[] = [];
  readonly #granted = new Map<string, { type: string; ids: Set<string | null> }>();
  /** Set by the mutation middleware while a root mutation field runs. */
  mutation: MutationAudit | null = null;
  /** Set by it when a mutation of the operation was refused for being too many. */
  rateLimited = false;

  constructor(
    readonly actor: Actor,
    readonly correlationId: string,
    readonly deps: UnitOfWorkDeps,
    readonly logger: Logger,
    /** For subscriptions, whose start functions belong to no resolver instance. */
    readonly services: Services,
    /** In which amounts and dates are written for whoever asks, as a BCP 47 tag; null: they did not say. */
    readonly locale: string | null = null,
  ) {}

  get scope(): Scope {
    return { tenant: this.actor.tenant, user: this.actor.sub, permissions: this.actor.permissions, apiKey: this.actor.apiKey };
  }

  /** The actor's tenant. @throws UNAUTHENTICATED without one */
  get tenantId(): string {
    if (this.actor.tenant === null) throw this.actor.kind === 'anonymous' ? unauthenticated() : forbidden();
    return this.actor.tenant;
  }

  /** The person who acts. @throws UNAUTHENTICATED */
  get userId(): string {
    if (this.actor.sub === null) throw unauthenticated();
    return this.actor.sub;
  }

  /** The operation's read-only transaction, begun at first use. @throws when the operation has ended */
  async read(): Promise<Tx> {
    if (this.#ended) throw new Error('The operation has ended.');
    this.#read ??= this.deps.database.openRead(this.scope);
    return (await this.#read).tx;
  }

  load<Key, Value>(definition: LoaderDefinition<OperationContext, Key, Value>, key: Key): Promise<Value | null> {
    return this.#loaders.load(this, definition, key);
  }

  /**
   * The one change of the running root mutation: rows, events and the audit event commit together before the payload
   * resolves. A Refusal thrown inside rolls everything back and becomes `userErrors`.
   */
  async mutate<T>(work: (unit: UnitOfWork, audit: MutationAudit) => Promise<T>): Promise<T> {
    const audit = this.mutation;
    if (!audit || audit.staged) throw new Error('mutate() runs once, inside a root mutation field.');
    await this.close(); // see follow()
    const begun = { ...audit };
    const result = await runUnit(this.deps, audit.scope, { actor: audit.actor, correlationId: this.correlationId }, async (unit) => {
      // What a run that had to give way has learned holds no more.
      Object.assign(audit, begun);
      const value = await work(unit, audit);
      this.#crash('mutation:written', audit);
      unit.audit(audit.draft);
      return value;
    });
    audit.staged = true;
    this.#crash('mutation:committed', audit);
    return result;
  }

  #crash(point: (typeof mutationCrashTable)[number]['point'], { draft: { action } }: MutationAudit): void {
    this.deps.crash?.(`${point}/${action}`);
  }

  /**
   * Opens a stream of the actor's tenant, after a cursor or from now. The operation's read ends first: whoever holds a connection
   * while waiting for a second one starves the pool, for good once as many do so as it has connections.
   */
  async follow(feed: FeedHub, { by, id }: Pick<FeedFilter, 'by' | 'id'>, after: string | null): Promise<FeedStream> {
    await this.close();
    return feed.open({ tenantId: this.tenantId, by, id }, after, this.actor.sub);
  }

  /** Stages `audit` alone, in a transaction of its own: refusals and failures change nothing else. */
  async stageAlone(audit: MutationAudit): Promise<void> {
    audit.staged = true;
    await this.close(); // see follow()
    await runUnit(this.deps, audit.scope, { actor: audit.actor, correlationId: this.correlationId }, async (unit) => unit.audit(audit.draft));
  }

  /** Adds an event about a read to the trail. It is staged when the operation has been read, and before it is answered. */
  record(draft: AuditDraft): void {
    this.#records.push(draft);
  }

  /** A read that few may do was granted: one event for each kind of it in an operation, about the one it was of, or about several. */
  granted(action: string, { type, id }: { type: string; id: string | null }): void {
    const known = this.#granted.get(action) ?? { type, ids: new Set() };
    this.#granted.set(action, known);
    known.ids.add(id);
  }

  /** Stages what was recorded; for the server, once the read transaction has ended. */
  async stageRecords(): Promise<void> {
    const granted = [...this.#granted].map(([action, { type, ids }]): AuditDraft => {
      const [id = null, ...others] = ids;
      return { action, type: 'DATA_READ', outcome: 'SUCCESS', resource: { type, id: others.length > 0 ? null : id } };
    });
    this.#granted.clear();
    const drafts = [...this.#records.splice(0), ...granted];
    if (drafts.length === 0) return;
    await runUnit(this.deps, this.scope, { actor: this.actor, correlationId: this.correlationId }, async (unit) => {
      for (const draft of drafts) unit.audit(draft);
    });
  }

  /** Ends the read transaction, if one was begun. */
  async close(): Promise<void> {
    const open = this.#read;
    this.#read = null;
    this.#loaders.clear();
    // Whoever asked for a read that could not begin has heard why.
    const opened = await open?.catch(() => null);
    // Nothing was written: what was read holds, whether or not the end of the transaction was heard.
    await opened?.close().catch((error: Error) => this.logger.warn({ err: error.message }, 'a read transaction did not end cleanly'));
  }

  /** Closes for good. A failed field is answered before its siblings end; what they read now would never be closed. */
  async end(): Promise<void> {
    this.#ended = true;
    await this.close();
  }
}

/** The UUID of an API id given as an argument. @throws BAD_USER_INPUT when it is not an id of that kind */
export function inputId(prefix: string, text: string, field: readonly string[]): string {
  const uuid = decodeId(prefix, text);
  if (uuid === null) throw badInput(`${field.join('.')} is not an id of the form ${prefix}_….`, field);
  return uuid;
}
