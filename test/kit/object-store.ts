// An object store of a test's own: s3rver on a free loopback port, and before it what s3rver lacks, as Amazon documents it: If-None-Match,
// multipart uploads that are listed and given up, objects that appear whole. It can be made to fail.
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import S3rver from 's3rver';
import type { BucketSettings } from '../../subgraphs/kernel/storage/s3.settings.js';

type Content = AsyncIterable<Uint8Array>;
interface Written { size: number; md5: string }
/** Of s3rver's own store, what is asked or replaced here. */
interface Store {
  existsObject(bucket: string, key: string): Promise<boolean>;
  getResourcePath(bucket: string, key: string | undefined, resource: string): string;
  putMetadata(bucket: string, key: string, metadata: object, md5: string): Promise<void>;
  putObject(object: { bucket: string; key: string; content: Content; metadata: object }): Promise<Written>;
  putPart(bucket: string, uploadId: string, part: string, content: Content): Promise<Written>;
}

/** What it answers in place of the truth: a status with a code; nothing at all; half of what it should take or give, and then the connection ends; that it has stored what it has not; other bytes than it holds. */
export type Fault = { status: number; code: string } | 'silence' | 'cut' | 'lie' | 'other';

const LOGIN = { AWS_ACCESS_KEY_ID: 'S3RVER', AWS_SECRET_ACCESS_KEY: 'S3RVER', AWS_EC2_METADATA_DISABLED: 'true' };

export class TestObjectStore {
  /** Asked about each request; null: the truth. */
  fault: (request: IncomingMessage) => Fault | null = () => null;
  readonly #server: Server;
  /** The same after `stop` and `start`. */
  #port = 0;

