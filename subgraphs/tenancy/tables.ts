// The typed tables of this subgraph for Kysely.
import type { Tx } from '../kernel/data/database.js';
import { rows, type Tables } from '../kernel/data/kysely.js';
import type { UsageAlert } from './alert/alert.entity.js';
import type { Bot, BotInbox } from './bot/bot.entity.js';
import type { TenantExport } from './export/tenant-export.entity.js';
import type { TenantErasure } from './erasure/erasure.entity.js';
import type { Invoice, InvoiceLine } from './invoice/invoice.entity.js';
import type { TenantKeyRotation, TenantKeyRotationPart } from './key/key-rotation.entity.js';
import type { LimitDelivery, TenantPlan } from './plan/plan.entity.js';
import type { SettingChange, TenantSetting } from './setting/setting.entity.js';
import type { Tenant } from './tenant/tenant.entity.js';
import type { Usage } from './usage/usage.entity.js';
import type { WebhookAttempt, WebhookEndpoint, WebhookMessage } from './webhook/webhook.entity.js';
import type { MaintenanceWindow } from './window/window.entity.js';

export type TenancyTables = Tables<
  | typeof Tenant | typeof TenantPlan | typeof LimitDelivery | typeof Usage | typeof UsageAlert | typeof Invoice | typeof InvoiceLine | typeof Bot | typeof BotInbox
  | typeof TenantSetting | typeof SettingChange | typeof TenantKeyRotation | typeof TenantKeyRotationPart | typeof TenantErasure | typeof TenantExport | typeof MaintenanceWindow
  | typeof WebhookEndpoint | typeof WebhookMessage | typeof WebhookAttempt
>;
export const db = (tx: Tx) => rows<TenancyTables>(tx);
