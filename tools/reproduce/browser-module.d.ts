/** Types of ../lib/browser.mjs, which runs before anything is installed and is therefore plain JavaScript. */
declare module '*/lib/browser.mjs' {
  /** Path of a Chromium, or undefined where none is installed. */
  export function findChromium(): string | undefined;
  /** As findChromium, installing one where it is missing. */
  export function ensureChromium(): string;
}
