/** What to switch on, in the words of this browser's own settings. */
export function browserAdvice(userAgent: string, hasWebGpu: boolean): string {
  const version = (name: string) => Number(new RegExp(`${name}/(\\d+)`).exec(userAgent)?.[1] ?? Number.NaN);
  const noAdapter = 'WebGPU is there, but it gave no adapter.';
  if (/Firefox\//.test(userAgent)) {
    if (hasWebGpu) return `${noAdapter} In Firefox, open about:support and look under Graphics; a driver update usually helps.`;
    const number = version('Firefox');
    return number >= 141
      ? 'In Firefox, open about:config, set dom.webgpu.enabled to true and load the page again.'
      : 'WebGPU is in Firefox from version 141 on Windows and 145 on Macs with Apple chips; elsewhere Firefox Nightly has it. Update Firefox, or set dom.webgpu.enabled to true in about:config.';
  }
  if (/Edg\/|Chrome\/|Chromium\//.test(userAgent)) {
    const scheme = /Edg\//.test(userAgent) ? 'edge' : 'chrome';
    const name = scheme === 'edge' ? 'Edge' : 'Chrome';
    if (!hasWebGpu && version(scheme === 'edge' ? 'Edg' : 'Chrome') < 113) return `WebGPU is in ${name} from version 113 (Android: 121). Update ${name} and load the page again.`;
    if (!hasWebGpu && !window.isSecureContext) return 'Browsers offer WebGPU only over https or from localhost; open the page that way.';
    return `${hasWebGpu ? `${noAdapter} ` : ''}In ${name}, open ${scheme}://flags/#enable-unsafe-webgpu and enable it (on Linux ${scheme}://flags/#enable-vulkan too), switch on “Use graphics acceleration when available” in the settings, start the browser again, and look at ${scheme}://gpu.`;
  }
  if (/Safari\//.test(userAgent)) {
    return hasWebGpu
      ? `${noAdapter} Load the page again; if that does not help, start Safari again.`
      : 'WebGPU is in Safari from version 26. In older ones on macOS, switch on WebGPU under Develop, Feature Flags; on iPhone and iPad under Settings, Apps, Safari, Advanced, Feature Flags.';
  }
  return 'Open the page in a current Chrome, Edge, Firefox or Safari with graphics acceleration switched on.';
}
