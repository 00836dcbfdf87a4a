// What a browser does with a file and what it calls it (RFC 6266, RFC 8187).

const ENDINGS: Readonly<Record<string, string>> = {
  'image/jpeg': 'jpg', 'image/png': 'png', 'image/gif': 'gif', 'image/webp': 'webp', 'audio/mpeg': 'mp3', 'audio/mp4': 'm4a', 'audio/ogg': 'ogg', 'audio/aac': 'aac', 'audio/amr': 'amr', 'audio/wav': 'wav',
  'video/mp4': 'mp4', 'video/3gpp': '3gp', 'video/quicktime': 'mov', 'video/webm': 'webm', 'application/pdf': 'pdf', 'text/plain': 'txt', 'application/zip': 'zip',
};
const LONGEST = 150;

export interface NamedFile {
  /** UUID. */
  id: string;
  type: string;
  /** As its sender calls it. */
  name: string | null;
  inline: boolean;
}

/** What a sender calls a file, without what would be a path, a control or a turn of direction. */
export function safeName(name: string): string {
  const last = name.toWellFormed().replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '').split(/[/\\]/).at(-1) ?? '';
  return last.replaceAll(/[<>:"|?*]/g, '_').replace(/^[.\s]+/, '').slice(0, LONGEST).toWellFormed().trim();
}

export function dispositionOf({ id, type, name, inline }: NamedFile): string {
  const called = safeName(name ?? '') || `file-${id.slice(-12)}.${ENDINGS[type] ?? 'bin'}`;
  const plain = called.replaceAll(/[^\x20-\x7e]/g, '_').replaceAll(/["\\%]/g, '_');
  const encoded = encodeURIComponent(called).replaceAll(/['()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
  return `${inline ? 'inline' : 'attachment'}; filename="${plain}"${plain === called ? '' : `; filename*=UTF-8''${encoded}`}`;
}
