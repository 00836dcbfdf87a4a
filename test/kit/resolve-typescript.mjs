// Lets Node resolve `./x.js` to `./x.ts` in the files jest itself loads (global set-up): its module mapper does not reach them.
import { existsSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

registerHooks({
  resolve(specifier, context, nextResolve) {
    const relative = /^\.{1,2}\/.*\.js$/.test(specifier) && context.parentURL?.endsWith('.ts');
    const source = relative ? new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL) : null;
    return nextResolve(source && existsSync(fileURLToPath(source)) ? fileURLToPath(source) : specifier, context);
  },
});
