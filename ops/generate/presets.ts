// Which permissions each role preset has, for permissions.md.
import { PRESETS, expand } from '../../subgraphs/identity/role/role.presets.js';
import type { Presets } from './permissions.js';

export const rolePresets = (permissions: readonly string[]): Presets =>
  Object.fromEntries(Object.values(PRESETS).map(({ name, grants }) => [name, expand(grants, permissions)]));
