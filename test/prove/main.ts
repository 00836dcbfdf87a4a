// `npm run prove -- crash|exactly-once|live|faults|races|recovery|journeys|all [--small|--large] [--seed=N] [--only=word] [--json]`: proofs too long for the tests, each ending in what was counted.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { projectRoot } from '../../subgraphs/kernel/base/schema-files.js';
import { killTable, proveCrash } from './crash.js';
import { onceTable, proveExactlyOnce } from './exactly-once.js';
import { faultTable, proveFaults, shown } from './faults.js';
import { proveLive } from './live.js';
import { liveTable } from './live.table.js';
import { proveRaces, raceFailed } from './races.js';
import { SCALES, proveRecovery } from './recovery.js';
import { seeded } from './seeded.js';

const USAGE = 'usage: prove crash|exactly-once|live|faults|races|recovery|journeys|all [--small|--large] [--seed=N] [--only=word] [--json]';


interface Count {
  passed: number;
  failed: number;
  skipped: number;
  details: unknown;
}

interface Options {
  small: boolean;
  /** Of recovery: with so much data that it shows. */
  large: boolean;
  /** What chance decides is decided by it; absent: by chance. */
  seed: number | undefined;
  /** Only faults and kills whose name holds it; all when empty. */
  only: string;
  say: (line: string) => void;
}

const proofs: Record<string, (options: Options) => Promise<Count>> = {
  crash: async ({ small, only, say }) => {
    const proof = await proveCrash(small, ({ name, faults, recoveredMs }) => say(`${faults.length === 0 ? 'ok  ' : 'FAIL'} ${name} (${recoveredMs} ms) ${faults.join('; ')}`), only);
    for (const line of killTable(proof)) say(line);
    const failed = proof.results.filter(({ faults }) => faults.length > 0).length + (proof.together.length > 0 ? 1 : 0);
    return { passed: proof.results.length + 1 - failed, failed, skipped: 0, details: proof };
  },
  'exactly-once': async ({ small, seed, say }) => {
    const proof = await proveExactlyOnce({ small, ...(seed === undefined ? {} : { seed }), say, report: ({ run, faults }) => {
      say(`${faults.length === 0 ? 'ok  ' : 'FAIL'} ${run} ${shown(faults).join('; ')}`);
    } });
    for (const line of onceTable(proof)) say(line);
    const failed = proof.results.filter(({ faults }) => faults.length > 0).length + (proof.withoutIndex.length === 0 ? 1 : 0);
    return { passed: proof.results.length + 1 - failed, failed, skipped: proof.skipped.length, details: proof };
  },
  live: async ({ small, seed, only, say }) => {
    const proof = await proveLive({ small, only, say, ...(seed === undefined ? {} : { seed }) });
    for (const line of liveTable(proof)) say(line);
    const { rows, violations, withoutCursor, skipped } = proof;
    const broken = rows.filter(({ lost, twice, disorder, foreign }) => lost + twice + disorder + foreign > 0).length;
    // Beside what happened at each point: that nothing else went wrong, and that who forgets its cursor is noticed.
    const failed = broken + Number(violations.length > 0) + Number(withoutCursor.some((lost) => lost === 0));
    return { passed: rows.length + 2 - failed, failed, skipped: skipped.length, details: proof };
  },
  faults: async ({ small, seed, only, say }) => {
    const proof = await proveFaults({ small, only, ...(seed === undefined ? {} : { seed }), say, report: ({ name, violations, recoveredMs }) =>
      say(`${violations.length === 0 ? 'ok  ' : 'FAIL'} ${name} (${recoveredMs} ms) ${shown(violations).join('; ')}`) });
    for (const line of faultTable(proof)) say(line);
    const failed = proof.results.filter(({ violations }) => violations.length > 0).length;
    return { passed: proof.results.length - failed, failed, skipped: proof.skipped.length, details: proof };
  },
  races: async ({ small, seed = 1, only, say }) => {
    const results = await proveRaces({ small, only, seed, report: (result) => {
      const { name, attempts, won, concurrency, violations, withoutIt, kills, askedAgain } = result;
      say(`${raceFailed(result) ? 'FAIL' : 'ok  '} ${name}: ${attempts} attempts, ${won} won, ${concurrency} transactions at once, violations ${violations.length}, without its constraint ${withoutIt.length} ${shown(violations).join('; ')}`);
      if (kills) say(`     ${Object.values(kills).reduce((all, one) => all + one, 0)} kills, ${askedAgain} requests asked again: ${Object.entries(kills).map(([point, count]) => `${point} ${count}`).join(', ')}`);
    } });
    const failed = results.filter(raceFailed).length;
    return { passed: results.length - failed, failed, skipped: 0, details: results };
  },
  recovery: async ({ small, large, seed = Math.floor(Math.random() * 1e9), say }) => {
    say(`seed ${seed}`);
    const skipped: string[] = [];
    const results = await proveRecovery({
      scale: SCALES[small ? 'small' : large ? 'large' : 'usual'], random: seeded(seed), skip: (name) => { skipped.push(name); say(`skip ${name}`); },
      report: ({ name, violations, told }) => say(`${violations.length === 0 ? 'ok  ' : 'FAIL'} ${name}: ${told} ${shown(violations).join('; ')}`),
    });
    const failed = results.filter(({ violations }) => violations.length > 0).length;
    return { passed: results.length - failed, failed, skipped: skipped.length, details: { seed, results, skipped } };
  },
  journeys: async ({ say }) => {
    const { counts, said } = await runJourneys();
    for (const line of said.split('\n')) say(line);
    const { numPassedTests: passed, numFailedTests, numRuntimeErrorTestSuites, numPendingTests: skipped } = counts;
    return { passed, failed: numFailedTests + numRuntimeErrorTestSuites, skipped, details: counts };
  },
};

