// Inputs of managing inboxes: one part for each channel. A new channel adds its part to both inputs, and its row to `inbox.parts.ts`.
import { Field, ID, InputType, Int } from 'type-graphql';
import type { InboxReopen } from './inbox.entity.js';
import { InboxReopenEnum } from './inbox.type.js';

const TOKEN = 'The access token, sealed at rest and never readable again.';
const APP_SECRET = 'The secret of the Meta app that signs the deliveries, sealed at rest and never readable again.';
const VERIFY_TOKEN = 'What Meta repeats when it checks the webhook address, 16 to 200 characters.';

@InputType({ description: 'A WhatsApp Cloud API number: what Meta\'s app dashboard shows under WhatsApp, API setup.' })
export class WhatsAppInboxInput {
  @Field(() => String, { description: 'Phone number id (not the number).' })
  phoneNumberId!: string;

  @Field(() => String, { description: 'WhatsApp business account id.' })
  businessAccountId!: string;

  @Field(() => String, { description: TOKEN })
  accessToken!: string;

  @Field(() => String, { description: APP_SECRET })
  appSecret!: string;

  @Field(() => String, { nullable: true, description: `${VERIFY_TOKEN} One is made, and shown once in the payload, when it is absent.` })
  verifyToken?: string | null;
}

@InputType({ description: 'A Facebook page that is written to by Messenger.' })
export class MessengerInboxInput {
  @Field(() => String, { description: 'Page id.' })
  pageId!: string;

  @Field(() => String, { description: `${TOKEN} That of the page, not that of a person.` })
  accessToken!: string;

  @Field(() => String, { description: APP_SECRET })
  appSecret!: string;

  @Field(() => String, { nullable: true, description: `${VERIFY_TOKEN} One is made, and shown once in the payload, when it is absent.` })
  verifyToken?: string | null;
}

@InputType({ description: 'An Instagram professional account that is written to by direct messages.' })
export class InstagramInboxInput {
  @Field(() => String, { description: 'Id of the Instagram professional account.' })
  accountId!: string;

  @Field(() => String, { description: `${TOKEN} That of the page the account is linked to.` })
  accessToken!: string;

  @Field(() => String, { description: APP_SECRET })
  appSecret!: string;

  @Field(() => String, { nullable: true, description: `${VERIFY_TOKEN} One is made, and shown once in the payload, when it is absent.` })
  verifyToken?: string | null;
}

@InputType({ description: 'A sender at Twilio: SMS and MMS, or WhatsApp.' })
export class TwilioInboxInput {
  @Field(() => String, { description: 'SID of the account or subaccount that owns the sender (`AC…`).' })
  accountSid!: string;

  @Field(() => String, { description: 'Its auth token, sealed at rest and never readable again. Twilio signs its calls with it, too.' })
  authToken!: string;

  @Field(() => String, { description: 'What messages come from: a phone number with its plus sign (for WhatsApp too), a short code of SMS, or the SID of a messaging service (`MG…`).' })
  from!: string;
}

@InputType({ description: 'A chat in your own pages.' })
export class WebChatInboxInput {
  @Field(() => [String], { nullable: true, description: 'Origins of the pages that may call, like `https://shop.example.com`; 50 at most. Absent: no page of elsewhere.' })
  origins?: string[] | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether only visitors whom your server vouches for may write; not when absent.' })
  identityRequired?: boolean | null;

  @Field(() => String, { nullable: true, description: 'What your server proves visitors with, 16 to 200 characters. One is made, and shown once in the payload (`signingSecret`), when it is absent.' })
  identitySecret?: string | null;
}

@InputType({ description: 'A system of your own as a channel, by webhooks both ways.' })
export class ApiInboxInput {
  @Field(() => String, { description: 'Where messages are posted to; https, at the public internet.' })
  callbackUrl!: string;

  @Field(() => String, { nullable: true, description: 'What both sides sign with (Standard Webhooks), `whsec_…`. One is made, and shown once in the payload (`signingSecret`), when it is absent.' })
  secret?: string | null;
}

@InputType({ description: 'Input of `inboxCreate`. Exactly one of the channels\' parts.' })
export class InboxCreateInput {
  @Field(() => String, { description: 'What staff call it, 1 to 100 characters.' })
  name!: string;

  @Field(() => String, { description: 'Chosen by the client, 1 to 200 printable ASCII characters. The same key with the same name and address is the same inbox, however often it is sent.' })
  idempotencyKey!: string;

  @Field(() => WhatsAppInboxInput, { nullable: true, description: 'For WhatsApp.' })
  whatsapp?: WhatsAppInboxInput | null;

  @Field(() => MessengerInboxInput, { nullable: true, description: 'For Messenger.' })
  messenger?: MessengerInboxInput | null;

  @Field(() => InstagramInboxInput, { nullable: true, description: 'For Instagram.' })
  instagram?: InstagramInboxInput | null;

  @Field(() => TwilioInboxInput, { nullable: true, description: 'For SMS through Twilio.' })
  twilioSms?: TwilioInboxInput | null;

