// The channels there are. A new channel is one file and one line here.
import type { ChannelDefinition, ChannelName } from './channel.port.js';
import { whatsappChannel } from './whatsapp.channel.js';

const channels: Record<ChannelName, ChannelDefinition> = { WHATSAPP: whatsappChannel };

export const channelFor = (name: ChannelName): ChannelDefinition => channels[name];
