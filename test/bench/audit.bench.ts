// What the audit log costs: sealed entries a second, proofs and verification at a size, and the audit write within messageSend.
import { encodeId, newId } from '../../subgraphs/kernel/base/ids.js';
import { silentLogger } from '../../subgraphs/kernel/base/logger.js';
import { OperationContext } from '../../subgraphs/kernel/graphql/context.js';
import { UnitOfWork } from '../../subgraphs/kernel/messaging/unit-of-work.js';
import { LogWorld } from '../../subgraphs/compliance/log/log.fixture.js';
import { TestConversations } from '../kit/conversations.js';
import { FULL, grantTenant } from '../kit/limits.js';
import { person } from '../kit/subgraph.js';
import { PAGES_DEFAULTS, measurePages, pagesTable, type PagesOptions, type PagesReport } from './audit.pages.js';
import { familyUsage, machine, median, processUsage, round, summary, watchOthers, type Machine, type Summary } from './machine.facts.js';
import { withPostgres } from './postgres.js';

export interface AuditOptions extends PagesOptions {
  /** Sealed before proofs are asked for. */
  entries: number;
  proofs: number;
  /** Of sends with and without their audit write, in turns. */
  rounds: number;
  /** In each half of a round. */
  sends: number;
}

export const AUDIT_DEFAULTS: AuditOptions = { entries: 100_000, proofs: 2_000, rounds: 20, sends: 50, ...PAGES_DEFAULTS };

const TENANTS = 10;
const CHUNK = 10_000;
const WARM = 100;
const PROOF = 'query ($id: ID!) { auditProof(eventId: $id) { position entry leafHash path checkpoint { size root note } } }';

export interface AuditReport {
  machine: Machine;
  options: AuditOptions;
  sealedPerSecond: { all: number; chunks: number[] };
  /** Milliseconds, one after the other. */
  proofMs: { service: Summary; graphql: Summary };
  verifiedPerSecond: number;
  /** CPU time of each, which does not depend on what else runs as much as time does. */
  cpuMicroseconds: { sealed: Cpu; proof: Cpu; verified: Cpu };
  /** Milliseconds of one messageSend; the median of each round's halves, and what the write adds to the median of all. */
  sendMs: { without: Summary; with: Summary; addedPercent: number };
  sendMicroseconds: { without: Cpu; with: Cpu; addedPercent: number };
  pages: PagesReport;
  wrong: number;
  othersCpuShare: number | null;
}

export async function benchAudit(options: AuditOptions, say: (line: string) => void): Promise<AuditReport> {
  const facts = machine();
  return withPostgres(async (databasePid) => {
    const others = watchOthers([process.pid, databasePid]);
    cpu = () => ({ node: processUsage(process.pid)?.cpuSeconds ?? Number.NaN, postgres: familyUsage(databasePid)?.cpuSeconds ?? Number.NaN });
    const log = await measureLog(options, say);
    say('sending messages with and without their audit write');
    const sends = await measureSends(options);
    const pages = await measurePages(options, say);
    return { machine: facts, options, ...log, ...sends, pages, wrong: log.wrong + pages.wrong, othersCpuShare: others() };
  });
}

/** CPU time so far, in seconds. */
let cpu = (): Cpu => ({ node: Number.NaN, postgres: Number.NaN });
interface Cpu { node: number; postgres: number }

/** Runs `work` and adds what it used to `spent`. */
async function counted<T>(spent: Cpu, work: () => Promise<T>): Promise<T> {
  const before = cpu();
  const result = await work();
  const after = cpu();
  spent.node += after.node - before.node;
  spent.postgres += after.postgres - before.postgres;
  return result;
}
const nothing = (): Cpu => ({ node: 0, postgres: 0 });
/** Microseconds each. */
const each = ({ node, postgres }: Cpu, count: number): Cpu => ({ node: Math.round(1e6 * node / count), postgres: Math.round(1e6 * postgres / count) });

