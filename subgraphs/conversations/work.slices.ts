// What staff do, noun by noun.
import type { Slice } from '../kernel/graphql/slice.js';
import { assignmentSlice } from './assignment/assignment.slice.js';
import { botSlice } from './bot/bot.slice.js';
import { contactSlice } from './contact/contact.slice.js';
import { conversationAttributesSlice } from './conversation/conversation.attributes.slice.js';
import { conversationFeedSlice } from './conversation/conversation.feed.slice.js';
import { conversationWorkSlice } from './conversation/conversation.work.slice.js';
import { customIntegrationSlice } from './custom-integration/custom-integration.slice.js';
import { guestReminderSlice } from './guest-reminder/guest-reminder.slice.js';
import { labelSlice } from './label/label.slice.js';
import { messageChangeSlice } from './message/message.change.slice.js';
import { contactNoteSlice } from './note/note.contact.slice.js';
import { noteSlice } from './note/note.slice.js';
import { teamSlice } from './team/team.slice.js';
import { typingSlice } from './typing/typing.slice.js';

export const workSlices: readonly Slice[] = [conversationWorkSlice, labelSlice, noteSlice, contactSlice, contactNoteSlice, conversationAttributesSlice,
  messageChangeSlice,
  teamSlice, assignmentSlice, botSlice,
  conversationFeedSlice, typingSlice,
  customIntegrationSlice,
  guestReminderSlice,
];
