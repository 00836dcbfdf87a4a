// A compliance subgraph on its own database, whose events are staged, sealed and signed by hand.
import { Client, Pool } from 'pg';
import { systemActor } from '../../kernel/base/actor.js';
import { stagedAudit, type AuditDraft } from '../../kernel/messaging/audit.js';
import { bootSubgraph, type TestOptions, type TestSubgraph } from '../../../test/kit/subgraph.js';
import { FULL, grantTenant } from '../../../test/kit/limits.js';
import { collectAudit } from '../audit/audit.collector.js';
import { verifyJob } from '../jobs.js';
import { complianceDoor, type ComplianceDoor } from '../public.js';
import { compliance, type ComplianceServices } from '../subgraph.js';

export class LogWorld {
  private constructor(
    readonly subgraph: TestSubgraph<ComplianceServices>, readonly admin: Client, readonly system: Pool, readonly door: ComplianceDoor,
  ) {}

  static async open(options: TestOptions = {}): Promise<LogWorld> {
    const subgraph = await bootSubgraph(compliance, options);
    const admin = new Client({ connectionString: subgraph.database.adminUrl });
    await admin.connect();
    const system = new Pool({ connectionString: subgraph.database.urls.system, max: 4 });
    system.on('error', () => undefined);
    return new LogWorld(subgraph, admin, system, complianceDoor(subgraph.running.services));
  }

  /** Stages events of a tenant, which has full audit from then on, or of the platform, and seals them. @returns their UUIDs, in order */
  async seal(tenant: string | null, count: number, at = new Date(), draft: Partial<AuditDraft> = {}): Promise<string[]> {
    if (tenant !== null) await grantTenant(this.admin, 'compliance', tenant, FULL);
    const events = Array.from({ length: count }, (_none, index) => stagedAudit(
      { action: 'order.record', type: 'DATA_WRITE', outcome: 'SUCCESS', resource: { type: 'Order', id: null }, after: { index }, ...draft },
      { actor: systemActor(tenant), correlationId: `c${index}` }, {}, at, { classes: { Order: { index: 'plain' } }, key: null }));
    const rows = JSON.stringify(events.map((event) => ({ id: event.id, event })));
    if (tenant === null) await this.admin.query('insert into compliance.platform_audit_staging select id, event from jsonb_to_recordset($1::jsonb) as r (id uuid, event jsonb)', [rows]);
    else await this.admin.query('insert into compliance.audit_staging select $2::uuid, id, event from jsonb_to_recordset($1::jsonb) as r (id uuid, event jsonb)', [rows, tenant]);
    await this.collect();
    return events.map(({ id }) => id);
  }

  collect(): Promise<{ moved: number }> {
    return collectAudit({ sources: [{ schema: 'compliance', pool: this.system }], target: this.system });
  }

  async rows<Row>(sql: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.admin.query(sql, values)).rows as Row[];
  }

  /** What the sweeper would start. */
  async verifications(): Promise<{ stream: string; verificationId: string }[]> {
    return (await this.door.overdue(this.system)).flatMap(({ job, payloads }) => (job === verifyJob ? payloads.map((payload) => verifyJob.payload.parse(payload)) : []));
  }

  async runVerifications(): Promise<void> {
    for (const payload of await this.verifications()) await this.door.verify(payload);
  }

  async close(): Promise<void> {
    await this.system.end();
    await this.admin.end();
    await this.subgraph.close();
  }
}
