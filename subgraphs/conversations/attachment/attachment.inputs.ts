// Inputs of files that are sent.
import { Field, ID, InputType, Int } from 'type-graphql';

@InputType({ description: 'Input of `attachmentUpload`: what is going to be uploaded, and for which channel.' })
export class AttachmentUploadInput {
  @Field(() => ID, { nullable: true, description: 'The conversation it is for. Give exactly one of conversationId and inboxId.' })
  conversationId?: string | null;

  @Field(() => ID, { nullable: true, description: 'The inbox it is for, where there is no conversation yet.' })
  inboxId?: string | null;

  @Field(() => String, { description: 'What it is called, at most 200 characters. Customers see it with documents.' })
  fileName!: string;

  @Field(() => String, { description: 'Its media type, e.g. `image/jpeg`. Its bytes must be of that type.' })
  mimeType!: string;

  @Field(() => Int, { description: 'Its size in bytes, which must be exactly what is uploaded: at most 104,857,600, and what its channel takes of its kind.' })
  size!: number;

  @Field(() => String, { nullable: true, description: 'SHA-256 of its bytes in hexadecimal; what comes otherwise is refused.' })
  sha256?: string | null;
}

@InputType({ description: 'Files to send.' })
export class MediaInput {
  @Field(() => [ID], { description: 'Files that were uploaded for this inbox (`attachmentUpload`) and are STORED, each in one message only. WhatsApp, Messenger and Instagram take one a message.' })
  attachmentIds!: string[];

  @Field(() => Boolean, { nullable: true, description: 'A voice note: sound that was recorded for this message. Default false.' })
  voice?: boolean | null;
}
