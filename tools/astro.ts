// Runs Astro's command line without its telemetry: building a page that sends nothing anywhere sends nothing either.
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const astro = join(import.meta.dirname, '../node_modules/astro/bin/astro.mjs');
const child = spawn(process.execPath, [astro, ...process.argv.slice(2)], {
  stdio: 'inherit',
  env: { ...process.env, ASTRO_TELEMETRY_DISABLED: '1' },
});

// Ctrl-C reaches both; the child ends first, in its own way.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code) => process.exit(code ?? 1));
