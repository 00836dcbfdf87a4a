// How benchmarks put load on a listener: one request over kept-alive connections, at a fixed rate or by a fixed number of askers.
import { request, type Agent, type OutgoingHttpHeaders } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Answer {
  status: number;
  body: string;
}

/** When one request was due, sent and answered, on the clock of `performance.now()`. */
export interface Shot {
  dueAt: number;
  sentAt: number;
  answeredAt: number | null;
  /** 0 while unanswered. */
  status: number;
}

export const unsent = (): Shot => ({ dueAt: 0, sentAt: 0, answeredAt: null, status: 0 });

/** The whole answer; null when the connection was lost. */
export function post(url: string, agent: Agent, body: string, headers: OutgoingHttpHeaders = {}): Promise<Answer | null> {
  return new Promise((resolve) => {
    const call = request(url, {
      method: 'POST', agent, headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers },
    }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', () => resolve(null));
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }));
    });
    // Whoever counts takes it for unanswered.
    call.once('error', () => resolve(null));
    call.end(body);
  });
}

/** Open loop: each is sent when it is due, whether or not those before it were answered. Resolves when all were. */
export async function openLoop<One extends Shot>(all: readonly One[], perSecond: number, send: (one: One) => Promise<Answer | null>): Promise<void> {
  const begun = performance.now() + 100;
  const answers: Promise<void>[] = [];
  for (const [index, one] of all.entries()) {
    one.dueAt = begun + index * (1000 / perSecond);
    const wait = one.dueAt - performance.now();
    if (wait > 0) await sleep(wait);
    // However late it is: answers must be heard meanwhile.
    else if (index % 16 === 0) await sleep(0);
    one.sentAt = performance.now();
    answers.push(send(one).then((answer) => {
      if (!answer) return;
      one.answeredAt = performance.now();
      one.status = answer.status;
    }));
  }
  await Promise.all(answers);
}

/** Closed loop: `askers` ask one after the other until `count` are answered. @returns how long each took, in milliseconds */
export async function closedLoop(count: number, askers: number, ask: (index: number) => Promise<void>): Promise<number[]> {
  const took: number[] = [];
  let next = 0;
  await Promise.all(Array.from({ length: askers }, async () => {
    while (next < count) {
      const index = next;
      next += 1;
      const begun = performance.now();
      await ask(index);
      took.push(performance.now() - begun);
    }
  }));
  return took;
}

/** Looks every few milliseconds, as long as `progress` moves at least every `patienceMs`. @returns whether `done` came true */
export async function whileMoving(done: () => boolean, progress: () => number, patienceMs: number): Promise<boolean> {
  let last = progress();
  let until = performance.now() + patienceMs;
  while (!done()) {
    if (performance.now() > until) return false;
    await sleep(20);
    const now = progress();
    if (now !== last) until = performance.now() + patienceMs;
    last = now;
  }
  return true;
}