async function measureLog({ entries, proofs }: AuditOptions, say: (line: string) => void): Promise<Omit<AuditReport, 'machine' | 'options' | 'sendMs' | 'sendMicroseconds' | 'pages' | 'othersCpuShare'>> {
  const world = await LogWorld.open();
  try {
    const tenants = Array.from({ length: TENANTS }, newId);
    const chunks: number[] = [];
    const [sealing, proving, verifying] = [nothing(), nothing(), nothing()];
    let seconds = 0;
    for (let done = 0; done < entries; done += CHUNK) {
      await stage(world, tenants, Math.min(CHUNK, entries - done));
      const begun = performance.now();
      const { moved } = await counted(sealing, () => world.collect());
      const took = (performance.now() - begun) / 1000;
      seconds += took;
      chunks.push(Math.round(moved / took));
    }
    say(`sealed ${entries} entries; proving ${proofs} of them`);
    await world.rows('analyze');
    await world.door.signCheckpoints(world.system);
    const [tenant = ''] = tenants;
    const ids = (await world.rows<{ id: string }>('select id from compliance.audit_event where tenant_id = $1 order by random() limit $2', [tenant, proofs])).map(({ id }) => id);
    const actor = person(tenant, ['audit:read']);
    await grantTenant(world.admin, 'compliance', tenant, FULL);
    let wrong = 0;
    const service = await timed(ids, async (id) => {
      const { services, database } = world.subgraph.running;
      const context = new OperationContext(actor, 'bench', { ...services.deps.unit, database }, silentLogger, services);
      if ((await services.log.proof(context, id)) === null) wrong += 1;
      await context.end();
    });
    const graphql = await counted(proving, () => timed(ids, async (id) => {
      const { data } = await world.subgraph.ask(PROOF, { id: encodeId('aud', id) }, actor);
      if (!data?.['auditProof']) wrong += 1;
    }));
    say('verifying one log');
    const [own] = await world.rows<{ size: string }>('select size from compliance.log_stream where tenant_id = $1', [tenant]);
    const begun = performance.now();
    await world.subgraph.ask('mutation { auditVerificationRequest(input: {}) { verification { id } userErrors { code } } }', {}, actor);
    await counted(verifying, () => world.runVerifications());
    const verified = Number(own?.size) / ((performance.now() - begun) / 1000);
    const [run] = await world.rows<{ state: string }>('select state from compliance.audit_verification');
    if (run?.state !== 'PASSED') wrong += 1;
    return { sealedPerSecond: { all: Math.round(entries / seconds), chunks }, proofMs: { service: summary(service, 2), graphql: summary(graphql, 2) }, verifiedPerSecond: Math.round(verified),
      cpuMicroseconds: { sealed: each(sealing, entries), proof: each(proving, ids.length + WARM), verified: each(verifying, Number(own?.size)) }, wrong };
  } finally {
    await world.close();
  }
}

/** As messageSend and its kind stage them, in turns of the tenants. */
async function stage(world: LogWorld, tenants: readonly string[], count: number): Promise<void> {
  await world.rows(`insert into compliance.audit_staging
    select tenant, id, jsonb_build_object('id', id, 'action', 'message.send', 'type', 'DATA_WRITE', 'severity', 'INFO', 'outcome', 'SUCCESS',
      'occurredAt', to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'actor', jsonb_build_object('kind', 'user', 'id', 'user_01h455vb4pex5vsknk084sn02q'),
      'resource', jsonb_build_object('type', 'Message', 'id', 'msg_' || md5(n::text)), 'reason', null, 'correlationId', gen_random_uuid()::text, 'ip', '203.0.113.7',
      'userAgent', 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36', 'before', null, 'after', jsonb_build_object('status', 'QUEUED', 'seq', n))
    from (select n, uuidv7() as id, ($1::uuid[])[1 + n % array_length($1::uuid[], 1)] as tenant from generate_series(1, $2::int) n) made`, [tenants, count]);
}

