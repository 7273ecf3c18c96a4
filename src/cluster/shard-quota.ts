/** A node that may get shards. */
export interface QuotaMember {
  readonly weight: number;
  /** Shards it has or is about to get. */
  readonly current: number;
  /** Of these: it owns them, so taking them away is a move. */
  readonly owned: number;
  /** Of the owned: nobody who has room comes back for them. Default: all. */
  readonly settled?: number;
}

/**
 * Shards each member shall have: floor or ceiling of its share by weight, the ceilings going where they save moves, and then where
 * they save moves of shards to where they never were.
 * The sum is `shards`. Members' weights are above 0; ties go by position.
 */
export function quotas(shards: number, members: readonly QuotaMember[]): number[] {
  const total = members.reduce((sum, member) => sum + member.weight, 0);
  const result = members.map((member) => Math.floor((shards * member.weight) / total));
  let rest = shards - result.reduce((sum, quota) => sum + quota, 0);
  const byGain = members
    .map(({ weight, current, owned, settled = owned }, i) => {
      const floor = result[i] ?? 0;
      return {
        i,
        fraction: (shards * weight) / total - floor,
        saves: Number(owned > floor) * 4 + Number(current > floor) * 2 + Number(settled > floor),
      };
    })
    .filter(({ fraction }) => fraction > 0)
    .sort((a, b) => b.saves - a.saves || a.i - b.i);
  for (const { i } of byGain) {
    if (rest === 0) break;
    result[i] = (result[i] ?? 0) + 1;
    rest--;
  }
  return result;
}

/** The least a member of this weight is due among all. */
export function leastShare(shards: number, weight: number, totalWeight: number): number {
  return totalWeight > 0 ? Math.floor((shards * weight) / totalWeight) : 0;
}
