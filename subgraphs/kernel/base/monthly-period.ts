// Months counted from an anchor, in UTC: what is granted "a month" is granted anew at each of their beginnings.

export interface Period {
  startsAt: Date;
  endsAt: Date;
}

const startOf = (anchor: Date, month: number): Date => {
  const shifted = new Date(anchor);
  shifted.setUTCDate(1);
  shifted.setUTCMonth(anchor.getUTCMonth() + month);
  const days = new Date(Date.UTC(shifted.getUTCFullYear(), shifted.getUTCMonth() + 1, 0)).getUTCDate();
  // Counted from the anchor and not from the month before: after a February it is the 31st again.
  shifted.setUTCDate(Math.min(anchor.getUTCDate(), days));
  return shifted;
};

/** The month of `anchor` that `now` lies in: from its start, inclusive, to its end. A month without the anchor's day begins on its last. */
export function monthlyPeriod(anchor: Date, now: Date): Period {
  let month = (now.getUTCFullYear() - anchor.getUTCFullYear()) * 12 + now.getUTCMonth() - anchor.getUTCMonth();
  if (startOf(anchor, month) > now) month -= 1;
  return { startsAt: startOf(anchor, month), endsAt: startOf(anchor, month + 1) };
}
