import { SetMetadata } from '@nestjs/common';

/** Metadata key of the gate's HTTP handlers: guards of an application can tell them with `Reflector.get(GATE_HANDLER, context.getHandler())`. */
export const GATE_HANDLER = 'goverse:gate-handler';

/** Names what a handler of the gate does; it is routed by the gate, not by Nest. */
export const GateHandler = (name: 'call' | 'create' | 'delete' | 'events' | 'openapi') =>
  SetMetadata(GATE_HANDLER, name);
