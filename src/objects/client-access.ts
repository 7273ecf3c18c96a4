import { goverseError, satisfiesRole, type ObjectCall } from '../core/index.js';
import type { ObjectDefinition } from './object-definition.js';

/**
 * What the code of an object says about clients (`internal`, `@AllowRoles`), for a call that comes from one: the node
 * that has the object decides, whatever the gate thinks. Throws `ACCESS_DENIED`.
 */
export function assertOpenToClient(call: ObjectCall, definition: ObjectDefinition): void {
  const rule = call.verb === 'call' ? definition.methods.get(call.method)?.options : definition.options;
  // That there is no such method is found out later.
  if (rule === undefined) return;
  const { internal, roles } = rule;
  if (internal) throw denied(call, definition, 'is internal; clients may not');
  if (roles === undefined || roles.some((role) => satisfiesRole(role, call.caller))) return;
  throw denied(call, definition, `is for ${roles.join(', ')}; this client may not`);
}

function denied({ verb, method }: ObjectCall, { type }: ObjectDefinition, why: string): Error {
  if (verb === 'call') return goverseError('ACCESS_DENIED', `${type}.${method} ${why} call it`);
  return goverseError('ACCESS_DENIED', `${type} ${why} ${verb} its objects`);
}
