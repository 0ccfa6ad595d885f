/**
 * Bytes as people read them: as text with every sign that cannot be seen made visible, and as hex. Pure.
 */

/** Base64 as bytes; null where it is none. */
export function fromBase64(text: string): Uint8Array | null {
  try {
    return Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  } catch {
    return null;
  }
}

/** Signs that cannot be seen stand by name or number, as does a byte that is no UTF-8; behind a line's end a line ends. */
export function asText(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; ) {
    const length = lengthAt(bytes, at);
    if (length === 0) {
      text += `‹${hex(bytes[at] ?? 0)}›`;
      at += 1;
    } else {
      text += new TextDecoder().decode(bytes.subarray(at, at + length)).replace(/[\u0000-\u001f\u007f]/g, picture);
      at += length;
    }
  }
  return text.endsWith("\n") ? text.slice(0, -1) : text;
}

const NAMES: Readonly<Record<string, string>> = { "\0": "NUL", "\t": "TAB", "\n": "LF", "\r": "CR", "\u001b": "ESC", "\u007f": "DEL" };

function picture(sign: string): string {
  return `‹${NAMES[sign] ?? hex(sign.charCodeAt(0))}›${sign === "\n" ? "\n" : ""}`;
}

/** How long the UTF-8 character is that begins here; 0 where none does. */
function lengthAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  const length = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (length < 2) return length;
  try {
    new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.subarray(at, at + length));
    return at + length <= bytes.length ? length : 0;
  } catch {
    return 0;
  }
}

const PER_LINE = 16;

export interface HexLine {
  offset: string;
  hex: string;
  text: string;
}

/** Sixteen bytes a line, with their offset and what of them is ASCII. */
export function asHex(bytes: Uint8Array): HexLine[] {
  const lines: HexLine[] = [];
  for (let at = 0; at < bytes.length; at += PER_LINE) {
    const some = [...bytes.subarray(at, at + PER_LINE)];
    lines.push({
      offset: at.toString(16).padStart(4, "0"),
      hex: some.map(hex).join(" "),
      text: some.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "·")).join(""),
    });
  }
  return lines;
}

function hex(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, "0");
}
