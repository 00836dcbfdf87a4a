// `npm run prove -- crash|all [--small] [--json]`: proofs too long for the tests, each ending in what was counted.
import { killTable, proveCrash } from './crash.js';

const USAGE = 'usage: prove crash|all [--small] [--json]';

interface Count {
  passed: number;
  failed: number;
  details: unknown;
}

interface Options {
  small: boolean;
  say: (line: string) => void;
}

const proofs: Record<string, (options: Options) => Promise<Count>> = {
  crash: async ({ small, say }) => {
    const proof = await proveCrash(small, ({ name, faults, recoveredMs }) => say(`${faults.length === 0 ? 'ok  ' : 'FAIL'} ${name} (${recoveredMs} ms) ${faults.join('; ')}`));
    for (const line of killTable(proof)) say(line);
    const failed = proof.results.filter(({ faults }) => faults.length > 0).length + (proof.together.length > 0 ? 1 : 0);
    return { passed: proof.results.length + 1 - failed, failed, details: proof };
  },
};

async function main(args: string[]): Promise<number> {
  const [name, ...flags] = args;
  const wrong = flags.filter((flag) => flag !== '--small' && flag !== '--json');
  const chosen = name === 'all' ? Object.keys(proofs) : name !== undefined && name in proofs ? [name] : [];
  if (chosen.length === 0 || wrong.length > 0) {
    console.error(USAGE);
    return 2;
  }
  const json = flags.includes('--json');
  const options: Options = { small: flags.includes('--small'), say: json ? () => undefined : (line) => console.log(line) };
  const total = { passed: 0, failed: 0 };
  const details: Record<string, unknown> = {};
  for (const one of chosen) {
    const count = await proofs[one]?.(options).catch((error: Error): Count => {
      console.error(`${one}: ${error.stack ?? error.message}`);
      return { passed: 0, failed: 1, details: { error: error.message } };
    });
    total.passed += count?.passed ?? 0;
    total.failed += count?.failed ?? 0;
    details[one] = count?.details;
  }
  if (json) console.log(JSON.stringify({ ...total, skipped: 0, proofs: details }, null, 2));
  console.log(`${total.passed} passed, ${total.failed} failed, 0 skipped`);
  return total.failed === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
