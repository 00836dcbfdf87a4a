// Where the embedded server is, for commands that run beside the product.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { clusterOf, findFolder } from './folder.js';
import { superuserUrl } from './postmaster.js';

/** The administrator's login of the embedded server, while it runs; else null. */
export async function embeddedUrl(dataDir: string): Promise<string | null> {
  try {
    // As root the data may be elsewhere than it was asked for.
    const folder = await findFolder(join(dataDir, 'postgres'));
    if (folder === undefined) return null;
    const [pid, , , port] = (await readFile(join(clusterOf(folder), 'postmaster.pid'), 'utf8')).split('\n').map(Number);
    process.kill(pid ?? 0, 0);
    return superuserUrl(port ?? 0, (await readFile(join(folder, 'superuser-password'), 'utf8')).trim());
  } catch {
    // No file, no process, or not ours to look at: it does not run for us.
    return null;
  }
}
