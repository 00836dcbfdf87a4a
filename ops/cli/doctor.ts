// `npm run doctor`: what is well and what is not with the configured installation. Exit code 1 when something is not.
import { examine } from '../doctor.js';

examine(undefined).then((findings) => {
  for (const { verdict, text } of findings) process.stdout.write(`${verdict}  ${text.replaceAll('\n', '\n      ')}\n`);
  const failed = findings.filter(({ verdict }) => verdict === 'FAIL').length;
  process.stdout.write(failed > 0 ? `\n${failed} of ${findings.length} findings need somebody.\n` : '\nAll is well.\n');
  process.exitCode = failed > 0 ? 1 : 0;
}, (error: unknown) => {
  process.stderr.write(`The doctor failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
