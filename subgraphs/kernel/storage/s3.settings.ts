// Which bucket of which object store, and how long it may take. Who asks it is found by the store's own client, and is not said here.

export interface BucketSettings {
  bucket: string;
  region: string;
  /** Base of a compatible store; absent: AWS, by its region. */
  endpoint?: string | undefined;
  /** The bucket is named in the path, and not in the host. */
  pathStyle: boolean;
  /** What every key begins with, without a slash at the end; absent: nothing. */
  prefix?: string | undefined;
}

export interface Patience {
  /** To open a connection. */
  connectMs: number;
  /** For a request to be sent and answered, and for a connection on which nothing moves. */
  answerMs: number;
  /** Of one request, the first one included; those after it follow a pause. */
  attempts: number;
}

/** For files, by the part. */
export const PATIENT: Patience = { connectMs: 5_000, answerMs: 60_000, attempts: 3 };
/** For small objects of those who come again by themselves. */
export const BRIEF: Patience = { connectMs: 3_000, answerMs: 5_000, attempts: 1 };

/** A file may have 10,000 parts, which makes 78 GiB. Two are on their way while the next is filled, whatever the size of the file. */
export const PART_BYTES = 8 * 1024 * 1024;
export const PARTS_AT_ONCE = 2;
