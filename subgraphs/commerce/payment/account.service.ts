// Accounts of a tenant at providers of payments: made, renamed, switched off and on, given new secrets, listed.
import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { ErrorCode, invalidInput, Refusal } from '../../kernel/base/errors.js';
import { isUuid, newId } from '../../kernel/base/ids.js';
import { countAlone } from '../../kernel/data/scarce.js';
import { decodeCursor, encodeCursor, pageOf, pageSize, type Page } from '../../kernel/graphql/connections.js';
import type { MutationAudit, OperationContext } from '../../kernel/graphql/context.js';
import { defineLoader } from '../../kernel/graphql/loaders.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { lineOf } from '../given.js';
import type { PaymentAccess } from './account.access.js';
import type { PaymentAccountCreateInput, PaymentAccountSecretsRotateInput, PaymentAccountUpdateInput } from './account.inputs.js';

const MOST_OF_TENANT = 10;
const MOST_HOURS = 168;
const HOUR_MS = 3_600_000;
export const ACCOUNT = ['input', 'paymentAccountId'];

export interface AccountRow {
  id: string;
  provider: 'STRIPE';
  name: string;
  key: string;
  publishableKey: string | null;
  state: 'ACTIVE' | 'DISABLED';
  secretOverlapUntil: Date | null;
  createdAt: Date;
}

const COLUMNS = sql.raw('id, provider, name, key, publishable_key as "publishableKey", state, secret_overlap_until as "secretOverlapUntil", created_at as "createdAt"');

export const noAccount = (field: readonly string[] = ACCOUNT): Refusal => new Refusal('PaymentAccountNotFound', ErrorCode.NOT_FOUND, 'There is no such payment account in your tenant.', field);

export const accountById = defineLoader<OperationContext, string, AccountRow>({
  name: 'payment.account', keyOf: (id) => id,
  batch: async (context, ids) => new Map((await sql<AccountRow>`select ${COLUMNS} from commerce.payment_account where id = any (${[...ids]}::uuid[])`
    .execute((await context.read()).getKysely())).rows.map((row) => [row.id, row])),
});

export class PaymentAccountService {
  constructor(private readonly access: PaymentAccess) {}

  /** Newest first. @throws BAD_USER_INPUT */
  async page(context: OperationContext, first?: number | null, after?: string | null): Promise<Page<AccountRow>> {
    const size = pageSize(first);
    const beyond = decodeCursor(after, [(value) => typeof value === 'string' && isUuid(value)])?.[0];
    const { rows } = await sql<AccountRow>`select ${COLUMNS} from commerce.payment_account where tenant_id = ${context.tenantId}::uuid ${beyond === undefined ? sql`` : sql`and id < ${beyond}::uuid`}
      order by id desc limit ${size + 1}`.execute((await context.read()).getKysely());
    return pageOf(rows, size, after, ({ id }) => encodeCursor([id]));
  }

  /** @throws Refusal InputInvalid, PaymentAccountLimitReached */
  create(context: OperationContext, input: PaymentAccountCreateInput): Promise<string> {
    const { tenantId } = context;
    const [name, publishableKey] = [lineOf(input.name, ['input', 'name'], 100), input.publishableKey ?? null];
    const secrets = { secretKey: secretKeyOf(input.secretKey), webhookSecret: typeof input.webhookSecret === 'string' ? webhookSecretOf(input.webhookSecret) : null };
    if (publishableKey !== null && !/^pk_(test|live)_[A-Za-z0-9]{8,250}$/.test(publishableKey)) throw invalidInput('A publishable key of Stripe begins with pk_test_ or pk_live_.', ['input', 'publishableKey']);
    return context.mutate(async (unit, audit) => {
      const id = newId();
      audit.draft = { ...audit.draft, resource: { type: 'PaymentAccount', id }, after: { name, provider: 'STRIPE', webhookSigned: secrets.webhookSecret !== null } };
      await countAlone(unit.tx, 'payment-account', tenantId);
      const { rows } = await sql`select from commerce.payment_account where tenant_id = ${tenantId}::uuid limit ${MOST_OF_TENANT}`.execute(unit.tx.getKysely());
      if (rows.length >= MOST_OF_TENANT) throw new Refusal('PaymentAccountLimitReached', ErrorCode.LIMIT_REACHED, `There may be ${MOST_OF_TENANT} at the most.`, null);
      await sql`insert into commerce.payment_account (tenant_id, id, provider, name, key, publishable_key, secrets, state, created_at)
        values (${tenantId}::uuid, ${id}::uuid, 'STRIPE', ${name}, ${newKey()}, ${publishableKey}, ${await this.access.seal(unit.tx, tenantId, id, secrets)}, 'ACTIVE', ${unit.now})`.execute(unit.tx.getKysely());
      return id;
    });
  }

