// Bounds a wait: whoever calls out of the gateway says how long it may take.

export class DeadlineExceeded extends Error {
  override readonly name = 'DeadlineExceeded';
}

/** The outcome of `work`, or `DeadlineExceeded` after `milliseconds`; what `work` does later is ignored. */
export async function withDeadline<T>(work: Promise<T>, milliseconds: number, what: string): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new DeadlineExceeded(`${what} took longer than ${milliseconds} ms`)), milliseconds);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
