// Compliance alone, its trail written by tests: events are staged as any subgraph stages them, and collected as the worker collects them.
import { Pool } from 'pg';
import { collectAudit, type CollectAuditOptions } from '../../subgraphs/compliance/audit/audit.collector.js';
import { definitions } from '../../ops/composition.js';
import { compliance, type ComplianceServices } from '../../subgraphs/compliance/subgraph.js';
import { anonymous, type Actor } from '../../subgraphs/kernel/base/actor.js';
import { stagedAudit, type AuditDraft, type StagedAudit } from '../../subgraphs/kernel/messaging/audit.js';
import type { AuditClasses } from '../../subgraphs/kernel/messaging/audit.redaction.js';
import { bootSubgraph, type TestSubgraph } from './subgraph.js';

/** What happened, when, by whom and where from. */
export interface Happening extends Partial<AuditDraft> {
  action: string;
  /** Nobody in particular when absent. */
  actor?: Actor;
  ip?: string | null;
  userAgent?: string;
  /** Milliseconds after the beginning. */
  at?: number;
}

const IDS = { User: 'user', ApiKey: 'key', Role: 'role', Inbox: 'inb', Session: 'sess' };
/** What the whole product tells of each type: compliance alone keeps events of every subgraph. */
const CLASSES: AuditClasses = Object.fromEntries(Object.entries(Object.groupBy(
  definitions.flatMap(({ classes = {} }) => Object.entries(classes)), ([type]) => type)).map(([type, all = []]) => [type, Object.assign({}, ...all.map(([, of]) => of))]));
const BEGINNING = Date.parse('2026-11-01T08:00:00.000Z');

export class TestTrail {
  /** When it is collected: as the last of what was staged together happened. */
  now = new Date(BEGINNING);

  private constructor(readonly subject: TestSubgraph<ComplianceServices>, readonly admin: Pool, readonly system: Pool) {}

  static async boot(): Promise<TestTrail> {
    const subject = await bootSubgraph(compliance);
    const pool = (connectionString: string): Pool => {
      const opened = new Pool({ connectionString, max: 4 });
      opened.on('error', () => undefined);
      return opened;
    };
    return new TestTrail(subject, pool(subject.database.adminUrl), pool(subject.database.urls.system));
  }

  /** Stages, without collecting. @returns what was staged, in order */
  async stage(tenantId: string | null, happenings: readonly Happening[]): Promise<StagedAudit[]> {
    const staged: StagedAudit[] = [];
    for (const { at = 0, actor = anonymous(null, null), ip, userAgent, action, type = 'SECURITY', outcome = 'SUCCESS', ...draft } of happenings) {
      const from = { ...actor, ...(ip === undefined ? {} : { ip }), ...(userAgent === undefined ? {} : { userAgent }) };
      const event = stagedAudit({ action, type, outcome, ...draft }, { actor: from, correlationId: 'test' }, IDS, new Date(BEGINNING + at), { classes: CLASSES, key: null });
      staged.push(event);
      this.now = new Date(Math.max(BEGINNING + at, ...staged.map(({ occurredAt }) => Date.parse(occurredAt))));
      await this.restage(tenantId, event);
    }
    return staged;
  }

  async restage(tenantId: string | null, event: StagedAudit): Promise<void> {
    if (tenantId === null) await this.admin.query('insert into compliance.platform_audit_staging (id, event) values ($1, $2)', [event.id, event]);
    else await this.admin.query('insert into compliance.audit_staging (tenant_id, id, event) values ($1, $2, $3)', [tenantId, event.id, event]);
  }

  collect(options: Partial<CollectAuditOptions> = {}): Promise<{ moved: number }> {
    return collectAudit({ sources: [{ schema: 'compliance', pool: this.system }], target: this.system, clock: { now: () => this.now }, ...options });
  }

  async happen(tenantId: string | null, happenings: readonly Happening[]): Promise<StagedAudit[]> {
    const staged = await this.stage(tenantId, happenings);
    await this.collect();
    return staged;
  }

  /** Rows behind the walls. */
  async rows<Row extends object = Record<string, unknown>>(query: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.admin.query<Row>(query, values)).rows;
  }

  async close(): Promise<void> {
    await this.system.end();
    await this.admin.end();
    await this.subject.close();
  }
}
