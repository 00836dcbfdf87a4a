// What may become of a reservation, and from what.
export const RESERVATION_STATUSES = ['HELD', 'PENDING', 'CONFIRMED', 'ARRIVED', 'SEATED', 'COMPLETED', 'CANCELED', 'DECLINED', 'NO_SHOW', 'EXPIRED'] as const;
export type ReservationStatus = (typeof RESERVATION_STATUSES)[number];

export const allowedTransitions: Readonly<Record<ReservationStatus, readonly ReservationStatus[]>> = {
  HELD: ['PENDING', 'CONFIRMED', 'CANCELED', 'EXPIRED'],
  PENDING: ['CONFIRMED', 'DECLINED', 'CANCELED'],
  CONFIRMED: ['ARRIVED', 'CANCELED', 'NO_SHOW'],
  ARRIVED: ['SEATED', 'CANCELED'],
  SEATED: ['COMPLETED'],
  COMPLETED: [], CANCELED: [], DECLINED: [], NO_SHOW: [], EXPIRED: [],
};

/** Those whose table is nobody else's: as the constraint `reservation_table_alone` has it. */
export const TAKING: readonly ReservationStatus[] = ['HELD', 'PENDING', 'CONFIRMED', 'ARRIVED', 'SEATED'];

/** Those that a deposit which came too late may bring back, if the same tables are still free: the one way out of an end. */
export const REVIVED_BY_DEPOSIT: readonly ReservationStatus[] = ['EXPIRED'];

/** Those that may still be put at another time. */
export const MOVABLE: readonly ReservationStatus[] = ['PENDING', 'CONFIRMED'];
