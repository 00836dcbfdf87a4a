// Job contracts of commerce: hints that carry ids.
import { defineEraseJob } from '../kernel/messaging/erasure.js';

export const eraseJob = defineEraseJob('commerce');
