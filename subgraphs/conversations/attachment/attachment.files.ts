// Where the files of messages are. Each attempt has a name of its own, so that whoever wakes up late overwrites nothing.

export const MEDIA_ROOT = 'media';

/** Folders of a tenant, by the last digits of ids, which are random: none holds so many files that looking into it takes long. */
const SHARDS = Array.from({ length: 256 }, (_none, index) => index.toString(16).padStart(2, '0'));

export interface FileOwner {
  tenantId: string;
  id: string;
}

/** What the keys of all attempts begin with, or of one. */
export const filesOf = ({ tenantId, id }: FileOwner, attempt?: number): string => `${MEDIA_ROOT}/${tenantId}/${id.slice(-2)}/${id}.${attempt === undefined ? '' : `${attempt}.`}`;

export const fileKey = (owner: FileOwner, attempt: number): string => `${filesOf(owner, attempt)}bin`;

/** Prefixes under which all files of a tenant are. */
export const foldersOf = (tenantId: string): string[] => SHARDS.map((shard) => `${MEDIA_ROOT}/${tenantId}/${shard}/`);
