// `npm run bench -- start|journey [--json]`: measures the product as a child process, on this machine, now.
import { join } from 'node:path';
import { DEFAULTS, benchJourney, journeyTable } from './journey.bench.js';
import { machine } from './machine.facts.js';
import { benchStart, startTable } from './start.bench.js';

const USAGE = `usage: bench start [--json]
       bench journey [--json] [--per-second=${DEFAULTS.perSecond}] [--messages=${DEFAULTS.messages}] [--contacts=${DEFAULTS.contacts}] [--node-arg=--cpu-prof]...`;

/** The compiled sources this program is part of. */
const code = join(import.meta.dirname, '../..');

class WrongUsage extends Error {}

function numberOf(flags: string[], name: string, fallback: number): number {
  const given = flags.find((flag) => flag.startsWith(`--${name}=`))?.split('=')[1];
  if (given === undefined) return fallback;
  if (!/^[1-9]\d{0,6}$/.test(given)) throw new WrongUsage(`--${name} is a number from 1 to 9999999, not "${given}".`);
  return Number(given);
}

async function main([name, ...flags]: string[]): Promise<void> {
  const wrong = flags.filter((flag) => !/^--(json|(per-second|messages|contacts|node-arg)=.+)$/.test(flag));
  if ((name !== 'start' && name !== 'journey') || wrong.length > 0) throw new WrongUsage(`Unknown: ${[name, ...wrong].join(' ')}`);
  const json = flags.includes('--json');
  // Progress goes beside the result, so that the result can be piped on.
  const say = (line: string): void => { process.stderr.write(`${line}\n`); };
  const print = (report: { machine: ReturnType<typeof machine> }, table: string[]): void => {
    const { cpu, cores, memoryGB, node, system, load } = report.machine;
    if (json) console.log(JSON.stringify(report, null, 2));
    else for (const line of [`${cores} cores (${cpu}), ${memoryGB} GB, ${system}, node ${node}, load ${load}`, ...table]) console.log(line);
  };
  if (name === 'start') {
    const report = await benchStart(code, say);
    print(report, startTable(report));
    return;
  }
  const report = await benchJourney(code, {
    ...DEFAULTS, perSecond: numberOf(flags, 'per-second', DEFAULTS.perSecond), messages: numberOf(flags, 'messages', DEFAULTS.messages),
    contacts: numberOf(flags, 'contacts', DEFAULTS.contacts), nodeArgs: flags.filter((flag) => flag.startsWith('--node-arg=')).map((flag) => flag.slice('--node-arg='.length)),
  }, say);
  print(report, journeyTable(report));
  if (report.lost + report.twice + report.outOfOrder + report.notOk > 0) process.exitCode = 1;
}

await main(process.argv.slice(2)).catch((error: unknown) => {
  const usage = error instanceof WrongUsage;
  console.error(usage ? `${error.message}\n${USAGE}` : error);
  process.exitCode = usage ? 2 : 1;
});
