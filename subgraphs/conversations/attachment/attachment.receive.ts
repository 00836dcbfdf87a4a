// The route that takes the bytes of an upload: exactly what was announced, straight to storage, once.
import { systemActor, type Actor } from '../../kernel/base/actor.js';
import type { CrashPoint } from '../../kernel/base/crash-points.js';
import { encodeId } from '../../kernel/base/ids.js';
import type { RouteRequest, RouteResponse } from '../../kernel/base/subgraph-port.js';
import { tenantScope } from '../../kernel/data/scope.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import { runUnit, type UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { StorageError, type StoragePort, type StoredFile } from '../../kernel/storage/storage.js';
import { db } from '../tables.js';
import type { AttachmentCrashPoint } from './attachment.crash.js';
import { BEFORE } from './attachment.entity.js';
import { fileKey, filesOf } from './attachment.files.js';
import { Intake, IntakeRefused } from './attachment.intake.js';
import { LEASE_MS, LeaseLost, moveHeld, recordStored, type Held } from './attachment.lease.js';
import { UNUSED_MS } from './attachment.removal.js';
import type { AttachmentLinks } from './attachment.link.js';
import { fitsClaim, storedTypeOf } from './attachment.types.js';
import { readUploadLink } from './attachment.upload.js';

const answer = (status: number, body: Record<string, unknown>): RouteResponse => ({ status, headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' }, body: JSON.stringify(body) });
const refused = (status: number, error: string, message: string): RouteResponse => answer(status, { error, message });

export interface Taken extends Held {
  size: number;
  type: string;
  sha256: string | null;
  createdAt: Date;
  /** Whether there is a link by which it may be put there again. */
  again: boolean;
}

export class AttachmentReceive {
  constructor(
    private readonly deps: Pick<SubgraphDeps, 'database' | 'unit' | 'clock' | 'logger'>, private readonly storage: StoragePort, private readonly links: AttachmentLinks,
    private readonly crash: CrashPoint<AttachmentCrashPoint>,
  ) {}

  async receive(request: RouteRequest): Promise<RouteResponse> {
    const token = readUploadLink(request.params['token'] ?? '');
    const taken = token ? await this.#take(request, token) : 'none';
    if (taken === 'none') return refused(404, 'NOT_FOUND', 'There is nothing at this address.');
    if (taken === 'late') return refused(410, 'EXPIRED', 'This link has expired: announce the file anew.');
    if (taken === 'busy') return refused(409, 'CONFLICT', 'The file is being uploaded by another call.');
    if (taken === 'there') return refused(409, 'CONFLICT', 'The file is there already.');
    return this.keep(request, taken);
  }

  /** The bytes of one whose row is held. */
  async keep(request: RouteRequest, taken: Taken): Promise<RouteResponse> {
    try {
      return await this.#store(request, taken);
    } catch (error) {
      // Nothing of it is left, and it may be put there again by who has a link.
      await this.storage.removeAll(filesOf(taken, taken.attempts)).catch((left: unknown) => this.deps.logger.error({ attachmentId: taken.id, err: left }, 'what an upload left could not be removed'));
      await this.#unit(request, taken, (unit) => moveHeld(unit, taken, 'WAITING', { dueAt: taken.again ? new Date(taken.createdAt.getTime() + UNUSED_MS) : unit.now })).catch((lost: unknown) => {
        if (!(lost instanceof LeaseLost)) throw lost;
      });
      if (error instanceof IntakeRefused) return refused(error.reason === 'TOO_LARGE' ? 413 : 422, error.reason, error.message);
      if (error instanceof LeaseLost) return refused(410, 'EXPIRED', 'The file is not wanted any more.');
      if (!(error instanceof StorageError)) throw error;
      this.deps.logger.error({ attachmentId: taken.id, err: error }, 'an upload could not be kept');
      return refused(503, 'INTERNAL', 'The file cannot be kept now: try again later.');
    }
  }

  /** Holds the row that a link is good for. */
  #take(request: RouteRequest, { link, signedWith }: NonNullable<ReturnType<typeof readUploadLink>>): Promise<Taken | 'none' | 'late' | 'busy' | 'there'> {
    return this.#unit(request, { tenantId: link.tenant, id: link.file }, async ({ tx, now }) => {
      const key = await this.links.keys.find(tx, link.tenant);
      if (!key || !signedWith(key)) return 'none';
      const row = await db(tx).selectFrom('Attachment').select(['id', 'tenantId', 'state', 'attempts', 'claimedSize', 'claimedType', 'claimedSha256', 'dueAt', 'createdAt']).where('tenantId', '=', link.tenant)
        .where('id', '=', link.file).where('source', '=', 'UPLOAD').forUpdate().executeTakeFirst();
      if (!row || row.state === 'GONE') return 'none';
      if (row.state === 'STORED') return 'there';
      if (link.expires * 1_000 <= now.getTime()) return 'late';
      if (!BEFORE.FETCHING.includes(row.state) || (row.state === 'FETCHING' && row.dueAt !== null && row.dueAt > now)) return 'busy';
      const attempts = row.attempts + 1;
      await db(tx).updateTable('Attachment').set({ state: 'FETCHING', attempts, dueAt: new Date(now.getTime() + LEASE_MS) }).where('tenantId', '=', row.tenantId).where('id', '=', row.id).execute();
      return { tenantId: row.tenantId, id: row.id, attempts, size: Number(row.claimedSize), type: row.claimedType ?? '', sha256: row.claimedSha256, createdAt: new Date(row.createdAt), again: true };
    });
  }

  async #store(request: RouteRequest, taken: Taken): Promise<RouteResponse> {
    const { size, type: claimed } = taken;
    const length = request.headers['content-length'];
    if (request.oversize || (length !== undefined && Number(length) !== size)) throw new IntakeRefused(Number(length) > size ? 'TOO_LARGE' : 'NOT_ALLOWED', `The file was announced with ${size} bytes.`);
    for (let before = 1; before < taken.attempts; before += 1) await this.storage.removeAll(filesOf(taken, before));
    const renew = (): Promise<void> => this.#unit(request, taken, (unit) => moveHeld(unit, taken, 'FETCHING', { dueAt: new Date(unit.now.getTime() + LEASE_MS) }));
    const intake = new Intake(request.stream ?? [] as never, {
      most: size, progress: renew,
      complete: (type, bytes) => {
        if (bytes !== size) throw new IntakeRefused('NOT_ALLOWED', `The file was announced with ${size} bytes and has ${bytes}.`);
        if (!fitsClaim(type, claimed)) throw new IntakeRefused('NOT_ALLOWED', `The file was announced as ${claimed} and is ${type}.`);
        this.crash('upload:received');
      },
    });
    const key = fileKey(taken, taken.attempts);
    const file: StoredFile = await this.storage.put(key, intake.stream()).catch((error: unknown) => {
      throw intake.broken?.error ?? error;
    });
    this.crash('upload:written');
    if (taken.sha256 !== null && taken.sha256 !== file.sha256) throw new IntakeRefused('NOT_ALLOWED', `The file has the SHA-256 ${file.sha256}, and not that which was announced.`);
    const type = storedTypeOf(intake.type, claimed);
    await this.#unit(request, taken, (unit) => recordStored(unit, taken, { key, file, type }, new Date(taken.createdAt.getTime() + UNUSED_MS)));
    this.crash('upload:recorded');
    return answer(200, { id: encodeId('att', taken.id), mimeType: type, size, sha256: file.sha256 });
  }

  /** In the name of whoever announced it; what a visitor brings nobody did. */
  #unit<T>({ params, ip, headers, correlationId }: RouteRequest, { tenantId }: Pick<Held, 'tenantId' | 'id'>, work: (unit: UnitOfWork) => Promise<T>): Promise<T> {
    const link = readUploadLink(params['token'] ?? '')?.link;
    const [sub, apiKey] = link?.kind === 'user' ? [link.by, null] : [null, link?.by ?? null];
    const actor: Actor = !link ? { ...systemActor(tenantId), ip, userAgent: headers['user-agent'] ?? null } : { kind: link.kind, sub, apiKey, tenant: tenantId, session: null, permissions: [], epoch: 0, ip, userAgent: headers['user-agent'] ?? null };
    return runUnit(this.deps.unit, tenantScope(tenantId), { actor, correlationId }, work);
  }
}
