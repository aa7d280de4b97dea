// `npm run serve`: serves the built site (dist/) on this machine, with the headers that it needs.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createSiteServer, listen } from './site/server.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: process.env['PORT'] ?? '4321' },
    host: { type: 'string', default: '127.0.0.1' },
    dist: { type: 'string', default: process.env['DIST'] ?? join(import.meta.dirname, '../dist') },
    /** Fail when the port is taken, instead of taking the next one. */
    strict: { type: 'boolean', default: false },
  },
});

function fail(error: unknown): never {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}

const wanted = Number(values.port);
if (!Number.isInteger(wanted) || wanted < 0 || wanted > 65535) {
  fail(new Error(`--port expects a number from 0 to 65535, came "${values.port}".`));
}

try {
  const { server, base } = createSiteServer(values.dist);
  const port = await listen(server, {
    host: values.host,
    port: wanted,
    tries: values.strict ? 1 : 50,
    onTaken: (taken) => console.log(`Port ${taken} is taken${values.strict ? '' : `, trying ${taken + 1}`}.`),
  });
  console.log(
    `Noisebook is at http://${values.host.includes(':') ? `[${values.host}]` : values.host}:${port}${base}`,
  );
  console.log('Press Ctrl-C to stop.');

  const stop = (): void => {
    server.close(() => process.exit(0));
    server.closeAllConnections();
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
} catch (error) {
  fail(error);
}
