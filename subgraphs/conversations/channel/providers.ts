// Where the providers of channels are.

/** Where the providers' APIs are: scheme and host, without version and without a slash at the end. */
export interface Providers {
  meta: string;
  twilio: string;
  /** Callbacks of the API channel may go to this machine. */
  callbacksToLoopback: boolean;
}
