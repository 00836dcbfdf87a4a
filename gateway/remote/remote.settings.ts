// Tenancy in another process, as the gateway asks it what tenants have set.
import { z } from 'zod';
import { announcedWindowSchema, settingsInForceSchema, type AnnouncedWindow, type SettingsChanges, type SettingsInForce, type SettingsPort } from '../../subgraphs/kernel/base/settings-port.js';
import { RemoteAnswers } from './remote.answers.js';

const originSchema = z.object({ known: z.boolean() });
const windowsSchema = z.object({ windows: z.array(announcedWindowSchema) });
const changesSchema = z.object({ cursor: z.string(), changes: z.array(z.object({ tenant: z.string() })).nullable() });

export class RemoteSettings extends RemoteAnswers implements SettingsPort {
  /** @throws SubgraphUnavailable when tenancy cannot be reached or is late */
  settings(tenant: string): Promise<SettingsInForce> {
    return this.ask(`/internal/settings/of/${encodeURIComponent(tenant)}`, settingsInForceSchema);
  }

  /** @throws SubgraphUnavailable when tenancy cannot be reached or is late */
  async knowsOrigin(origin: string): Promise<boolean> {
    return (await this.ask(`/internal/settings/origin?is=${encodeURIComponent(origin)}`, originSchema)).known;
  }

  /** @throws SubgraphUnavailable when tenancy cannot be reached or is late */
  async announced(): Promise<AnnouncedWindow[]> {
    return (await this.ask('/internal/settings/windows', windowsSchema)).windows;
  }

  /** @throws SubgraphUnavailable when tenancy cannot be reached or is late */
  changes(cursor: string | null): Promise<SettingsChanges> {
    return this.ask(`/internal/settings/changes${cursor === null ? '' : `?since=${encodeURIComponent(cursor)}`}`, changesSchema);
  }
}
