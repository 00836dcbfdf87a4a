// What was asked of a payment is asked of its provider, and what the provider knows is written down: never within one transaction, and never twice for one wish.
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { systemActor } from '../../kernel/base/actor.js';
import type { CrashPoint } from '../../kernel/base/crash-points.js';
import type { Database } from '../../kernel/data/database.js';
import { tenantScope } from '../../kernel/data/scope.js';
import { runUnit, type UnitOfWorkDeps } from '../../kernel/messaging/unit-of-work.js';
import type { PaymentAccess } from './account.access.js';
import { applyFacts, type AppliedFacts } from './payment.apply.js';
import type { PaymentCrashPoint } from './payment.crash.js';
import { holdPayment, PAYMENT_COLUMNS, type PaymentRow } from './payment.rows.js';
import { OutcomeUnclear, ProviderRefused, type IntentFacts, type PaymentProvider, type RefundFacts } from './provider.port.js';

/** Somebody else wrote down what they heard meanwhile: what was heard here may be older, and is asked again. Of so many at once, one comes through in each round. */
const ROUNDS = 40;
/** Times the round: those who meet again and again go apart. */
const PAUSE_MS = 10;
const LONGEST_SECONDS = 3_600;

export interface Settled {
  /** Why the provider refused what was asked for, as its code; null: it did not. */
  refused: string | null;
  /** It gave no clear answer: it will be asked again. */
  unclear: boolean;
  /** Of refunds that were refused: why. */
  refunds: ReadonlyMap<string, string>;
  clientSecret: string | null;
}

type Open = PaymentRow & { orderNumber: number | null };
interface WaitingRefund { id: string; minor: string }
interface Heard { facts: AppliedFacts; code: string | null; refused: Map<string, string>; clientSecret: string | null }

const NOTHING: Settled = { refused: null, unclear: false, refunds: new Map(), clientSecret: null };

export class PaymentSettlement {
  constructor(private readonly deps: { database: Database; unit: UnitOfWorkDeps; access: PaymentAccess; crash: CrashPoint<PaymentCrashPoint> }) {}

