// The channels there are. A new channel is one file and one line here.
import type { ChannelAdapter, ChannelName } from './channel.port.js';
import { whatsappChannel } from './whatsapp.channel.js';

const channels: Record<ChannelName, ChannelAdapter> = { WHATSAPP: whatsappChannel };

export const channelFor = (name: ChannelName): ChannelAdapter => channels[name];
