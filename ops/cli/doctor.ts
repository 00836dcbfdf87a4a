// `npm run doctor`: what is well and what is not with the configured installation; `scan-tenant <id>`: what there is of a tenant; `recount`: counts anew what is counted wrong. Exit code 1 when something is not.
import { ConfigError, readConfig } from '../../subgraphs/kernel/base/config.js';
import { examine } from '../doctor.js';
import { recountCommand } from '../doctor.counters.js';
import { subgraphNames } from '../rover.file.js';
import { scanTenantCommand } from '../scan-tenant.js';

async function diagnose(): Promise<void> {
  const findings = await examine(undefined);
  for (const { verdict, text } of findings) process.stdout.write(`${verdict}  ${text.replaceAll('\n', '\n      ')}\n`);
  const failed = findings.filter(({ verdict }) => verdict === 'FAIL').length;
  process.stdout.write(failed > 0 ? `\n${failed} of ${findings.length} findings need somebody.\n` : '\nAll is well.\n');
  process.exitCode = failed > 0 ? 1 : 0;
}

async function scan(id: string | undefined): Promise<void> {
  const { lines, clean } = await scanTenantCommand(readConfig(undefined, subgraphNames()), id);
  for (const line of lines) process.stdout.write(`${line}\n`);
  process.exitCode = clean ? 0 : 1;
}

async function recount(): Promise<void> {
  for (const line of await recountCommand(readConfig(undefined, subgraphNames()))) process.stdout.write(`${line}\n`);
}

const [verb, id] = process.argv.slice(2);
(verb === 'scan-tenant' ? scan(id) : verb === 'recount' ? recount() : diagnose()).catch((error: unknown) => {
  const text = error instanceof ConfigError ? error.message : `The doctor failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  process.stderr.write(`${text}\n`);
  process.exitCode = 1;
});
