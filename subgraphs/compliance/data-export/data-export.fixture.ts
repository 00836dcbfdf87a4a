// Exports in a world of one subgraph: asked for over its port, read over the same port as the graph, downloaded through its route.
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { Actor } from '../../kernel/base/actor.js';
import { noCrash, type CrashPoint } from '../../kernel/base/crash-points.js';
import type { GraphAnswer, GraphClient, GraphQuestion } from '../../kernel/base/graph-client.js';
import { decodeId, newId } from '../../kernel/base/ids.js';
import { FolderStorage } from '../../kernel/storage/folder.storage.js';
import { LogWorld } from '../log/log.fixture.js';
import { person } from '../../../test/kit/subgraph.js';
import type { DataExportCrashPoint } from './data-export.crash.js';
import { DataExportRun, SIZES } from './data-export.run.js';

export const EXPORT_FIELDS = 'id state format title columns rows estimatedRows written sizeBytes sha256 manifest url requestedBy expiresAt error';
const CREATE = `mutation ($input: ExportCreateInput!) { exportCreate(input: $input) {
  export { ${EXPORT_FIELDS} } userErrors { __typename code field message ... on ExportLimit { resetsAt } } } }`;

export interface Exported {
  id: string; state: string; format: string; title: string; columns: string[]; rows: string; estimatedRows: string | null; written: string; sizeBytes: string | null;
  sha256: string | null; manifest: string | null; url: string | null; requestedBy: string; expiresAt: string | null; error: string | null;
}
export interface UserError { __typename: string; code: string; field: string[] | null; message: string; resetsAt?: string }

export const AUDIT_ROWS = 'query Trail($after: String) { auditEvents(first: 10, after: $after) { nodes { id action occurredAt reason resource { type } } } }';

/** The subgraph as the graph: who is acted for may what is said here, at each page. */
class Graph implements GraphClient {
  readonly questions: GraphQuestion[] = [];
  /** By the UUID of who is acted for; absent: nobody. */
  readonly rights = new Map<string, string[]>();
  /** Before each page. */
  beforePage: (page: number) => unknown = () => undefined;

  constructor(private readonly world: LogWorld) {}

  async query(question: GraphQuestion): Promise<GraphAnswer | null> {
    this.questions.push(question);
    await this.beforePage(this.questions.length);
    const { delegate: { id, tenant }, permission, query, variables } = question;
    const permissions = this.rights.get(id);
    if (!permissions?.includes(permission)) return null;
    const { data = null, errors = [] } = await this.world.subgraph.ask(query, variables, person(tenant, permissions, id));
    return { data, errors };
  }
}

export class DataExportWorld {
  private constructor(readonly world: LogWorld, readonly dataDir: string, readonly graph: Graph) {}

  /** @param now what its clock says */
  static async open(now: () => Date): Promise<DataExportWorld> {
    const dataDir = await mkdtemp(join(tmpdir(), 'switchboard-data-export-'));
    const world = await LogWorld.open({ config: { dataDir }, clock: { now } });
    return new DataExportWorld(world, dataDir, new Graph(world));
  }

  async close(): Promise<void> {
    await this.world.close();
    await rm(this.dataDir, { recursive: true });
  }

  /** Somebody of a tenant who may this, now and when they are acted for. */
  person(tenant: string, permissions: string[]): Actor & { sub: string } {
    const actor = person(tenant, permissions) as Actor & { sub: string };
    this.graph.rights.set(actor.sub, permissions);
    return actor;
  }

  async create(actor: Actor, input: Record<string, unknown> = {}): Promise<{ export: Exported | null; userErrors: UserError[] }> {
    const result = await this.world.subgraph.ask(CREATE, { input: { operation: AUDIT_ROWS, format: 'JSON_LINES', idempotencyKey: newId(), ...input } }, actor);
    if (result.errors) throw new Error(JSON.stringify(result.errors));
    return result.data?.['exportCreate'] as { export: Exported | null; userErrors: UserError[] };
  }

  async begin(actor: Actor, input: Record<string, unknown> = {}): Promise<Exported> {
    const { export: begun, userErrors } = await this.create(actor, input);
    if (!begun) throw new Error(JSON.stringify(userErrors));
    return begun;
  }

  runner(crash: CrashPoint<DataExportCrashPoint> = noCrash, sizes: typeof SIZES = SIZES): DataExportRun {
    return new DataExportRun(this.world.subgraph.running.services.deps, new FolderStorage(join(this.dataDir, 'files')), crash, sizes);
  }

  /** What the job of one does now, whether or not it is its time. */
  async run(id: string, runner = this.runner(), tenant = ''): Promise<boolean> {
    const uuid = decodeId('exp', id) ?? '';
    const [row] = await this.world.rows<{ tenant_id: string }>('update compliance.data_export set due_at = now() - interval \'1 hour\' where id = $1 and due_at is not null returning tenant_id', [uuid]);
    return runner.run(row?.tenant_id ?? tenant, uuid, this.graph);
  }

  async ready(actor: Actor, input: Record<string, unknown> = {}): Promise<Exported> {
    const { id } = await this.begin(actor, input);
    await this.run(id);
    return (await this.of(actor, id)) as Exported;
  }

  async of(actor: Actor, id: string): Promise<Exported | null> {
    const result = await this.world.subgraph.ask(`query ($id: ID!) { export(id: $id) { ${EXPORT_FIELDS} } }`, { id }, actor);
    if (result.errors) throw new Error(JSON.stringify(result.errors));
    return result.data?.['export'] as Exported | null;
  }

  async download(url: string): Promise<{ status: number; headers: Record<string, string>; bytes: Buffer }> {
    const { status, headers = {}, body = '' } = await this.world.subgraph.running.routes.port.handle('exportDownload', {
      params: { token: url.split('/').at(-1) ?? '' }, query: new URLSearchParams(), headers: { 'user-agent': 'curl' }, body: Buffer.alloc(0), oversize: false,
      ip: '192.0.2.7', correlationId: 'download', url,
    });
    return { status, headers, bytes: typeof body === 'string' ? Buffer.from(body) : Buffer.isBuffer(body) ? body : await buffer(body.stream) };
  }

  /** The whole file of an export, found to be what was said of it. */
  async file(actor: Actor, input: Record<string, unknown> = {}): Promise<Buffer> {
    const { url, sha256, sizeBytes, state, error } = await this.ready(actor, input);
    if (url === null) throw new Error(`The export is ${state}, because of ${error}.`);
    const { bytes } = await this.download(url);
    if (createHash('sha256').update(bytes).digest('hex') !== sha256 || String(bytes.byteLength) !== sizeBytes) throw new Error('The file is not what was said of it.');
    return bytes;
  }

  async text(actor: Actor, input: Record<string, unknown> = {}): Promise<string> {
    return String(await this.file(actor, input));
  }

  files(tenant: string): Promise<string[]> {
    return readdir(join(this.dataDir, 'files/data-exports', tenant)).then((names) => names.toSorted(), () => []);
  }
}
