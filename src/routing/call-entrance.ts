import { goverseError } from '../core/index.js';
import type { CallPort } from './cluster-goverse-service.js';

/** Who may answer for this process; a node knows more than a gate. */
export type CallPortRole = 'node' | 'gate';

/**
 * Where the GoverseService of an application finds its process: one application may hold a node, a gate or both, and
 * then the node's router serves.
 */
export class CallEntrance {
  private readonly ports = new Map<CallPortRole, CallPort>();

  bind(role: CallPortRole, port: CallPort): void {
    this.ports.set(role, port);
  }

  port(): CallPort {
    const port = this.ports.get('node') ?? this.ports.get('gate');
    if (port) return port;
    throw goverseError(
      'NOT_READY',
      'This application has no node and no gate yet; call objects after it has been initialised',
    );
  }
}
