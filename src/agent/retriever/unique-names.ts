/** A function that gives every name back once: a second "a" becomes "a #2". */
export function uniqueNames(): (name: string) => string {
  const counts = new Map<string, number>();
  const unique = (name: string): string => {
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return count === 1 ? name : unique(`${name} #${count}`);
  };
  return unique;
}
