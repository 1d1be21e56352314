/**
 * JSON as Python's `json.dumps(value, ensure_ascii=False)` writes it, with a space after every comma and colon: what
 * `tojson` gives in the published chat templates, and so what the models have read and write.
 */
export function spacedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spacedJson).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const entries = Object.entries(value).filter(([, own]) => own !== undefined);
  return `{${entries.map(([key, own]) => `${JSON.stringify(key)}: ${spacedJson(own)}`).join(', ')}}`;
}
