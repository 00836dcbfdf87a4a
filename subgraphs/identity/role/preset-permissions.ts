// Keeps SQL's table of what presets give in step with the code: written anew at each start, when something differs.
import { sql } from 'kysely';
import { platformScope } from '../../kernel/data/scope.js';
import type { Database } from '../../kernel/data/database.js';
import { PRESETS, expand, type RolePreset } from './role.presets.js';

/** Several processes may start at once, also of two releases: the last one's word stands. */
export async function refreshPresetPermissions(database: Database, known: readonly string[]): Promise<void> {
  const wanted = (Object.keys(PRESETS) as RolePreset[]).flatMap((preset) =>
    expand(PRESETS[preset].grants, known).map((permission) => ({ preset, permission })));
  const json = JSON.stringify(wanted);
  await database.inScope(platformScope, async (tx) => {
    const kysely = tx.getKysely();
    const rows = sql`jsonb_to_recordset(${json}::jsonb) as w(preset text, permission text)`;
    await sql`insert into identity.preset_permission (preset, permission) select w.preset, w.permission from ${rows} order by 1, 2
      on conflict do nothing`.execute(kysely);
    await sql`delete from identity.preset_permission p where not exists
      (select from ${rows} where w.preset = p.preset and w.permission = p.permission)`.execute(kysely);
  });
}
