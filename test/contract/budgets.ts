// How many statements each documented operation of commerce may send at most, `begin` and `commit` included: whatever the number of rows it shows, lines it has or tables there are.
// Payments ask a provider between two transactions: that is why they take more.
export const BUDGETS: Readonly<Record<string, number>> = {
  Availability: 4,
  CartCreate: 9,
  CartLineAdd: 15,
  Menu: 7,
  OrderList: 4,
  OrderPlace: 20,
  OrderTransition: 13,
  PaymentAccountCreate: 10,
  PaymentConfirm: 32,
  PaymentCreate: 29,
  PaymentRecord: 18,
  PaymentRefund: 40,
  ReservationConfirm: 12,
  ReservationHold: 13,
  StockAdjust: 11,
};
