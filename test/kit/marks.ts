// A subgraph's stream as a subscriber sees it: without what the stream says of itself to its gateway.
import type { SubgraphResult, SubgraphStream } from '../../subgraphs/kernel/base/subgraph-port.js';

export function withoutMarks(opened: SubgraphStream | SubgraphResult): SubgraphStream | SubgraphResult {
  if (!(Symbol.asyncIterator in opened)) return opened;
  const stream: SubgraphStream = {
    [Symbol.asyncIterator]: () => stream,
    next: async () => {
      for (;;) {
        const step = await opened.next();
        if (step.done || step.value.data !== undefined || step.value.errors !== undefined) return step;
      }
    },
    return: async () => (await opened.return?.()) ?? { done: true, value: undefined },
  };
  return stream;
}
