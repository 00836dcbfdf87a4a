// A part of a benchmark in a process of its own, asked over IPC: so that its CPU time is counted apart.
import { fork, type ChildProcess } from 'node:child_process';

interface Question {
  id: number;
  command: string;
  value: unknown;
}
type Reply = { id: number; value: unknown } | { id: number; error: string };

export interface Child {
  pid: number;
  ask<Result = void>(command: string, value?: unknown): Promise<Result>;
  /** User and system time so far, in milliseconds. */
  cpuMs(): Promise<number>;
  stop(): Promise<void>;
}

const STOP_MS = 10_000;

/** @param file compiled, calls `serveParent` */
export function startChild(file: string, nodeArgs: readonly string[] = []): Child {
  const child: ChildProcess = fork(file, [], { execArgv: ['--enable-source-maps', '--expose-gc', ...nodeArgs] });
  const waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  let last = 0;
  child.on('message', (reply: Reply) => {
    const asked = waiting.get(reply.id);
    waiting.delete(reply.id);
    if ('error' in reply) asked?.reject(new Error(reply.error));
    else asked?.resolve(reply.value as never);
  });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      for (const { reject } of waiting.values()) reject(new Error(`${file} ended (${signal ?? String(code)})`));
      resolve();
    });
  });
  const ask = <Result>(command: string, value?: unknown): Promise<Result> => new Promise((resolve, reject) => {
    last += 1;
    waiting.set(last, { resolve, reject });
    child.send({ id: last, command, value } satisfies Question, (error) => { if (error) reject(error); });
  });
  return {
    pid: child.pid ?? 0, ask, cpuMs: () => ask<number>('cpuMs'),
    stop: async () => {
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      // A child that has ended already has nothing to say.
      await ask('stop').catch(() => undefined);
      if (child.connected) child.disconnect();
      await exited;
      clearTimeout(timer);
    },
  };
}

/** Answers the parent until it lets go. */
export function serveParent(commands: Record<string, (value: never) => Promise<unknown>>): void {
  const all: typeof commands = {
    cpuMs: async () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1000;
    },
    ...commands,
  };
  process.on('message', ({ id, command, value }: Question) => {
    const run = all[command];
    const answer = run ? run(value as never) : Promise.reject(new Error(`No command ${command}`));
    answer.then((result) => process.send?.({ id, value: result }), (error: unknown) =>
      process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }));
  });
  process.on('disconnect', () => process.exit());
  // Ctrl-C reaches the whole group: the parent clears up.
  process.on('SIGINT', () => undefined);
}
