import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

const CANDIDATES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/opt/google/chrome/chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Executables that Playwright may have downloaded itself. */
function playwrightBrowsers() {
  const root = process.env.PLAYWRIGHT_BROWSERS_PATH ?? join(homedir(), '.cache', 'ms-playwright');
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .filter((name) => name.startsWith('chromium-'))
    .flatMap((name) => ['chrome-linux/chrome', 'chrome-linux64/chrome'].map((inside) => join(root, name, inside)));
}

/** Path of a Chromium, or undefined: CHROMIUM_PATH first, then installed ones, then Playwright's. */
export function findChromium() {
  const named = process.env.CHROMIUM_PATH;
  if (named) {
    if (!existsSync(named)) throw new Error(`CHROMIUM_PATH is ${named}, and there is no such file.`);
    return named;
  }
  return [...CANDIDATES, ...playwrightBrowsers()].find((path) => existsSync(path));
}

/** As findChromium, installing one where it is missing: Debian's package when root, else Playwright's own. */
export function ensureChromium() {
  const found = findChromium();
  if (found) return found;
  const attempts = [];
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    attempts.push(['sh', ['-c', 'apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium']]);
  }
  attempts.push(['npx', ['playwright', 'install', 'chromium']]);
  for (const [command, args] of attempts) {
    console.log(`No Chromium found; installing: ${command} ${args.join(' ')}`);
    try {
      execFileSync(command, args, { stdio: 'inherit' });
    } catch (error) {
      console.log(`That did not work (${error.message.split('\n')[0]}).`);
    }
    const path = findChromium();
    if (path) return path;
  }
  throw new Error('The tests need a Chromium: install the package "chromium" or set CHROMIUM_PATH to one.');
}

/** Folder of the browser's own SwiftShader (a software Vulkan driver), which kernel tests run on. */
export function swiftShaderFolder(chromium) {
  const folders = [dirname(realpathSync(chromium)), '/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome'];
  return folders.find((folder) => existsSync(join(folder, 'vk_swiftshader_icd.json')));
}

/** Environment in which npm webgpu (Dawn for Node) finds that software adapter. */
export function softwareGpuEnvironment(chromium) {
  const folder = swiftShaderFolder(chromium);
  if (!folder) throw new Error(`No vk_swiftshader_icd.json beside ${chromium}; install Debian's chromium or set CHROMIUM_PATH.`);
  return {
    VK_ICD_FILENAMES: join(folder, 'vk_swiftshader_icd.json'),
    LD_LIBRARY_PATH: [folder, process.env.LD_LIBRARY_PATH].filter(Boolean).join(':'),
    XDG_RUNTIME_DIR: process.env.XDG_RUNTIME_DIR ?? '/tmp',
  };
}
