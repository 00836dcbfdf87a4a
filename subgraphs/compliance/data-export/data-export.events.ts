// What compliance announces of exports of lists: that one has come on.
import { z } from 'zod';
import { defineEvent } from '../../kernel/messaging/events.js';

export const ExportProgressed = defineEvent({
  name: 'ExportProgressed', version: 1, description: 'An export has come on, or to its end: whoever follows it reads how far.',
  payload: z.object({ exportId: z.uuid() }), example: { exportId: '01930000-0000-7000-8000-000000000051' }, feed: true,
});
