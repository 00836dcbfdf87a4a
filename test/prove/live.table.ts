// The live proof as lines to print: what was done at each point, and what was lost, heard twice, out of order or by somebody else.
import { shown } from './faults.js';
import type { LiveProof, LiveRow } from './live.js';

export function liveTable({ seed, rows, followers, ends, messages, violations, withoutCursor, skipped }: LiveProof): string[] {
  const points = [...Map.groupBy(rows, ({ point }) => point)];
  const width = Math.max(...points.map(([name]) => name.length), 'point'.length);
  const line = (...[name, ...cells]: [string, ...string[]]): string => [name.padEnd(width), ...cells.map((cell) => cell.padStart(9))].join('  ');
  const sum = (some: readonly LiveRow[], of: Exclude<keyof LiveRow, 'point' | 'pids'>): string => String(some.reduce((total, row) => total + row[of], 0));
  const of = (name: string, some: readonly LiveRow[], last: string): string => line(
    name, sum(some, 'kills'), sum(some, 'cuts'), sum(some, 'reconnects'), sum(some, 'events'), sum(some, 'lost'), sum(some, 'twice'), sum(some, 'disorder'), sum(some, 'foreign'), last);
  return [
    line('point', 'kills', 'cuts', 'reconn.', 'events', 'lost', 'twice', 'disorder', 'foreign', 'recovered'),
    ...points.map(([name, some]) => of(name, some, `${(Math.max(...some.map(({ recoveredMs }) => recoveredMs)) / 1000).toFixed(1)} s`)),
    of('all', rows, ''),
    `connections ended: ${Object.entries(ends).toSorted(([, a], [, b]) => b - a).map(([how, count]) => `${count} ${how}`).join(', ')}`,
    ...shown(violations).map((sentence) => `  ${sentence}`),
    `without their cursor: ${withoutCursor.some((lost) => lost === 0) ? 'nothing was noticed' : `${withoutCursor.join(' and ')} events lost, as must be`}`,
    ...skipped.map((sentence) => `skipped ${sentence}`),
    `seed ${seed}: ${messages} messages to ${followers} subscribers, ${sum(rows, 'kills')} kills, ${sum(rows, 'reconnects')} reconnections, ${violations.length} violations`,
  ];
}
