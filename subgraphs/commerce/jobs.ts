// Job contracts of commerce: hints that carry ids.
import { defineEraseJob } from '../kernel/messaging/erasure.js';
import { rotateKeysJobOf } from '../kernel/messaging/key-jobs.js';
import { defineExportTenantJob } from '../kernel/messaging/tenant-export.js';

export const eraseJob = defineEraseJob('commerce');
export const exportTenantJob = defineExportTenantJob('commerce');
export const rotateKeysJob = rotateKeysJobOf('commerce');
