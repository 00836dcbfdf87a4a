// Files of channels that bound nothing but their size: as large as anything that is uploaded.
import type { ChannelMedia } from './media.port.js';

const file = { most: 100 * 1024 * 1024 };

export const ANY_MEDIA: Omit<ChannelMedia, 'byLink'> = {
  kinds: {
    IMAGE: { ...file, types: ['image/jpeg', 'image/png', 'image/gif'] }, STICKER: { ...file, types: ['image/webp'] }, VIDEO: { ...file, types: ['video/mp4', 'video/3gpp', 'video/quicktime', 'video/webm'] },
    AUDIO: { ...file, types: ['audio/aac', 'audio/amr', 'audio/mpeg', 'audio/mp4', 'audio/ogg', 'audio/wav'] }, DOCUMENT: file,
  },
  most: 10, caption: { IMAGE: 4_096, VIDEO: 4_096, AUDIO: 4_096, DOCUMENT: 4_096 },
};
