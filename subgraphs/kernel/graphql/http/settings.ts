// What tenants have set, whose settings have changed since, and whose pages may call.
import type { Exchange } from '../../base/http.exchange.js';
import { isUuid } from '../../base/ids.js';
import type { SettingsPort } from '../../base/settings-port.js';

export const SETTINGS_PATH = '/internal/settings/';

/** @returns null when there is nothing at the path */
export function askSettings(port: SettingsPort, { path, search }: Exchange): Promise<unknown> | null {
  const query = new URLSearchParams(search);
  if (path === `${SETTINGS_PATH}changes`) return port.changes(query.get('since'));
  if (path === `${SETTINGS_PATH}origin`) return port.knowsOrigin(query.get('is') ?? '').then((known) => ({ known }));
  if (path === `${SETTINGS_PATH}windows`) return port.announced().then((windows) => ({ windows }));
  const tenant = path.slice(`${SETTINGS_PATH}of/`.length);
  return path === `${SETTINGS_PATH}of/${tenant}` && isUuid(tenant) ? port.settings(tenant) : null;
}
