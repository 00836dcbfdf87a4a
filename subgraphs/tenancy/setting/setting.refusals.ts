// The expected "no"s of changing settings.
import { ErrorCode, Refusal } from '../../kernel/base/errors.js';

export const settingsOutdated = (version: number): Refusal =>
  new Refusal('SettingsOutdated', ErrorCode.WRONG_STATE, 'The settings have changed since you looked at them.', ['input', 'expectedVersion'], { version });

export const ownAddressExcluded = (address: string | null, list: 'ipAllow' | 'ipDeny'): Refusal =>
  new Refusal('OwnAddressExcluded', ErrorCode.BAD_USER_INPUT, 'These lists would shut out the address you are calling from.', ['input', list], { address });

export const tenantNotOpen = (): Refusal => new Refusal('TenantNotOpen', ErrorCode.WRONG_STATE, 'This tenant is not set up yet: try again in a moment.');