  private constructor(private readonly folder: string, s3: S3rver, private readonly store: Store) {
    const serve = s3.callback();
    this.#server = createServer((request, response) => {
      this.#answer(request, response).then((answered) => { if (!answered) serve(request, response); }, (error: Error) => { response.destroy(error); });
    });
  }

  /** With its login in the environment, where clients look for it. */
  static async start(...buckets: string[]): Promise<TestObjectStore> {
    Object.assign(process.env, LOGIN);
    const folder = mkdtempSync(join(tmpdir(), 'switchboard-objects-'));
    const s3 = new S3rver({ directory: folder, silent: true, allowMismatchedSignatures: true, configureBuckets: buckets.map((name) => ({ name, configs: [] })) });
    await s3.configureBuckets();
    const { store } = s3 as unknown as { store: Store };
    appearWhole(store);
    const started = new TestObjectStore(folder, s3, store);
    await started.start();
    return started;
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => { this.#server.listen(this.#port, '127.0.0.1', resolve); });
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  settings(bucket: string, prefix?: string): BucketSettings & { endpoint: string; prefix: string | undefined } {
    return { bucket, region: 'us-east-1', endpoint: `http://${this.address}`, pathStyle: true, prefix };
  }

  /** Key -> content, of what is there. */
  objects(bucket: string): Map<string, string> {
    const SUFFIX = '._S3rver_object';
    const names = readdirSync(join(this.folder, bucket), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith(SUFFIX));
    return new Map(names.sort().map((name) => [name.slice(0, -SUFFIX.length), readFileSync(join(this.folder, bucket, name), 'utf8')]));
  }

  /** Keys of multipart uploads that were neither completed nor given up, with their ids. */
  unfinished(bucket: string): { key: string; uploadId: string }[] {
    const folder = this.store.getResourcePath(bucket, undefined, 'uploads');
    return existsSync(folder) ? readdirSync(folder).map((uploadId) => ({ uploadId, key: readFileSync(join(folder, uploadId, 'key'), 'utf8') })) : [];
  }

  /** Refuses connections, and ends those that are open. */
  stop(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => { this.#server.close(() => resolve()); });
  }

  async close(): Promise<void> {
    await this.stop();
    for (const name of Object.keys(LOGIN)) delete process.env[name];
    rmSync(this.folder, { recursive: true });
  }

  /** @returns whether s3rver need not answer */
  async #answer(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const fault = this.fault(request);
    if (fault === 'silence') return true;
    if (fault === 'cut' || fault === 'lie' || fault === 'other') return this.#deceive(fault, request, response);
    if (fault) return refuse(request, response, fault.status, fault.code);
    const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://store');
    const [bucket = '', ...rest] = pathname.slice(1).split('/').map(decodeURIComponent);
    const key = rest.join('/');
    if (request.method === 'GET' && query.has('uploads')) return this.#list(bucket, query, response);
    const uploadId = query.get('uploadId');
    if (uploadId !== null) {
      const folder = join(this.store.getResourcePath(bucket, undefined, 'uploads'), uploadId);
      if (!existsSync(folder)) return refuse(request, response, 404, 'NoSuchUpload');
      if (request.method !== 'DELETE') return false;
      // Away at once, whatever is being written into it.
      const gone = join(this.folder, `gone-${uploadId}`);
      renameSync(folder, gone);
      rmSync(gone, { recursive: true, maxRetries: 5 });
      response.writeHead(204).end();
      return true;
    }
    const once = request.method === 'PUT' && request.headers['if-none-match'] === '*';
    return once && await this.store.existsObject(bucket, key) ? refuse(request, response, 412, 'PreconditionFailed') : false;
  }

  async #deceive(how: 'cut' | 'lie' | 'other', request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    if (request.method === 'PUT') {
      if (how === 'other') return false;
      if (how === 'cut') {
        request.once('data', () => request.destroy());
        return true;
      }
      const bytes = await buffer(request);
      response.writeHead(200, { etag: `"${createHash('md5').update(bytes).digest('hex')}"` }).end();
      return true;
    }
    const [bucket = '', ...rest] = new URL(request.url ?? '/', 'http://store').pathname.slice(1).split('/').map(decodeURIComponent);
    const path = this.store.getResourcePath(bucket, rest.join('/'), 'object');
    if (request.method !== 'GET' || how === 'lie' || !existsSync(path)) return false;
    const bytes = readFileSync(path);
    response.writeHead(200, { 'content-length': bytes.length, etag: '"as-the-test-wants-it"' });
    if (how === 'cut') {
      response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
      return true;
    }
    const middle = Math.floor(bytes.length / 2);
    bytes[middle] = bytes[middle]! ^ 1;
    response.end(bytes);
    return true;
  }

  /** One at a time, so that those who list are seen to go on. */
  #list(bucket: string, query: URLSearchParams, response: ServerResponse): true {
    const marker = query.get('key-marker') ?? '';
    const [first, ...others] = this.unfinished(bucket).filter(({ key }) => key.startsWith(query.get('prefix') ?? '') && key > marker).sort((one, other) => (one.key < other.key ? -1 : 1));
    const upload = first ? `<Upload><Key>${first.key}</Key><UploadId>${first.uploadId}</UploadId></Upload><NextKeyMarker>${first.key}</NextKeyMarker>` : '';
    response.writeHead(200, { 'content-type': 'application/xml' })
      .end(`<ListMultipartUploadsResult><IsTruncated>${others.length > 0}</IsTruncated>${upload}</ListMultipartUploadsResult>`);
    return true;
  }
}

function refuse(request: IncomingMessage, response: ServerResponse, status: number, code: string): true {
  request.resume();
  response.writeHead(status, { 'content-type': 'application/xml' }).end(`<Error><Code>${code}</Code><Message>As the test wants it.</Message></Error>`);
  return true;
}

/** s3rver answers before its files are whole. */
function appearWhole(store: Store): void {
  const write = async (path: string, content: Content): Promise<Written> => {
    const bytes = await buffer(content);
    const draft = `${path}.${randomBytes(4).toString('hex')}`;
    await writeFile(draft, bytes);
    await rename(draft, path);
    return { size: bytes.length, md5: createHash('md5').update(bytes).digest('hex') };
  };
  store.putObject = async ({ bucket, key, content, metadata }) => {
    const path = store.getResourcePath(bucket, key, 'object');
    await mkdir(dirname(path), { recursive: true });
    const written = await write(path, content);
    await store.putMetadata(bucket, key, metadata, written.md5);
    return written;
  };
  store.putPart = async (bucket, uploadId, part, content) => {
    const path = join(store.getResourcePath(bucket, undefined, 'uploads'), uploadId, part);
    const written = await write(path, content);
    await writeFile(`${path}.md5`, written.md5);
    return written;
  };
}
