// Who was erased, kept beside the backups: what is restored knows them still, and must forget them before it opens.
import type { ClientBase } from 'pg';
import type { Repository } from './repository.js';

export interface ErasedTenant {
  tenantId: string;
  startedAt: string;
}

const PREFIX = 'erased/';
const UNDEFINED_TABLE = '42P01';

/** Notes those that are not noted yet. @param client reads tenancy's table @returns how many were new */
export async function noteErased(repository: Repository, client: ClientBase): Promise<number> {
  const { rows } = await client.query<{ id: string; startedAt: Date }>(`select id, started_at as "startedAt" from tenancy.tenant_erasure`).catch((error: { code?: string }) => {
    // Before the first migration there is nobody.
    if (error.code === UNDEFINED_TABLE) return { rows: [] };
    throw error;
  });
  if (rows.length === 0) return 0;
  const known = new Set<string>();
  for await (const { key } of repository.storage.list(PREFIX)) known.add(key);
  let noted = 0;
  for (const { id, startedAt } of rows) {
    const path = `${PREFIX}${id}.json`;
    if (known.has(path)) continue;
    await repository.putSigned(path, JSON.stringify({ tenantId: id, startedAt: startedAt.toISOString() } satisfies ErasedTenant));
    noted += 1;
  }
  return noted;
}

/** Everybody that was ever erased. @throws DamagedObject */
export async function readErased(repository: Repository): Promise<ErasedTenant[]> {
  const erased: ErasedTenant[] = [];
  for await (const { key } of repository.storage.list(PREFIX)) {
    const text = await repository.getSigned(key);
    if (text !== null) erased.push(JSON.parse(text) as ErasedTenant);
  }
  return erased;
}

/** @throws DamagedObject */
export const isNotedErased = async (repository: Repository, tenantId: string): Promise<boolean> => await repository.getSigned(`${PREFIX}${tenantId}.json`) !== null;
