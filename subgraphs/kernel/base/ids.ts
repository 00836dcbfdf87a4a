// Identifiers: UUIDv7 inside, type-prefixed TypeID text ("conv_01h…") at the API.
import { TypeID } from 'typeid-js';
import { uuidv7 } from 'uuidv7';

/** A new time-ordered identifier (UUIDv7, lower-case hex with dashes). */
export const newId = (): string => uuidv7();

/** The API form of a UUID, e.g. `encodeId('conv', uuid)` -> `conv_01h455vb4pex5vsknk084sn02q`. */
export const encodeId = (prefix: string, uuid: string): string => TypeID.fromUUID(prefix, uuid).toString();

/** The UUID inside an API id of the expected kind; `null` when the text is not such an id. */
export function decodeId(prefix: string, text: string): string | null {
  if (!text.startsWith(`${prefix}_`) || text.length !== prefix.length + 27) return null;
  try {
    return TypeID.fromString(text, prefix).toUUID();
  } catch {
    return null;
  }
}

/** The prefix of an API id, `null` when the text has none. */
export const prefixOf = (text: string): string | null => {
  const at = text.lastIndexOf('_');
  return at > 0 ? text.slice(0, at) : null;
};

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** True for canonical lower-case UUID text: the only form that ever reaches SQL by concatenation. */
export const isUuid = (text: string): boolean => UUID.test(text);

/** The least id that can have been made at an instant: whatever is below is older. */
export function idFloor(at: Date): string {
  const hex = Math.max(0, at.getTime()).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}
