// A bucket as the official client asks for it. The client takes 0.1 s to load: only s3.storage.ts loads this, when a bucket is first used.
import {
  AbortMultipartUploadCommand, DeleteObjectCommand, GetObjectCommand, ListMultipartUploadsCommand, PutObjectCommand, S3Client, paginateListObjectsV2,
  type ListMultipartUploadsCommandOutput,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { Readable } from 'node:stream';
import { PARTS_AT_ONCE, PART_BYTES, type BucketSettings, type Patience } from './s3.settings.js';
import { Measured } from './storage.measure.js';
import { StorageError, type FileRange, type StoredFile } from './storage.js';
import type { ListedFile } from './storage.list.js';

interface Failure {
  name?: string;
  message?: string;
  code?: string;
  $metadata?: { httpStatusCode?: number };
}

const is = (error: unknown, ...names: string[]): boolean => names.includes((error as Failure).name ?? '');

/** One sentence for an operator. It takes nothing of the request, which is signed. */
function reasonOf({ name = 'Error', message = '', code, $metadata }: Failure): string {
  const status = $metadata?.httpStatusCode;
  if (status !== undefined) return `${name} (${status})${message && message !== name ? `: ${message}` : ''}`;
  if (name === 'TimeoutError' && (code === undefined || code === 'ETIMEDOUT')) return 'it did not answer in time';
  return message || code || name;
}

export class S3Bucket {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;

  constructor({ bucket, region, endpoint, pathStyle, prefix }: BucketSettings, { connectMs, answerMs, attempts }: Patience) {
    this.#bucket = bucket;
    this.#prefix = prefix ? `${prefix}/` : '';
    this.#client = new S3Client({
      region, forcePathStyle: pathStyle, maxAttempts: attempts, ...(endpoint ? { endpoint } : {}),
      // Compatible stores refuse the checksums that the client adds of its own accord; and what checks them on the way back holds on to
      // its connection when nobody reads to the end. Whoever reads a file has its SHA-256.
      requestChecksumCalculation: endpoint ? 'WHEN_REQUIRED' : 'WHEN_SUPPORTED', responseChecksumValidation: 'WHEN_REQUIRED',
      requestHandler: { connectionTimeout: connectMs, requestTimeout: answerMs, throwOnRequestTimeout: true, socketTimeout: answerMs },
    });
  }

  async write(key: string, content: AsyncIterable<string | Uint8Array>): Promise<StoredFile> {
    const measured = new Measured(content);
    const upload = new Upload({ client: this.#client, params: { ...this.#at(key), Body: measured.stream() }, partSize: PART_BYTES, queueSize: PARTS_AT_ONCE });
    await this.#ask(`write ${key}`, async () => {
      try {
        await upload.done();
      } catch (error) {
        // When it cannot take its parts back either, the client throws that instead.
        throw measured.broken?.error ?? error;
      }
    }, measured);
    return measured.result();
  }

  /** Writes `content` under a name that nothing else is ever written under; that it is there already is as good. */
  writeOnce(key: string, content: string): Promise<void> {
    const params = { ...this.#at(key), Body: content, ContentType: 'text/plain; charset=utf-8' };
    return this.#ask(`write ${key}`, async () => {
      try {
        await this.#client.send(new PutObjectCommand({ ...params, IfNoneMatch: '*' }));
      } catch (error) {
        if (is(error, 'PreconditionFailed')) return;
        if (!is(error, 'NotImplemented')) throw error;
        await this.#client.send(new PutObjectCommand(params));
      }
    });
  }

  read(key: string, range?: FileRange): Promise<{ stream: Readable; bytes: number } | null> {
    return this.#ask(`read ${key}`, async () => {
      try {
        const { Body, ContentLength } = await this.#client.send(new GetObjectCommand({ ...this.#at(key), ...(range ? { Range: `bytes=${range.start}-${range.start + range.bytes - 1}` } : {}) }));
        return { stream: Body as Readable, bytes: ContentLength ?? 0 };
      } catch (error) {
        if (is(error, 'NoSuchKey')) return null;
        throw error;
      }
    });
  }

  remove(key: string): Promise<void> {
    return this.#ask(`remove ${key}`, async () => {
      await this.#client.send(new DeleteObjectCommand(this.#at(key)));
    });
  }

  removeAll(prefix: string): Promise<void> {
    return this.#ask(`remove ${prefix}*`, async () => {
      const begin = { Bucket: this.#bucket, Prefix: this.#prefix + prefix, Delimiter: '/' };
      // First what is under way: it could end, and be there, after the others were looked for.
      for await (const { Key, UploadId } of this.#unfinished(begin)) await this.#client.send(new AbortMultipartUploadCommand({ Bucket: this.#bucket, Key, UploadId }));
      for await (const { Contents = [] } of paginateListObjectsV2({ client: this.#client }, begin)) {
        for (const { Key } of Contents) await this.#client.send(new DeleteObjectCommand({ Bucket: this.#bucket, Key }));
      }
    });
  }

  async* list(prefix: string): AsyncGenerator<ListedFile> {
    const pages = paginateListObjectsV2({ client: this.#client }, { Bucket: this.#bucket, Prefix: this.#prefix + prefix })[Symbol.asyncIterator]();
    for (let page = await this.#ask(`list ${prefix}*`, () => pages.next()); !page.done; page = await this.#ask(`list ${prefix}*`, () => pages.next())) {
      for (const { Key, Size } of page.value.Contents ?? []) if (Key !== undefined) yield { key: Key.slice(this.#prefix.length), bytes: Size ?? 0 };
    }
  }

  async* #unfinished(begin: { Bucket: string; Prefix: string; Delimiter: string }): AsyncGenerator<{ Key: string; UploadId: string }> {
    let next: { KeyMarker?: string; UploadIdMarker?: string } | null = {};
    while (next !== null) {
      const { Uploads = [], IsTruncated, NextKeyMarker, NextUploadIdMarker }: ListMultipartUploadsCommandOutput =
        await this.#client.send(new ListMultipartUploadsCommand({ ...begin, ...next })).catch((error: unknown) => {
          // Such a store has its own rule for what is left unfinished.
          if (is(error, 'NotImplemented')) return { $metadata: {} };
          throw error;
        });
      for (const { Key, UploadId } of Uploads) if (Key !== undefined && UploadId !== undefined) yield { Key, UploadId };
      next = IsTruncated && NextKeyMarker ? { KeyMarker: NextKeyMarker, UploadIdMarker: NextUploadIdMarker } : null;
    }
  }

  #at(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.#bucket, Key: this.#prefix + key };
  }

  async #ask<T>(what: string, work: () => Promise<T>, measured?: Measured): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (measured?.broken) throw error;
      throw new StorageError(`The bucket ${this.#bucket} did not ${what}: ${reasonOf(error as Failure)}`);
    }
  }
}
