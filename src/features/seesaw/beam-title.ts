import type { SkillBeam } from './beam-data.ts';

/** What the beams say as they stand at the end; only changes whose interval excludes 0 count as one. */
export function beamTitle(beams: readonly SkillBeam[]): string {
  const moved = beams.flatMap(({ label, step, reasoning, tool, ways }) => {
    if (reasoning === null || tool === null || step === null || step === 0) return [];
    return [`${label}: ${words(ways.reasoning, ways.tool)}`];
  });
  return moved.length === 0 ? 'Reasoning skill and tool skill against the base' : moved.join('; ');
}

function words(reasoning: number, tool: number): string {
  if (reasoning === tool) return reasoning > 0 ? 'both skills up' : reasoning < 0 ? 'both skills down' : 'neither skill clearly moved';
  const one = (name: string, way: number) => (way === 0 ? null : `${name} ${way > 0 ? 'up' : 'down'}`);
  const parts = [one('reasoning', reasoning), one('tool', tool)].filter((part) => part !== null);
  return parts.length === 2 ? parts.join(', ') : `${parts[0]}, ${reasoning === 0 ? 'reasoning' : 'tool'} not clearly moved`;
}