  /** Repeating it, and doing it several times at once, ends in the same. @throws when it stays unsettled because others keep changing it */
  async settle(tenantId: string, paymentId: string, correlationId: string): Promise<Settled> {
    for (let round = 0; round < ROUNDS; round += 1) {
      const seen = await this.#read(tenantId, paymentId);
      if (!seen) return NOTHING;
      const { payment, refunds, provider } = seen;
      this.deps.crash('payment:asking');
      const heard = await this.#ask(payment, refunds, provider).catch((error: unknown) => {
        if (error instanceof OutcomeUnclear) return error;
        throw error;
      });
      if (heard === null) return NOTHING;
      if (heard instanceof OutcomeUnclear) {
        await this.#later(tenantId, payment, correlationId);
        return { ...NOTHING, unclear: true };
      }
      this.deps.crash('payment:answered');
      const { facts, code, refused, clientSecret } = heard;
      const written = await this.#change(tenantId, correlationId, async (unit) => {
        const held = await holdPayment(unit, paymentId);
        if (held?.payment.version !== payment.version) return false;
        await applyFacts(unit, tenantId, held, facts, { refused, code });
        return true;
      });
      if (written) this.deps.crash('payment:settled');
      if (written) return { refused: code, unclear: false, refunds: refused, clientSecret };
      await sleep(Math.random() * PAUSE_MS * round);
    }
    throw new Error('A payment changes faster than its provider can be asked.');
  }

  async #read(tenantId: string, paymentId: string): Promise<{ payment: Open; refunds: WaitingRefund[]; provider: PaymentProvider } | null> {
    return this.deps.database.inScope(tenantScope(tenantId), async (tx) => {
      const db = tx.getKysely();
      const { rows: [payment] } = await sql<Open>`select ${PAYMENT_COLUMNS}, o.number as "orderNumber" from commerce.payment p
        left join commerce.sales_order o on o.tenant_id = p.tenant_id and o.id = p.order_id where p.id = ${paymentId}::uuid`.execute(db);
      const account = payment?.accountId && await this.deps.access.open(tx, tenantId, payment.accountId);
      if (!payment || !account) return null;
      const { rows: refunds } = await sql<WaitingRefund>`select id, minor from commerce.payment_refund where payment_id = ${paymentId}::uuid and state = 'PENDING' and external_id is null order by id`.execute(db);
      return { payment, refunds, provider: account.provider };
    }, { readOnly: true });
  }

  /** @returns null when there is nothing to ask @throws OutcomeUnclear */
  async #ask(payment: Open, waiting: readonly WaitingRefund[], provider: PaymentProvider): Promise<Heard | null> {
    const { externalId, currency, pending } = payment;
    if (externalId === null) {
      if (pending !== 'CREATE') return null;
      const made = await create(payment, provider);
      this.deps.crash('payment:acted');
      return made;
    }
    let code: string | null = null;
    if (pending !== null) {
      code = (await refusable(() => act(payment, externalId, provider))).code;
      this.deps.crash('payment:acted');
    }
    const { clientSecret, ...facts } = await provider.facts(externalId, currency);
    const [made, refused]: [RefundFacts[], Map<string, string>] = [[], new Map()];
    for (const { id: refundId, minor } of waiting) {
      // Looked for first: the provider forgets keys after a day, and refunds never.
      if (facts.refunds.some((refund) => refund.refundId === refundId)) continue;
      const { answer, code: why } = await refusable(() => provider.refund({ key: `refund-${refundId}`, refundId, externalId, minor: BigInt(minor), currency }));
      this.deps.crash('payment:refunded');
      if (answer) made.push(answer);
      if (why !== null) refused.set(refundId, why);
    }
    return { facts: { ...facts, refunds: [...facts.refunds, ...made] }, code: code === null ? null : facts.failureCode ?? code, refused, clientSecret };
  }

  /** Four times as long after each time. What was asked for stays asked for, by the same key. */
  async #later(tenantId: string, { id, version }: Open, correlationId: string): Promise<void> {
    await this.#change(tenantId, correlationId, (unit) => sql`update commerce.payment set attempts = attempts + 1,
        due_at = ${unit.now}::timestamptz + make_interval(secs => least(${LONGEST_SECONDS}, 5 * power(4, least(attempts, 10))))
      where id = ${id}::uuid and version = ${version}`.execute(unit.tx.getKysely()));
  }

  #change<T>(tenantId: string, correlationId: string, work: Parameters<typeof runUnit<T>>[3]): Promise<T> {
    return runUnit(this.deps.unit, tenantScope(tenantId), { actor: systemActor(tenantId), correlationId }, work);
  }
}

async function create(payment: Open, provider: PaymentProvider): Promise<Heard> {
  const { id, orderNumber, reservationId, amountMinor, currency, manualCapture } = payment;
  const { answer, code } = await refusable(() => provider.create({ key: `create-${id}`, paymentId: id, orderNumber, reservationId, amountMinor: BigInt(amountMinor), currency, manualCapture }));
  const none = { refunds: [], disputes: [] };
  if (!answer) return { facts: { externalId: null, state: 'CANCELED', capturedMinor: 0n, failureCode: code, ...none }, code, refused: new Map(), clientSecret: null };
  const { clientSecret, ...facts } = answer;
  return { facts: { ...facts, ...none }, code: null, refused: new Map(), clientSecret };
}

/** The key holds for one wish: another one has another version. */
async function act({ id, version, pending, pendingMinor, pendingMethod, amountMinor, currency }: Open, externalId: string, provider: PaymentProvider): Promise<IntentFacts> {
  const key = `${String(pending).toLowerCase()}-${id}-${version}`;
  if (pending === 'CONFIRM') return provider.confirm({ key, externalId, method: pendingMethod ?? '' });
  if (pending === 'CAPTURE') return provider.capture({ key, externalId, minor: BigInt(pendingMinor ?? amountMinor), currency });
  return provider.cancel({ key, externalId });
}

async function refusable<Answer>(call: () => Promise<Answer>): Promise<{ answer: Answer | null; code: string | null }> {
  try {
    return { answer: await call(), code: null };
  } catch (error) {
    if (error instanceof ProviderRefused) return { answer: null, code: error.code };
    throw error;
  }
}
