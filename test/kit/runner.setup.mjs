// What the runner leaves out, so that one bad test cannot hang the run: time limits, and a guard against ending the worker.
import { isMainThread } from 'node:worker_threads';
import { addEventHandler } from 'jest-circus';

const DEFAULT_MS = 120_000;

/** Each test and hook has the limit it asked for, or the default. */
function limited(fn, ms) {
  return async function withinLimit() {
    let timer;
    const late = new Promise((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`took longer than ${ms} ms`)), ms);
    });
    try {
      return await Promise.race([fn.call(this), late]);
    } finally {
      clearTimeout(timer);
    }
  };
}

// The circus has made the test or hook when its handlers are told.
addEventHandler((event, state) => {
  const made = event.name === 'add_test' ? state.currentDescribeBlock.children.at(-1) : event.name === 'add_hook' ? state.currentDescribeBlock.hooks.at(-1) : undefined;
  if (made?.fn) made.fn = limited(made.fn, event.timeout ?? DEFAULT_MS);
});

// The run would wait for ever for the answer of a worker that has left.
if (!isMainThread) process.exit = (code) => { throw new Error(`a test called process.exit(${code ?? ''})`); };
