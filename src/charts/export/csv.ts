/** RFC 4180, except that lines end with \n: quotes only where needed, and a leading formula sign is defused. */
export function csvLine(cells: readonly (string | number)[]): string {
  return cells
    .map((cell) => {
      const raw = typeof cell === 'number' ? String(cell) : cell;
      // Spreadsheets run text that begins like a formula; texts come from files that other people wrote.
      const text = typeof cell === 'string' && /^[=+@\t\r]|^-(?![\d.])/.test(raw) ? `'${raw}` : raw;
      return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    })
    .join(',');
}

export function csv(header: readonly string[], rows: readonly (readonly (string | number)[])[], comment: readonly string[] = []): string {
  return [...comment.map((line) => `# ${line}`), csvLine(header), ...rows.map(csvLine)].join('\n') + '\n';
}