  @Field(() => TwilioInboxInput, { nullable: true, description: 'For WhatsApp through Twilio.' })
  twilioWhatsapp?: TwilioInboxInput | null;

  @Field(() => WebChatInboxInput, { nullable: true, description: 'For a web chat.' })
  webChat?: WebChatInboxInput | null;

  @Field(() => ApiInboxInput, { nullable: true, description: 'For a system of your own.' })
  api?: ApiInboxInput | null;
}

@InputType({ description: 'What of a Meta inbox is replaced; what is absent stays.' })
export class MetaSecretsInput {
  @Field(() => String, { nullable: true, description: 'The new access token. Meta is asked whether it takes it before it replaces the old one.' })
  accessToken?: string | null;

  @Field(() => String, { nullable: true, description: 'The new app secret. Deliveries signed with the old one are taken until the overlap ends.' })
  appSecret?: string | null;

  @Field(() => String, { nullable: true, description: 'The new verify token, 16 to 200 characters. The old one is taken until the overlap ends.' })
  verifyToken?: string | null;
}

@InputType({ description: 'What of a Twilio inbox is replaced.' })
export class TwilioSecretsInput {
  @Field(() => String, { description: 'The new auth token. Twilio is asked whether it takes it; calls signed with the old one are taken until the overlap ends.' })
  authToken!: string;
}

@InputType({ description: 'What of a web chat is replaced; what is absent stays.' })
export class WebChatSecretsInput {
  @Field(() => [String], { nullable: true, description: 'The pages that may call from now on.' })
  origins?: string[] | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether only visitors whom your server vouches for may write.' })
  identityRequired?: boolean | null;

  @Field(() => String, { nullable: true, description: 'What your server proves visitors with. The old one is taken until the overlap ends.' })
  identitySecret?: string | null;

  @Field(() => String, { nullable: true, description: 'What tokens of visitors are signed with, 32 to 200 characters. Every token ends at once.' })
  tokenSecret?: string | null;
}

@InputType({ description: 'What of an API inbox is replaced; what is absent stays.' })
export class ApiSecretsInput {
  @Field(() => String, { nullable: true, description: 'Where messages are posted to from now on.' })
  callbackUrl?: string | null;

  @Field(() => String, { nullable: true, description: 'The new secret, `whsec_…`. Until the overlap ends the old one is taken, and ours are signed by both.' })
  secret?: string | null;
}

@InputType({ description: 'Input of `inboxSecretRotate`. Exactly one of the channels\' parts: that of the inbox.' })
export class InboxSecretRotateInput {
  @Field(() => ID, { description: 'The inbox.' })
  inboxId!: string;

  @Field(() => Int, { defaultValue: 24, description: 'For how many hours what signs the provider\'s calls is taken besides the new one, 0 to 168. Of two rotations within it the last one\'s predecessor holds.' })
  overlapHours!: number;

  @Field(() => MetaSecretsInput, { nullable: true, description: 'For WhatsApp.' })
  whatsapp?: MetaSecretsInput | null;

  @Field(() => MetaSecretsInput, { nullable: true, description: 'For Messenger.' })
  messenger?: MetaSecretsInput | null;

  @Field(() => MetaSecretsInput, { nullable: true, description: 'For Instagram.' })
  instagram?: MetaSecretsInput | null;

  @Field(() => TwilioSecretsInput, { nullable: true, description: 'For SMS through Twilio.' })
  twilioSms?: TwilioSecretsInput | null;

  @Field(() => TwilioSecretsInput, { nullable: true, description: 'For WhatsApp through Twilio.' })
  twilioWhatsapp?: TwilioSecretsInput | null;

  @Field(() => WebChatSecretsInput, { nullable: true, description: 'For a web chat.' })
  webChat?: WebChatSecretsInput | null;

  @Field(() => ApiSecretsInput, { nullable: true, description: 'For a system of your own.' })
  api?: ApiSecretsInput | null;
}

@InputType({ description: 'Input of `inboxUpdate`.' })
export class InboxUpdateInput {
  @Field(() => ID, { description: 'The inbox.' })
  inboxId!: string;

  @Field(() => String, { nullable: true, description: 'What staff call it from now on, 1 to 100 characters; as it is when absent.' })
  name?: string | null;

  @Field(() => InboxReopenEnum, { nullable: true, description: 'What happens from now on when somebody writes whose conversation is resolved; as it is when absent.' })
  reopen?: InboxReopen | null;
}

@InputType({ description: 'Input of `inboxTest`.' })
export class InboxTestInput {
  @Field(() => ID, { description: 'The inbox.' })
  inboxId!: string;
}

@InputType({ description: 'Input of `inboxDisable`.' })
export class InboxDisableInput {
  @Field(() => ID, { description: 'The inbox.' })
  inboxId!: string;
}

@InputType({ description: 'Input of `inboxEnable`.' })
export class InboxEnableInput {
  @Field(() => ID, { description: 'The inbox.' })
  inboxId!: string;
}

@InputType({ description: 'Input of `inboxDelete`.' })
export class InboxDeleteInput {
  @Field(() => ID, { description: 'The inbox.' })
  inboxId!: string;
}
