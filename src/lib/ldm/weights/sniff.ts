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

/** Whether these are the first bytes of a web page: what many servers send, with status 200, for a file they lack. */
export function isHtmlPage(bytes: Uint8Array): boolean {
  const head = new TextDecoder().decode(bytes.subarray(0, 2048));
  let rest = head.trimStart().toLowerCase();
  // XHTML begins with a declaration; comments may stand anywhere.
  for (let prolog = PROLOG.exec(rest); prolog !== null; prolog = PROLOG.exec(rest)) {
    rest = rest.slice(prolog[0].length).trimStart();
  }
  return /^<(!doctype html|html|head|body|title|meta|script)\b/.test(rest);
}

const PROLOG = /^(<\?xml[^>]*>|<!--[^]*?-->)/;

/** A guess in words such as "an HTML page (...)", or undefined when the first bytes say nothing. */
export function looksLike(bytes: Uint8Array): string | undefined {
  for (const [what, signature] of signatures) {
    if (bytes.length >= signature.length && signature.every((byte, i) => bytes[i] === byte)) return what;
  }
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 256)).trimStart().toLowerCase();
  if (head.startsWith('version https://git-lfs')) {
    return 'a Git LFS pointer: the repository was cloned without its large files (run "git lfs pull")';
  }
  if (isHtmlPage(bytes) || /^<(!doctype|html|head|body)/.test(head))
    return 'an HTML page (perhaps an error page: check the address)';
  if (head.startsWith('<?xml')) return 'an XML document (perhaps an error page: check the address)';
  if (/^[{[]/.test(head)) return 'a JSON text';
  if (bytes.length >= 8 && bytes.every((byte) => byte === 0))
    return 'nothing but zeros: the download did not finish';
  return undefined;
}