/** Of jest's report, what is read here. */
interface Counts {
  numPassedTests: number;
  numFailedTests: number;
  numRuntimeErrorTestSuites: number;
  numPendingTests: number;
}

/** The journeys that are proofs, through a browser too, as jest runs them, each on servers of its own. @throws when jest gives no report */
async function runJourneys(): Promise<{ counts: Counts; said: string }> {
  const child = spawn(process.execPath, ['--import', './test/kit/typescript.mjs', 'node_modules/jest/bin/jest.js', '--json', '--config', 'test/prove/jest.proofs.config.mjs'],
    { cwd: projectRoot, stdio: ['ignore', 'pipe', 'pipe'] });
  const [report, said]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => report.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
  await once(child, 'close');
  return { counts: JSON.parse(Buffer.concat(report).toString('utf8')) as Counts, said: Buffer.concat(said).toString('utf8').trimEnd() };
}

async function main(args: string[]): Promise<number> {
  const [name, ...flags] = args;
  const wrong = flags.filter((flag) => !/^--(small|large|json|seed=\d{1,9}|only=.+)$/.test(flag));
  const chosen = name === 'all' ? Object.keys(proofs) : name !== undefined && name in proofs ? [name] : [];
  if (chosen.length === 0 || wrong.length > 0) {
    console.error(USAGE);
    return 2;
  }
  const json = flags.includes('--json');
  const valueOf = (flag: string): string | undefined => flags.find((one) => one.startsWith(`--${flag}=`))?.slice(flag.length + 3);
  const seed = valueOf('seed');
  const options: Options = { small: flags.includes('--small'), large: flags.includes('--large'), seed: seed === undefined ? undefined : Number(seed), only: valueOf('only') ?? '', say: json ? () => undefined : (line) => console.log(line) };
  const total = { passed: 0, failed: 0, skipped: 0 };
  const details: Record<string, unknown> = {};
  for (const one of chosen) {
    const count = await proofs[one]?.(options).catch((error: Error): Count => {
      console.error(`${one}: ${error.stack ?? error.message}`);
      return { passed: 0, failed: 1, skipped: 0, details: { error: error.message } };
    });
    total.passed += count?.passed ?? 0;
    total.failed += count?.failed ?? 0;
    total.skipped += count?.skipped ?? 0;
    details[one] = count?.details;
  }
  if (json) console.log(JSON.stringify({ ...total, proofs: details }, null, 2));
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  return total.failed === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
