// What a file is by its bytes, and which a browser may show in place. What is claimed of it decides nothing.

/** Names that are usual for what the library calls otherwise. */
const USUAL: Readonly<Record<string, string>> = { 'audio/x-m4a': 'audio/mp4', 'audio/vnd.wave': 'audio/wav', 'audio/ogg; codecs=opus': 'audio/ogg', 'video/3gpp2': 'video/3gpp', 'audio/x-wav': 'audio/wav' };
const UNKNOWN = 'application/octet-stream';

/** Pictures, sound, films and PDF, none of which holds what a browser would run. Everything else is for saving: HTML, SVG and XML above all. */
const SHOWN = new Set([
  'image/jpeg', 'image/png', 'image/gif', 'image/webp', 'image/avif', 'image/heic',
  'audio/aac', 'audio/amr', 'audio/mpeg', 'audio/mp4', 'audio/ogg', 'audio/wav', 'audio/flac', 'audio/webm',
  'video/mp4', 'video/3gpp', 'video/quicktime', 'video/webm', 'video/ogg', 'application/pdf',
]);

export const isShown = (type: string): boolean => SHOWN.has(type);

/** @param head its first bytes */
export async function typeOf(head: Uint8Array): Promise<string> {
  // Loaded by those who store a file, and by nobody else.
  const { fileTypeFromBuffer } = await import('file-type');
  const found = await fileTypeFromBuffer(head);
  if (found) return USUAL[found.mime] ?? found.mime;
  return isText(head) ? 'text/plain' : UNKNOWN;
}

/** UTF-8 without control characters but those of lines. */
function isText(head: Uint8Array): boolean {
  if (head.byteLength === 0) return false;
  try {
    // The last character may be cut.
    const text = new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
    return !/\p{Cc}/u.test(text.replace(/[\t\n\r\f]/g, ''));
  } catch {
    return false;
  }
}

/** Formats of one container each, which its first bytes do not tell apart. */
const CONTAINED: Readonly<Record<string, RegExp>> = {
  'application/x-cfb': /^application\/(msword|vnd\.ms-(excel|powerpoint|outlook))$/,
  'application/zip': /^application\/vnd\.(openxmlformats-officedocument|oasis\.opendocument)\.[a-z.]+$/,
};

const essence = (type: string): string => (type.split(';')[0] ?? '').trim().toLowerCase();

/** What a file is kept as: by its bytes; where they leave several formats open, which of those its sender says. None of them is shown in place. */
export function storedTypeOf(found: string, claimed: string | null): string {
  const said = essence(claimed ?? '');
  return CONTAINED[found]?.test(said) ? said : found;
}

/** Whether bytes may be what was announced: text has no marks by which its kinds could be told. */
export function fitsClaim(found: string, claimed: string): boolean {
  const said = essence(claimed);
  return storedTypeOf(found, claimed) === (USUAL[said] ?? said) || said === UNKNOWN || (found === 'text/plain' && (said.startsWith('text/') || /^application\/(json|xml|.*\+(json|xml))$/.test(said)));
}
