// npm start: installs what is missing, builds, serves on localhost and prints the address.
import { ensureDependencies, requireNode } from './lib/install.mjs';

requireNode();
process.chdir(new URL('..', import.meta.url).pathname);
ensureDependencies();
const { build, preview } = await import('vite');
await build({ logLevel: 'warn' });
const server = await preview({ preview: { host: '127.0.0.1', port: Number(process.env.PORT ?? 4173), strictPort: false } });
console.log(`Seesaw is at ${server.resolvedUrls.local[0]} (Ctrl-C stops it)`);
