// Exports in a world of one subgraph: asked for over its port, written by hand, downloaded through its route.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Actor } from '../../kernel/base/actor.js';
import type { RouteResponse } from '../../kernel/base/subgraph-port.js';
import { newId } from '../../kernel/base/ids.js';
import { LogWorld } from '../log/log.fixture.js';
import { exportJob } from '../jobs.js';

export const EXPORT_FIELDS = 'id state format progress rows bytes sha256 url requestedAt expiresAt failure';
const REQUEST = `mutation ($input: AuditExportRequestInput!) { auditExportRequest(input: $input) {
  auditExport { ${EXPORT_FIELDS} } userErrors { __typename code field message } } }`;

export interface Exported {
  id: string;
  state: string;
  format: string;
  progress: number;
  rows: string;
  bytes: string | null;
  sha256: string | null;
  url: string | null;
  expiresAt: string | null;
  failure: string | null;
}
export interface ExportAnswer { auditExport: Exported | null; userErrors: { __typename: string; code: string; field: string[] | null }[] }

export interface ExportWorld {
  world: LogWorld;
  dataDir: string;
  close(): Promise<void>;
}

/** A world whose files are in a folder of its own. @param now what its clock says */
export async function openExports(now: () => Date): Promise<ExportWorld> {
  const dataDir = await mkdtemp(join(tmpdir(), 'switchboard-export-'));
  const world = await LogWorld.open({ config: { dataDir }, clock: { now } });
  return {
    world, dataDir,
    close: async () => {
      await world.close();
      await rm(dataDir, { recursive: true });
    },
  };
}

/** An export of what is sealed now, written. */
export async function readyExport(world: LogWorld, actor: Actor, input: Record<string, unknown> = {}): Promise<Exported> {
  await world.collect();
  await world.door.signCheckpoints(world.system);
  const { auditExport } = await requestExport(world, actor, { idempotencyKey: newId(), ...input });
  await runExports(world);
  return (await exportOf(world, actor, auditExport!.id))!;
}

export async function requestExport(world: LogWorld, actor: Actor, input: Record<string, unknown>): Promise<ExportAnswer> {
  const result = await world.subgraph.ask(REQUEST, { input: { format: 'JSON_LINES', idempotencyKey: 'one', ...input } }, actor);
  if (result.errors) throw new Error(JSON.stringify(result.errors));
  return result.data?.['auditExportRequest'] as ExportAnswer;
}

/** Runs what the sweeper would start. */
export async function runExports(world: LogWorld): Promise<void> {
  for (const { job, payloads } of await world.door.overdue(world.system)) {
    if (job === exportJob) for (const payload of payloads) await world.door.export(exportJob.payload.parse(payload));
  }
}

export async function exportOf(world: LogWorld, actor: Actor, id: string): Promise<Exported | null> {
  const result = await world.subgraph.ask(`query ($id: ID!) { auditExport(id: $id) { ${EXPORT_FIELDS} } }`, { id }, actor);
  if (result.errors) throw new Error(JSON.stringify(result.errors));
  return result.data?.['auditExport'] as Exported | null;
}

export function follow(world: LogWorld, url: string): Promise<RouteResponse> {
  return world.subgraph.running.routes.port.handle('auditExportDownload', {
    params: { token: url.split('/').at(-1) ?? '' }, query: new URLSearchParams(), headers: { 'user-agent': 'curl' }, body: Buffer.alloc(0), oversize: false,
    ip: '192.0.2.7', correlationId: 'download', url,
  });
}

export async function bodyOf({ body = '' }: RouteResponse): Promise<string> {
  return typeof body === 'string' ? body : Buffer.isBuffer(body) ? String(body) : text(body.stream);
}

/** Asks for an export of what is sealed now, has it written, and downloads it. */
export async function exported(world: LogWorld, actor: Actor, input: Record<string, unknown> = {}): Promise<string> {
  const { url } = await readyExport(world, actor, input);
  if (url === null) throw new Error('The export is not ready.');
  return bodyOf(await follow(world, url));
}
