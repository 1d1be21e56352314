import type { ExportedSvg } from './svg.ts';

/** Draws an exported SVG on a canvas at `scale` device pixels a unit. */
export async function svgToPng(svg: ExportedSvg, scale = 2): Promise<Blob> {
  const address = URL.createObjectURL(new Blob([svg.markup], { type: 'image/svg+xml' }));
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = Math.round(svg.width * scale);
    canvas.height = Math.round(svg.height * scale);
    const context = canvas.getContext('2d');
    if (!context) throw new Error('This browser gives no canvas to draw the picture on.');
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) => {
      canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('This browser could not encode the picture.'))), 'image/png');
    });
  } finally {
    URL.revokeObjectURL(address);
  }
}
