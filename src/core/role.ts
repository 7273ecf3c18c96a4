import type { CallerIdentity } from './object-call.js';

/** Everybody who has an identity. */
export const AUTHENTICATED = 'authenticated';
/** Everybody, known or not. */
export const EVERY_CLIENT = 'clients';

/** True if a client with this identity (undefined: anonymous) is one of those `to` names: `clients`, `authenticated`, or a role. */
export function satisfiesRole(to: string, identity: CallerIdentity | undefined): boolean {
  if (to === EVERY_CLIENT) return true;
  if (identity === undefined) return false;
  return to === AUTHENTICATED || identity.roles.includes(to);
}
