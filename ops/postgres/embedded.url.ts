// Where the embedded server is, for commands that run beside the product.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { superuserUrl } from './postmaster.js';

/** The administrator's login of the embedded server, while it runs; else null. */
export async function embeddedUrl(dataDir: string): Promise<string | null> {
  try {
    const [pid, , , port] = (await readFile(join(dataDir, 'postgres', 'cluster', 'postmaster.pid'), 'utf8')).split('\n').map(Number);
    process.kill(pid ?? 0, 0);
    return superuserUrl(port ?? 0, (await readFile(join(dataDir, 'postgres', 'superuser-password'), 'utf8')).trim());
  } catch {
    // No file, no process, or not ours to look at: it does not run for us.
    return null;
  }
}