  /** Repeating it changes nothing. @throws Refusal InputInvalid, PaymentAccountNotFound */
  update(context: OperationContext, id: string, input: PaymentAccountUpdateInput): Promise<void> {
    const name = typeof input.name === 'string' ? lineOf(input.name, ['input', 'name'], 100) : null;
    const state = typeof input.disabled === 'boolean' ? (input.disabled ? 'DISABLED' : 'ACTIVE') : null;
    return context.mutate(async (unit, audit) => {
      const held = await hold(unit, audit, id);
      const after = { name: name ?? held.name, state: state ?? held.state };
      await sql`update commerce.payment_account set name = ${after.name}, state = ${after.state} where id = ${id}::uuid`.execute(unit.tx.getKysely());
      audit.draft = { ...audit.draft, before: { name: held.name, state: held.state }, after };
    });
  }

  /** Of what signs webhooks both are taken until the overlap ends. @throws Refusal InputInvalid, PaymentAccountNotFound */
  rotate(context: OperationContext, id: string, { secretKey, webhookSecret, overlapHours }: PaymentAccountSecretsRotateInput): Promise<void> {
    const { tenantId } = context;
    if (overlapHours < 0 || overlapHours > MOST_HOURS) throw invalidInput(`The overlap is 0 to ${MOST_HOURS} hours.`, ['input', 'overlapHours']);
    const given = {
      ...(typeof secretKey === 'string' ? { secretKey: secretKeyOf(secretKey) } : {}), ...(typeof webhookSecret === 'string' ? { webhookSecret: webhookSecretOf(webhookSecret) } : {}),
    };
    const rotated = Object.keys(given).sort();
    if (rotated.length === 0) throw invalidInput('Give a new secret key, a new webhook secret, or both.', ['input']);
    return context.mutate(async (unit, audit) => {
      await hold(unit, audit, id);
      const present = await this.access.secrets(unit.tx, tenantId, id);
      if (!present) throw noAccount();
      const overlaps = given.webhookSecret !== undefined && present.webhookSecret !== null && overlapHours > 0;
      const { previousWebhookSecret: former, ...kept } = present;
      const previous = overlaps ? present.webhookSecret ?? undefined : given.webhookSecret === undefined ? former : undefined;
      const sealed = await this.access.seal(unit.tx, tenantId, id, { ...kept, ...given, ...(previous === undefined ? {} : { previousWebhookSecret: previous }) });
      const until = overlaps ? new Date(unit.now.getTime() + overlapHours * HOUR_MS) : null;
      await sql`update commerce.payment_account set secrets = ${sealed}, secret_overlap_until = case when ${given.webhookSecret === undefined} then secret_overlap_until else ${until}::timestamptz end
        where id = ${id}::uuid`.execute(unit.tx.getKysely());
      audit.draft = { ...audit.draft, after: { rotated, overlapUntil: until } };
    });
  }
}

/** In the address of its webhooks: nobody guesses it, and whoever knows it has proved nothing. */
const newKey = (): string => BigInt(`0x${randomBytes(17).toString('hex')}`).toString(36).padStart(27, '0').slice(-26);

/** @throws Refusal PaymentAccountNotFound */
async function hold({ tx }: UnitOfWork, audit: MutationAudit, id: string): Promise<{ name: string; state: string }> {
  audit.draft = { ...audit.draft, resource: { type: 'PaymentAccount', id } };
  const { rows: [held] } = await sql<{ name: string; state: string }>`select name, state from commerce.payment_account where id = ${id}::uuid for update`.execute(tx.getKysely());
  if (!held) throw noAccount();
  return held;
}

/** @throws Refusal InputInvalid */
function secretKeyOf(text: string): string {
  if (!/^(sk|rk)_(test|live)_[A-Za-z0-9]{8,250}$/.test(text)) throw invalidInput('A secret key of Stripe begins with sk_test_, sk_live_, rk_test_ or rk_live_.', ['input', 'secretKey']);
  return text;
}

/** @throws Refusal InputInvalid */
function webhookSecretOf(text: string): string {
  if (!/^whsec_[A-Za-z0-9+/=_-]{8,250}$/.test(text)) throw invalidInput('The signing secret of a webhook endpoint of Stripe begins with whsec_.', ['input', 'webhookSecret']);
  return text;
}
