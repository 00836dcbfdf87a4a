// Why something is not done with a payment.
import { encodeId } from '../../kernel/base/ids.js';
import { ErrorCode, Refusal } from '../../kernel/base/errors.js';
import { moneyOf } from '../money/money.type.js';
import type { PaymentState } from './payment.states.js';

export const noOrder = (): Refusal => new Refusal('OrderNotFound', ErrorCode.NOT_FOUND, 'There is no such order in your tenant.', ['input', 'orderId']);
export const noPayment = (): Refusal => new Refusal('PaymentNotFound', ErrorCode.NOT_FOUND, 'There is no such payment in your tenant.', ['input', 'paymentId']);
export const accountDisabled = (): Refusal => new Refusal('PaymentAccountDisabled', ErrorCode.WRONG_STATE, 'The payment account is switched off.', ['input', 'paymentAccountId']);
export const paymentOpen = (id: string, field: readonly string[] = ['input', 'orderId']): Refusal =>
  new Refusal('PaymentOpen', ErrorCode.WRONG_STATE, 'Another payment of it is open: go on with that one, or cancel it first.', field, { paymentId: encodeId('pay', id) });
export const stateWrong = (state: PaymentState): Refusal => new Refusal('PaymentStateWrong', ErrorCode.WRONG_STATE, 'The payment is not in a state that allows this.', ['input', 'paymentId'], { state });
export const busy = (state: PaymentState): Refusal => new Refusal('PaymentStateWrong', ErrorCode.WRONG_STATE, 'Something else is being asked of the provider this moment: wait and look again.', ['input', 'paymentId'], { state });
export const notPayable = (status: string, due: bigint): Refusal =>
  new Refusal('OrderNotPayable', ErrorCode.WRONG_STATE, due <= 0n ? 'Nothing is due for this order.' : `The order is ${status.toLowerCase()}.`, ['input', 'orderId']);
export const tooMuch = (available: bigint, currency: string, field: readonly string[]): Refusal =>
  new Refusal('RefundTooLarge', ErrorCode.WRONG_STATE, 'More than was taken, or bought, would be given back.', field, { available: moneyOf(String(available), currency) });
export const refusedByProvider = (providerCode: string): Refusal => new Refusal('PaymentRefused', ErrorCode.WRONG_STATE, 'The provider refused it.', null, { providerCode });
