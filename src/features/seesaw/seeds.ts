/** As many seeds as one run may have. */
const MOST = 20;

/** "1, 2, 5" or "1–3" as seeds; null for anything else. */
export function parseSeeds(text: string): readonly number[] | null {
  const seeds: number[] = [];
  for (const part of text.split(/[\s,;]+/).filter((piece) => piece !== '')) {
    const range = /^(\d{1,9})(?:[-–](\d{1,9}))?$/.exec(part);
    if (!range) return null;
    const from = Number(range[1]);
    const to = Number(range.at(2) ?? from);
    if (to < from || to - from >= MOST) return null;
    for (let seed = from; seed <= to; seed += 1) if (!seeds.includes(seed)) seeds.push(seed);
  }
  return seeds.length === 0 || seeds.length > MOST ? null : seeds;
}
