import { declareAccess } from './access-declaration.js';

/**
 * Lets only clients with one of these roles call the method (`Identity.roles` of the gate's authenticator). On a class:
 * for all its methods that say nothing themselves, and for creating and deleting its objects. `authenticated` is
 * everybody who has an identity, `clients` is everybody. Others get `ACCESS_DENIED`, from the node that has the object.
 * Calls of objects are not concerned.
 */
export function AllowRoles(...roles: string[]): ClassDecorator & MethodDecorator {
  return (target: object, propertyKey?: string | symbol) => declareAccess(target, propertyKey, { roles });
}
