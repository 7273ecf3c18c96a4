/** The address others dial; a configured port 0 stands for the port that was bound. */
export function advertisedAddress(advertise: string, bound: string | undefined): string {
  if (bound === undefined || !advertise.endsWith(':0')) return advertise;
  return `${advertise.slice(0, -1)}${bound.slice(bound.lastIndexOf(':') + 1)}`;
}
