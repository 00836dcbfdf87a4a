// Rules of the types of files.
import { each, inherited, type RuleMap } from '../../kernel/graphql/rules.js';

export const attachmentRules: RuleMap = {
  MediaItem: each(inherited, 'state', 'mimeType', 'fileName', 'size', 'sha256', 'refusedReason', 'url'),
  Attachment: each(inherited, 'id', 'state', 'fileName', 'mimeType', 'size'),
  UploadHeader: each(inherited, 'name', 'value'),
  AttachmentUploadPayload: each(inherited, 'attachment', 'uploadUrl', 'headers', 'expiresAt', 'userErrors'),
};
