// What second factors an account has, and what its tenants demand: read as its person, whoever asks.
import { sql } from 'kysely';
import type { FieldAddress } from '../../kernel/crypto/envelope.js';
import type { Tx } from '../../kernel/data/database.js';
import { tenantScope, type Scope } from '../../kernel/data/scope.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import { PLATFORM_TENANT_ID, inHome } from '../platform.js';
import { db } from '../tables.js';
import type { CodeMethod, FactorState } from './mfa.entity.js';

export interface Standing {
  enabled: boolean;
  /** What a code can be given of; empty without a second factor. */
  methods: CodeMethod[];
  /** Homes of the account that demand a second factor. */
  demandedBy: string[];
}

export interface OpenedFactor {
  id: string;
  secret: Buffer;
  lastUsedStep: number;
  createdAt: Date;
}

/** The person's rows, and the platform's key for what is sealed in them. */
const asPerson = (userId: string): Scope => tenantScope(PLATFORM_TENANT_ID, userId);
const addressOf = (id: string): FieldAddress => ({ tenantId: PLATFORM_TENANT_ID, table: 'mfa_factor', column: 'secret', row: id });

/** Whether a second factor is in use, inside a change that holds the account and sees the person's rows. */
export async function hasFactor(tx: Tx, userId: string): Promise<boolean> {
  const factor = await db(tx).selectFrom('MfaFactor').select('id').where('userId', '=', userId).where('state', '=', 'ACTIVE').executeTakeFirst();
  return factor !== undefined;
}

export class MfaFactors {
  constructor(private readonly deps: SubgraphDeps) {}

  async standing(userId: string): Promise<Standing> {
    const { rows: [found] } = await this.deps.database.inScope(asPerson(userId), (tx) =>
      sql<{ enabled: boolean; codes: boolean; demandedBy: string[] }>`
        select exists (select from identity.mfa_factor where user_id = ${userId}::uuid and state = 'ACTIVE') as enabled,
          exists (select from identity.mfa_backup_code where user_id = ${userId}::uuid and used_at is null) as codes,
          array(select tenant_id::text from identity.mfa_demanded_by(${userId}::uuid)) as "demandedBy"`.execute(tx.getKysely()),
    { readOnly: true });
    const { enabled = false, codes = false, demandedBy = [] } = found ?? {};
    return { enabled, methods: enabled ? ['TOTP', ...(codes ? ['BACKUP_CODE' as const] : [])] : [], demandedBy };
  }

  /** The secret of the person's authenticator in this state; null when there is none. */
  opened(userId: string, state: FactorState): Promise<OpenedFactor | null> {
    return this.deps.database.inScope(asPerson(userId), async (tx) => {
      const factor = await db(tx).selectFrom('MfaFactor').select(['id', 'secret', 'lastUsedStep', 'createdAt'])
        .where('userId', '=', userId).where('kind', '=', 'TOTP').where('state', '=', state).executeTakeFirst();
      if (!factor) return null;
      const secret = Buffer.from(await this.deps.envelope.open(tx, addressOf(factor.id), Buffer.from(factor.secret)), 'base64');
      return { ...factor, secret };
    }, { readOnly: true });
  }

  /** Whether a backup code of the person has this hash and was not used. */
  knowsBackupCode(userId: string, hash: string): Promise<boolean> {
    return this.deps.database.inScope(asPerson(userId), async (tx) => {
      const found = await db(tx).selectFrom('MfaBackupCode').select('hash')
        .where('userId', '=', userId).where('hash', '=', hash).where('usedAt', 'is', null).executeTakeFirst();
      return found !== undefined;
    }, { readOnly: true });
  }

  /** Seals a secret for the set-up `id`, inside the change that stores it. */
  sealed(tx: Tx, userId: string, id: string, secret: Buffer): Promise<Buffer> {
    return inHome(tx, PLATFORM_TENANT_ID, userId, () => this.deps.envelope.seal(tx, addressOf(id), secret.toString('base64')));
  }
}
