// Which part of the product a process is, as `--role` says it.
import { ConfigError } from '../../subgraphs/kernel/base/config.js';
import { processedJobs } from '../../workers/registry.js';
import { subgraphNames } from '../rover.file.js';

export type Role =
  | { kind: 'all' }
  | { kind: 'gateway' }
  | { kind: 'migrate' }
  | { kind: 'demo' }
  | { kind: 'subgraph'; name: string }
  /** `jobs`: the names this process runs; null: every job, and the relays, sweeper and collector. */
  | { kind: 'workers'; jobs: string[] | null };

const subgraphs = subgraphNames();
const SENTENCE = `--role is all, gateway, migrate, demo, subgraph:<${subgraphs.join('|')}> or workers[:<job>,…]`;

/** @param args the command line after the program. @throws ConfigError in one sentence */
export function readRole(args: readonly string[]): Role {
  const given = args.flatMap((arg, index) => (arg === '--role' ? [args[index + 1] ?? ''] : arg.startsWith('--role=') ? [arg.slice('--role='.length)] : []));
  const unknown = args.filter((arg, index) => !arg.startsWith('--role') && args[index - 1] !== '--role');
  if (unknown.length > 0) throw new ConfigError(`Unknown argument ${unknown[0]}: ${SENTENCE}.`);
  if (given.length > 1) throw new ConfigError(`--role is given ${given.length} times: ${SENTENCE}.`);
  const [kind, rest] = split(given[0] ?? 'all');
  if ((kind === 'all' || kind === 'gateway' || kind === 'migrate' || kind === 'demo') && rest === null) return { kind };
  if (kind === 'subgraph' && rest !== null && subgraphs.includes(rest)) return { kind, name: rest };
  if (kind === 'workers') return { kind, jobs: rest === null ? null : jobsOf(rest) };
  throw new ConfigError(`Unknown role "${given[0] ?? ''}": ${SENTENCE}.`);
}

function split(text: string): [string, string | null] {
  const at = text.indexOf(':');
  return at < 0 ? [text, null] : [text.slice(0, at), text.slice(at + 1)];
}

function jobsOf(list: string): string[] {
  const known = processedJobs.map((job) => job.name);
  const jobs = list.split(',');
  const unknown = jobs.find((job) => !known.includes(job));
  if (unknown !== undefined) throw new ConfigError(`Unknown job "${unknown}" in --role: there are ${known.join(', ')}.`);
  return jobs;
}
