// The byte alphabet of GPT-2 and CLIP: every byte is written as one printable character.

const characters = ((): readonly string[] => {
  const isPrintable = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  let extra = 256; // the bytes that have no printable Latin-1 character take those from U+0100 on, in order
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(isPrintable(byte) ? byte : extra++));
})();

const encoder = new TextEncoder();

/** One character for each UTF-8 byte of `text`. */
export function byteCharacters(text: string): string[] {
  return Array.from(encoder.encode(text), (byte) => characters[byte] ?? '');
}
