// The services of tenancy, wired by hand.
import { crashAt } from '../kernel/base/crash-points.js';
import type { SubgraphDeps } from '../kernel/graphql/boot.js';
import { openStorage } from '../kernel/storage/storage.open.js';
import { UsageAlerts } from './alert/alert.service.js';
import { BotAnnouncement } from './bot/bot.announcement.js';
import { BotService } from './bot/bot.service.js';
import { ErasureService } from './erasure/erasure.service.js';
import { TenantExportDownload } from './export/tenant-export.download.js';
import { TenantExportRun } from './export/tenant-export.run.js';
import { TenantExportService } from './export/tenant-export.service.js';
import { InvoiceService } from './invoice/invoice.service.js';
import { KeyRotationService } from './key/key-rotation.service.js';
import { LifeAnnouncement } from './life/life.announcement.js';
import { LifeService } from './life/life.service.js';
import { PlanChange } from './plan/plan.change.js';
import { PlanService } from './plan/plan.service.js';
import { PlanSettlement } from './plan/plan.settle.js';
import { tenancyQuotas } from './plan/tenant-quota.js';
import { RetentionService } from './retention/retention.service.js';
import { SettingsInForceService } from './setting/setting.force.js';
import { SettingService } from './setting/setting.service.js';
import { TenantService } from './tenant/tenant.service.js';
import { UsageService } from './usage/usage.service.js';
import { tenancyWebhooks, type TenancyWebhooks } from './webhook/webhook.services.js';
import { WindowService } from './window/window.service.js';

export interface TenancyServices {
  tenants: TenantService;
  plans: PlanService;
  planChange: PlanChange;
  invoices: InvoiceService;
  usage: UsageService;
  alerts: UsageAlerts;
  bots: BotService;
  botAnnouncement: BotAnnouncement;
  settings: SettingService;
  settingsInForce: SettingsInForceService;
  keyRotations: KeyRotationService;
  life: LifeService;
  announcement: LifeAnnouncement;
  erasure: ErasureService;
  tenantExports: TenantExportService;
  tenantExportRun: TenantExportRun;
  tenantExportDownload: TenantExportDownload;
  windows: WindowService;
  retention: RetentionService;
  webhooks: TenancyWebhooks;
  deps: SubgraphDeps;
}

export function tenancyServices(deps: SubgraphDeps): TenancyServices {
  const files = openStorage(deps.config);
  const quotas = tenancyQuotas();
  const plans = new PlanService(deps.unit, quotas);
  const alerts = new UsageAlerts(deps.unit, plans);
  const usage = new UsageService({ unit: deps.unit, logger: deps.logger, plans, alerts, quotas });
  const invoices = new InvoiceService();
  return {
    tenants: new TenantService(deps, plans), plans, planChange: new PlanChange(plans, invoices, new PlanSettlement({ unit: deps.unit, plans, invoices, alerts })), invoices, usage, alerts, bots: new BotService(quotas, usage),
    botAnnouncement: new BotAnnouncement(deps.unit),
    settings: new SettingService(quotas, deps.config.auditRetentionMonths), settingsInForce: new SettingsInForceService(deps), keyRotations: new KeyRotationService(deps.unit),
    life: new LifeService(deps), announcement: new LifeAnnouncement(deps), erasure: new ErasureService(deps), windows: new WindowService(), retention: new RetentionService(deps.unit),
    webhooks: tenancyWebhooks(deps, alerts), deps,
    tenantExports: new TenantExportService(deps, files), tenantExportRun: new TenantExportRun(deps, files, crashAt(deps.config.crashAt)), tenantExportDownload: new TenantExportDownload(deps, files),
  };
}
