import latin from '@fontsource-variable/inter/files/inter-latin-wght-normal.woff2?url';

let rule: Promise<string> | undefined;

/** The page's sans as an `@font-face` rule with the font inside; an image made from an SVG may not load it. */
export function fontFaceRule(): Promise<string> {
  rule ??= load().catch(() => {
    rule = undefined;
    // Without the font the export still opens, in the reader's own sans.
    return '';
  });
  return rule;
}

async function load(): Promise<string> {
  const response = await fetch(latin);
  if (!response.ok) throw new Error(`The font answered ${response.status}.`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  let binary = '';
  for (let start = 0; start < bytes.length; start += 0x8000) binary += String.fromCharCode(...bytes.subarray(start, start + 0x8000));
  return `@font-face{font-family:'Inter Variable';font-weight:100 900;src:url(data:font/woff2;base64,${btoa(binary)}) format('woff2')}`;
}
