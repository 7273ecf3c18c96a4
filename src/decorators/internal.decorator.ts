import { declareAccess } from './access-declaration.js';

/**
 * Keeps the method from clients: only objects and code of the cluster may call it. On a class: all its methods that are
 * not `@Method({ internal: false })`, and the creation and deletion of its objects. Clients get `ACCESS_DENIED`.
 */
export function Internal(): ClassDecorator & MethodDecorator {
  return (target: object, propertyKey?: string | symbol) => declareAccess(target, propertyKey, { internal: true });
}
