// Sends what waits for an endpoint: claimed in one transaction, called outside of any, recorded in another. webhook.crash.ts has the table of its steps.
import { systemActor } from '../../kernel/base/actor.js';
import type { CrashPoint } from '../../kernel/base/crash-points.js';
import type { WebhookSecrets } from '../../kernel/crypto/webhook-secrets.js';
import { tenantScope } from '../../kernel/data/scope.js';
import { runUnit, type UnitOfWork, type UnitOfWorkDeps } from '../../kernel/messaging/unit-of-work.js';
import type { UsageAlerts } from '../alert/alert.service.js';
import { call } from './webhook.call.js';
import { claim } from './webhook.claim.js';
import type { WebhookCrashPoint } from './webhook.crash.js';
import { webhookIdOf } from './webhook.loaders.js';
import { record } from './webhook.outcome.js';

/** Rounds of one job: then another endpoint has its turn, and this one is found again. */
const ROUNDS = 25;
/** Endpoints of one tenant that a process calls at the same time. */
const AT_ONCE = 3;

export interface SenderParts {
  unit: UnitOfWorkDeps;
  secrets: WebhookSecrets;
  alerts: UsageAlerts;
  toLoopback: boolean;
  crash: CrashPoint<WebhookCrashPoint>;
  timeoutMs?: number;
}

export class WebhookSender {
  readonly #running = new Map<string, number>();

  constructor(private readonly parts: SenderParts) {}

  /** @returns how many attempts were made */
  async send(tenantId: string, endpointId: string): Promise<number> {
    const running = this.#running.get(tenantId) ?? 0;
    // It is due in the table: the sweeper finds it, and another tenant has the worker meanwhile.
    if (running >= AT_ONCE) return 0;
    this.#running.set(tenantId, running + 1);
    try {
      let attempts = 0;
      for (let round = 0; round < ROUNDS; round += 1) {
        const made = await this.#round(tenantId, endpointId);
        attempts += made;
        if (made === 0) break;
      }
      return attempts;
    } finally {
      const left = (this.#running.get(tenantId) ?? 1) - 1;
      if (left > 0) this.#running.set(tenantId, left);
      else this.#running.delete(tenantId);
    }
  }

  async #round(tenantId: string, endpointId: string): Promise<number> {
    const { secrets, alerts, toLoopback, crash, timeoutMs } = this.parts;
    const claimed = await this.#unit(tenantId, endpointId, (unit) => claim(unit, tenantId, endpointId, secrets));
    if (!claimed) return 0;
    crash('webhook:claimed');
    await Promise.all(claimed.messages.map(async (message) => {
      const attemptedAt = this.parts.unit.clock.now();
      const called = await call({ url: claimed.url, secrets: claimed.secrets, webhookId: webhookIdOf(message.eventId), body: message.body, toLoopback }, timeoutMs);
      crash('webhook:answered');
      await this.#unit(tenantId, endpointId, (unit) => record(unit, alerts, { ...called, tenantId, endpointId, message, attemptedAt }));
      crash('webhook:recorded');
    }));
    return claimed.messages.length;
  }

  #unit<T>(tenantId: string, endpointId: string, work: (unit: UnitOfWork) => Promise<T>): Promise<T> {
    return runUnit(this.parts.unit, tenantScope(tenantId), { actor: systemActor(tenantId), correlationId: `webhook-${endpointId}` }, work);
  }
}
