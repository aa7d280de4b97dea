// The checksum of zip files: CRC-32 with the polynomial 0xEDB88320 (APPNOTE.TXT 4.4.7; ISO 3309).

let table: Uint32Array | undefined;

function makeTable(): Uint32Array {
  const made = new Uint32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let rest = byte;
    for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? 0xedb88320 ^ (rest >>> 1) : rest >>> 1;
    made[byte] = rest;
  }
  return made;
}

/**
 * CRC-32 of `bytes`, an unsigned 32-bit number.
 * @param before checksum of what came before them, to go on from; 0 at the beginning
 */
export function crc32(bytes: Uint8Array, before = 0): number {
  table ??= makeTable();
  let rest = ~before;
  for (const byte of bytes) rest = (table[(rest ^ byte) & 255] ?? 0) ^ (rest >>> 8);
  return ~rest >>> 0;
}
