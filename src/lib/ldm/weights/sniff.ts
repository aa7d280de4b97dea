// Names what a file looks like, so that a wrong download is explained and not just refused.

const signatures: readonly (readonly [what: string, bytes: readonly number[]])[] = [
  ['a zip archive (perhaps a PyTorch .bin or .ckpt file: convert it to safetensors)', [0x50, 0x4b, 3, 4]],
  ['an empty zip archive', [0x50, 0x4b, 5, 6]],
  ['a PNG image', [0x89, 0x50, 0x4e, 0x47]],
  ['a JPEG image', [0xff, 0xd8, 0xff]],
  ['a gzip archive (unpack it first)', [0x1f, 0x8b]],
  ['a PDF document', [0x25, 0x50, 0x44, 0x46]],
  ['an HDF5 file (perhaps Keras weights: convert them to safetensors)', [0x89, 0x48, 0x44, 0x46]],
  ['a NumPy array', [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]],
  ['a GGUF file', [0x47, 0x47, 0x55, 0x46]],
  ['a Python pickle (perhaps a PyTorch .bin or .ckpt file: convert it to safetensors)', [0x80, 2]],
];

/** A guess in words such as "an HTML page (...)", or undefined when the first bytes say nothing. */
export function looksLike(bytes: Uint8Array): string | undefined {
  for (const [what, signature] of signatures) {
    if (bytes.length >= signature.length && signature.every((byte, i) => bytes[i] === byte)) return what;
  }
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 256)).trimStart().toLowerCase();
  if (head.startsWith('version https://git-lfs')) {
    return 'a Git LFS pointer: the repository was cloned without its large files (run "git lfs pull")';
  }
  if (/^<(!doctype|html|head|body)/.test(head))
    return 'an HTML page (perhaps an error page: check the address)';
  if (head.startsWith('<?xml')) return 'an XML document (perhaps an error page: check the address)';
  if (/^[{[]/.test(head)) return 'a JSON text';
  if (bytes.length >= 8 && bytes.every((byte) => byte === 0))
    return 'nothing but zeros: the download did not finish';
  return undefined;
}
