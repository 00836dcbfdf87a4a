// The replication protocol over pg's own connection: who the server is, slots, a base backup, the write-ahead log as it grows.
import { Client } from 'pg';
import { CopyMessages } from './copy.messages.js';
import { formatLsn, parseLsn } from './wal.position.js';

export interface ServerIdentity {
  /** The same in every copy of a cluster. */
  systemIdentifier: string;
  timeline: number;
  /** Up to where its log is on its disk. */
  lsn: bigint;
  /** Like 180004. */
  version: number;
  segmentBytes: number;
}

export interface ReplicationSlot {
  /** From where on the server keeps its log; null: it does not any more. */
  lsn: bigint | null;
  timeline: number | null;
}

type Row = Record<string, string | null>;

const UNITS: Record<string, number> = { B: 1, kB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 };
/** Names that are written into a command: nothing of the outside. */
const PLAIN = /^[a-z0-9_-]{1,63}$/;

export class Replication {
  readonly #client: Client;

  private constructor(client: Client) {
    this.#client = client;
  }

  /** @param url of a role that may replicate. Through its database, so that the server needs no line of its own for replication in pg_hba.conf. */
  static async connect(url: string, name: string, onError: (error: Error) => void): Promise<Replication> {
    const address = new URL(url);
    address.searchParams.set('replication', 'database');
    const client = new Client({ connectionString: address.href, application_name: name, keepAlive: true, connectionTimeoutMillis: 10_000 });
    client.on('error', onError);
    await client.connect();
    return new Replication(client);
  }

  async identity(): Promise<ServerIdentity> {
    const [system] = await this.#rows('IDENTIFY_SYSTEM');
    const [version] = await this.#rows('SHOW server_version_num');
    const [size] = await this.#rows('SHOW wal_segment_size');
    const [, amount = '', unit = ''] = /^(\d+)(\w+)$/.exec(size?.['wal_segment_size'] ?? '') ?? [];
    return {
      systemIdentifier: system?.['systemid'] ?? '', timeline: Number(system?.['timeline']), lsn: parseLsn(system?.['xlogpos'] ?? ''),
      version: Number(version?.['server_version_num']), segmentBytes: Number(amount) * (UNITS[unit] ?? NaN),
    };
  }

  /** Null: there is none of this name. */
  async slot(name: string): Promise<ReplicationSlot | null> {
    const [row] = await this.#rows(`READ_REPLICATION_SLOT ${plain(name)}`);
    if (!row?.['slot_type']) return null;
    const { restart_lsn: lsn, restart_tli: timeline } = row;
    return { lsn: lsn ? parseLsn(lsn) : null, timeline: timeline ? Number(timeline) : null };
  }

  /** A slot that keeps the log from now on. */
  async createSlot(name: string): Promise<void> {
    await this.#rows(`CREATE_REPLICATION_SLOT ${plain(name)} PHYSICAL RESERVE_WAL`);
  }

  async dropSlot(name: string): Promise<void> {
    await this.#rows(`DROP_REPLICATION_SLOT ${plain(name)}`);
  }

  /** The history file of a timeline. The first one has none. */
  async history(timeline: number): Promise<string> {
    const [row] = await this.#rows(`TIMELINE_HISTORY ${timeline}`);
    return row?.['content'] ?? '';
  }

  /** Every message of a base backup of the whole cluster, without its log; the server checks each page on the way. */
  baseBackup(label: string): CopyMessages {
    return this.#copy(`BASE_BACKUP (LABEL '${plain(label)}', PROGRESS true, CHECKPOINT 'fast', WAL false, TABLESPACE_MAP false, MANIFEST 'yes')`, false);
  }

  /** The log from a position on, until this timeline ends or the connection does. */
  stream(slot: string, from: bigint, timeline: number): CopyMessages {
    return this.#copy(`START_REPLICATION SLOT ${plain(slot)} PHYSICAL ${formatLsn(from)} TIMELINE ${timeline}`, true);
  }

  async close(): Promise<void> {
    await this.#client.end();
  }

  #copy(command: string, both: boolean): CopyMessages {
    return this.#client.query(new CopyMessages(command, both));
  }

  async #rows(command: string): Promise<Row[]> {
    return (await this.#client.query<Row>(command)).rows;
  }
}

function plain(name: string): string {
  if (!PLAIN.test(name)) throw new Error(`${JSON.stringify(name)} cannot be part of a command.`);
  return name;
}

/** Microseconds since the year 2000, as the protocol has them. */
const EPOCH_MS = Date.UTC(2000, 0, 1);
const dateOf = (micros: bigint): Date => new Date(EPOCH_MS + Number(micros / 1000n));

/** A message of the log: some of it, with how far the server's is on its disk; or that the server lives, with how far it has sent. */
export type LogMessage =
  | { kind: 'data'; start: bigint; end: bigint; at: Date; bytes: Buffer }
  | { kind: 'alive'; end: bigint; at: Date; answer: boolean };

export function parseLogMessage(message: Buffer): LogMessage {
  const type = String.fromCharCode(message[0] ?? 0);
  if (type === 'w') return { kind: 'data', start: message.readBigUInt64BE(1), end: message.readBigUInt64BE(9), at: dateOf(message.readBigInt64BE(17)), bytes: message.subarray(25) };
  if (type === 'k') return { kind: 'alive', end: message.readBigUInt64BE(1), at: dateOf(message.readBigInt64BE(9)), answer: message[17] === 1 };
  throw new Error(`The server sent a message of a kind that is not known (${type}).`);
}

/** What we have safely. @param ask whether the server shall answer with where it is */
export function standbyStatus(kept: bigint, ask: boolean): Buffer {
  const message = Buffer.alloc(34);
  message.write('r');
  for (const at of [1, 9, 17]) message.writeBigUInt64BE(kept, at);
  message.writeBigInt64BE(BigInt(Date.now() - EPOCH_MS) * 1000n, 25);
  message[33] = ask ? 1 : 0;
  return message;
}
