// `npm run serve`: serves the built site (dist/) on this machine, with the headers that it needs.
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { listen, openAddresses } from './site/listen.ts';
import { serveOptions } from './site/serveOptions.ts';
import { createSiteServer } from './site/server.ts';

try {
  const dist = join(import.meta.dirname, '../dist');
  const options = serveOptions(process.argv.slice(2), process.env, dist);
  const { server, base } = createSiteServer(options.dist);
  const port = await listen(server, {
    host: options.host,
    port: options.port,
    tries: options.strict ? 1 : 50,
    onTaken: (taken) =>
      console.log(`Port ${taken} is taken${options.strict ? '' : `, trying ${taken + 1}`}.`),
  });
  const { here, others } = openAddresses(options.host, port, base, networkInterfaces());
  console.log(`Noisebook is at ${here}`);
  if (others?.length === 0) console.log('No network was found by which others could reach this machine.');
  else if (others !== undefined) console.log(`For others in this network: ${others.join(' or ')}`);
  console.log('Press Ctrl-C to stop.');

  const stop = (): void => {
    server.close(() => process.exit(0));
    server.closeAllConnections();
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
