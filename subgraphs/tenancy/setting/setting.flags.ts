// The features a tenant can switch, as data. To add one is to add a line; who reads it decides what it does.
export interface FeatureFlag {
  name: string;
  description: string;
  /** Until the tenant says otherwise. */
  byDefault: boolean;
}

export const API_KEYS = 'api_keys';
export const LIVE_UPDATES = 'live_updates';

/** In the order in which they are shown. */
export const FEATURE_FLAGS: readonly FeatureFlag[] = [
  { name: API_KEYS, byDefault: true, description: 'Programs may call with API keys. Switched off, every key of the tenant is refused.' },
  { name: LIVE_UPDATES, byDefault: true, description: 'Subscriptions may be opened. Switched off, those that are open end.' },
  { name: 'customer_panel', byDefault: true, description: 'Frontends show a customer\'s orders beside the conversation.' },
  { name: 'beta_features', byDefault: false, description: 'Frontends offer features that are still being tried.' },
];

export const isFlag = (wanted: string): boolean => FEATURE_FLAGS.some(({ name }) => name === wanted);

/** Of every known flag, whether it is on. */
export const flagsOf = (chosen: Readonly<Record<string, boolean>>): (FeatureFlag & { enabled: boolean })[] =>
  FEATURE_FLAGS.map((flag) => ({ ...flag, enabled: chosen[flag.name] ?? flag.byDefault }));