async function timed(ids: readonly string[], ask: (id: string) => Promise<void>): Promise<number[]> {
  for (const id of ids.slice(0, WARM)) await ask(id);
  const times: number[] = [];
  for (const id of ids) {
    const begun = performance.now();
    await ask(id);
    times.push(performance.now() - begun);
  }
  return times;
}

async function measureSends({ rounds, sends }: AuditOptions): Promise<Pick<AuditReport, 'sendMs' | 'sendMicroseconds'>> {
  const world = await TestConversations.boot();
  const audit = UnitOfWork.prototype.audit;
  try {
    const conversation = encodeId('conv', await world.conversation('15550001111'));
    const half = async (recorded: boolean): Promise<number[]> => {
      // The write and all that leads to it, left out; nothing else differs.
      UnitOfWork.prototype.audit = recorded ? audit : () => undefined;
      const times: number[] = [];
      for (let index = 0; index < sends; index += 1) {
        const input = { conversationId: conversation, text: `message ${index}`, idempotencyKey: newId() };
        const begun = performance.now();
        const { errors } = await world.ask('mutation ($input: MessageSendInput!) { messageSend(input: $input) { message { id } userErrors { code } } }', { input });
        times.push(performance.now() - begun);
        if (errors) throw new Error(JSON.stringify(errors));
      }
      return times;
    };
    await half(true);
    await half(false);
    const [without, recorded]: [number[], number[]] = [[], []];
    const spent = { without: nothing(), with: nothing() };
    for (let index = 0; index < rounds; index += 1) {
      // Who is first changes too, so that a drift of the machine meets both alike.
      for (const which of index % 2 === 0 ? [false, true] : [true, false]) {
        (which ? recorded : without).push(...await counted(which ? spent.with : spent.without, () => half(which)));
      }
    }
    const added = 100 * (median(recorded) / median(without) - 1);
    const costs = { without: each(spent.without, without.length), with: each(spent.with, recorded.length) };
    const whole = ({ node, postgres }: Cpu): number => node + postgres;
    return {
      sendMs: { without: summary(without, 2), with: summary(recorded, 2), addedPercent: round(added, 1) },
      sendMicroseconds: { ...costs, addedPercent: round(100 * (whole(costs.with) / whole(costs.without) - 1), 1) },
    };
  } finally {
    UnitOfWork.prototype.audit = audit;
    await world.close();
  }
}

export const auditFailed = ({ wrong }: AuditReport): boolean => wrong > 0;

const used = ({ node, postgres }: Cpu): string => `${node} + ${postgres} us`;
const quantiles = ({ p50, p99 }: Summary): string => `p50 ${p50}, p99 ${p99} ms`;

export const auditTable = ({ options, sealedPerSecond, proofMs, verifiedPerSecond, cpuMicroseconds, sendMs, sendMicroseconds, pages, wrong, othersCpuShare }: AuditReport): string[] => [
  `sealed entries a second   ${sealedPerSecond.all} over ${options.entries} entries of ${TENANTS} tenants, from staging to the trail (by chunk: ${sealedPerSecond.chunks.join(', ')})`,
  `proof, by the service     ${quantiles(proofMs.service)}`,
  `proof, over GraphQL       ${quantiles(proofMs.graphql)}, recorded as a read`,
  `verified entries a second ${verifiedPerSecond}`,
  `messageSend without audit ${quantiles(sendMs.without)}`,
  `messageSend with audit    ${quantiles(sendMs.with)}: ${sendMs.addedPercent} % more at the median`,
  `CPU, node + PostgreSQL    sealed ${used(cpuMicroseconds.sealed)}, proof ${used(cpuMicroseconds.proof)}, verified ${used(cpuMicroseconds.verified)}; `
    + `messageSend ${used(sendMicroseconds.without)} without and ${used(sendMicroseconds.with)} with audit: ${sendMicroseconds.addedPercent} % more`,
  ...pagesTable(pages, options),
  `wrong                     ${wrong}`,
  `used by others            ${othersCpuShare ?? 'unknown'} of a core`,
];
