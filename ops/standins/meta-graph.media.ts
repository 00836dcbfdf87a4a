// Files at the stand-in of Meta's Graph API: an id gives an address that holds five minutes, an address gives the bytes to who has the token,
// uploads are taken; and a file can be put there that is slow, endless, broken off or elsewhere.
import { createHash, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';

const ADDRESS_MS = 5 * 60_000;
const MEDIA_PATH = /^\/v\d+\.\d+\/([^/]+)$/;
const UPLOAD_PATH = /^\/v\d+\.\d+\/[^/]+\/media$/;
const FILE_PATH = /^\/(lookaside|cdn)\/([^/]+)$/;

/**
 * What is wrong with a file, for the next `times` it is asked for: `expired` addresses that are over when they are given, `broken` off in the
 * middle, `silent` after the first byte, `endless`, `busy` (HTTP 503), `moved` to `location`.
 */
export type MediaFault = 'expired' | 'broken' | 'silent' | 'endless' | 'busy' | 'moved';

interface ShelvedFile {
  bytes: Buffer;
  type: string;
  fault: MediaFault | null;
  times: number;
  location: string;
}

const reply = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};
const graphError = (code: number, message: string): unknown => ({ error: { message, type: 'OAuthException', code, fbtrace_id: randomUUID() } });

export class MediaShelf {
  readonly #files = new Map<string, ShelvedFile>();
  /** `GET` of a file: the host's own path and the authorization it came with. */
  readonly #asked: { path: string; authorization: string | null }[] = [];

  /** `PUT /_media/{id}?fault=&times=&location=` puts a file there, `GET /_media` lists what was asked for. @returns whether the request was for a file */
  async serve(request: IncomingMessage, response: ServerResponse, base: string): Promise<boolean> {
    const { pathname, searchParams } = new URL(request.url ?? '/', base);
    const control = /^\/_media\/([^/]+)$/.exec(pathname)?.[1];
    if (request.method === 'PUT' && control !== undefined) {
      this.#files.set(control, {
        bytes: await buffer(request), type: request.headers['content-type'] ?? 'application/octet-stream', fault: searchParams.get('fault') as MediaFault | null,
        times: Number(searchParams.get('times') ?? Number.POSITIVE_INFINITY), location: searchParams.get('location') ?? '',
      });
      response.writeHead(204).end();
      return true;
    }
    if (pathname === '/_media') return this.#done(reply(response, 200, this.#asked));
    if (request.method === 'POST' && UPLOAD_PATH.test(pathname)) return this.#done(await this.#upload(request, response));
    const [, place, id = ''] = FILE_PATH.exec(pathname) ?? [];
    if (place !== undefined) return this.#done(this.#send(request, response, id, place === 'cdn' ? Number.POSITIVE_INFINITY : Number(searchParams.get('oe'))));
    const named = MEDIA_PATH.exec(pathname)?.[1];
    // Other objects of the Graph have a path of this form too; of them fields are asked for.
    if (named === undefined || request.method !== 'GET' || searchParams.has('fields')) return false;
    const file = this.#files.get(named);
    if (!file) return /^\d+$/.test(named) ? this.#done(reply(response, 400, graphError(100, `Object with ID '${named}' does not exist`))) : false;
    return this.#done(this.#describe(request, response, named, file, base));
  }

  #done(_answered: void): true {
    return true;
  }

  #describe(request: IncomingMessage, response: ServerResponse, id: string, file: ShelvedFile, base: string): void {
    if (!bearer(request)) return reply(response, 401, graphError(190, 'Invalid OAuth access token'));
    const until = Date.now() + (take(file, 'expired') ? -1 : ADDRESS_MS);
    reply(response, 200, {
      messaging_product: 'whatsapp', id, url: `${base}/lookaside/${id}?oe=${until}`, mime_type: file.type, file_size: file.bytes.length,
      sha256: createHash('sha256').update(file.bytes).digest('hex'),
    });
  }

  #send(request: IncomingMessage, response: ServerResponse, id: string, until: number): void {
    this.#asked.push({ path: new URL(request.url ?? '/', 'http://x').pathname, authorization: request.headers.authorization ?? null });
    const file = this.#files.get(id);
    const isPublic = until === Number.POSITIVE_INFINITY;
    // Whoever has no token is told that there is nothing, as Meta does.
    if (!file || until < Date.now() || (!isPublic && !bearer(request))) return reply(response, until < Date.now() ? 403 : 404, graphError(100, 'There is no such file'));
    const { bytes, type } = file;
    if (take(file, 'busy')) return reply(response, 503, graphError(2, 'Service temporarily unavailable'));
    if (take(file, 'moved')) return void response.writeHead(302, { location: file.location }).end();
    if (take(file, 'endless')) {
      response.writeHead(200, { 'content-type': type });
      const more = (): void => { while (!response.destroyed && response.write(Buffer.alloc(65_536, 1))); };
      response.on('drain', more);
      return more();
    }
    response.writeHead(200, { 'content-type': type, 'content-length': bytes.length });
    if (take(file, 'broken')) return void response.write(bytes.subarray(0, Math.ceil(bytes.length / 2)), () => response.destroy());
    if (take(file, 'silent')) return void response.write(bytes.subarray(0, 1));
    response.end(bytes);
  }

  async #upload(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    if (request.headers['content-length'] === undefined) return reply(response, 411, graphError(100, 'A Content-Length is required'));
    if (!bearer(request)) return reply(response, 401, graphError(190, 'Invalid OAuth access token'));
    const form = await new Response(Uint8Array.from(body), { headers: { 'content-type': request.headers['content-type'] ?? '' } }).formData().catch(() => null);
    const file = form?.get('file');
    if (form?.get('messaging_product') !== 'whatsapp') return reply(response, 400, graphError(100, '(#100) The parameter messaging_product is required'));
    if (!(file instanceof File)) return reply(response, 400, graphError(100, '(#100) The parameter file is required'));
    if (form.get('type') !== file.type) return reply(response, 400, graphError(100, '(#100) Param type must be the type of the file'));
    const id = String(BigInt(`0x${randomUUID().replaceAll('-', '').slice(0, 14)}`));
    this.#files.set(id, { bytes: Buffer.from(await file.arrayBuffer()), type: file.type, fault: null, times: 0, location: '' });
    reply(response, 200, { id });
  }
}

const bearer = ({ headers }: IncomingMessage): boolean => /^Bearer \S+$/.test(headers.authorization ?? '');

function take(file: ShelvedFile, fault: MediaFault): boolean {
  if (file.fault !== fault || file.times <= 0) return false;
  file.times -= 1;
  return true;
}
