// npm run parity -- FOLDER: holds the library against what diffusers computed, and prints a table. Exits with 1 on any miss.
import { initBackend } from '@noisebook/ldm';
import { nodeFolderSource } from '@noisebook/ldm/node';
import { runParity, type ParityRow } from './lib/parity.ts';

const USAGE = `Usage: npm run parity -- FOLDER

Compares this library with a folder of reference outputs (see training/make_reference.py for its form and for making
one) on the wasm backend. Errors are max |a - b| / max |b|.`;

function formatRow({ tensor, error, tolerance, passed, note }: ParityRow): string {
  const number = (value: number): string =>
    value === 0 ? '0' : Number.isNaN(value) ? '-' : value.toExponential(1);
  const columns = [
    tensor.padEnd(44),
    number(error).padStart(9),
    number(tolerance).padStart(9),
    passed ? 'ok' : 'MISS',
  ];
  return columns.join('  ') + (note === undefined ? '' : `\n    ${note.replaceAll('\n', '\n    ')}`);
}

async function main(args: readonly string[]): Promise<number> {
  const [folder, ...rest] = args;
  if (folder === undefined || rest.length > 0 || folder.startsWith('-')) {
    console.error(USAGE);
    return folder === '--help' ? 0 : 2;
  }
  const { label } = await initBackend({ backend: 'wasm' });
  console.log(`${folder} on ${label}`);
  console.log(['tensor'.padEnd(44), 'error'.padStart(9), 'tolerance'.padStart(9), 'verdict'].join('  '));
  const rows = await runParity(nodeFolderSource(folder), {
    onRow: (row) => {
      console.log(formatRow(row));
    },
  });
  const missed = rows.filter(({ passed }) => !passed).length;
  console.log(missed === 0 ? `all ${rows.length} agree` : `${missed} of ${rows.length} missed`);
  return missed === 0 && rows.length > 0 ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
