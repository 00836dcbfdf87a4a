// The channels there are. A new channel is one file and one line here.
import { apiChannel } from './api.channel.js';
import type { ChannelDefinition, ChannelName } from './channel.port.js';
import { instagramChannel } from './instagram.channel.js';
import { messengerChannel } from './messenger.channel.js';
import { twilioSmsChannel, twilioWhatsappChannel } from './twilio.channel.js';
import { webChatChannel } from './web-chat.channel.js';
import { whatsappChannel } from './whatsapp.channel.js';

const channels: Record<ChannelName, ChannelDefinition> = {
  WHATSAPP: whatsappChannel, MESSENGER: messengerChannel, INSTAGRAM: instagramChannel, TWILIO_SMS: twilioSmsChannel, TWILIO_WHATSAPP: twilioWhatsappChannel, WEB_CHAT: webChatChannel,
  API: apiChannel,
};

export const channelFor = (name: ChannelName): ChannelDefinition => channels[name];
