import { goverseError } from '../core/index.js';
import type { CallPort } from './cluster-goverse-service.js';

/** A node or a gate as its application sees it. */
export interface ProcessPart {
  readonly port: CallPort;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export type ProcessPartRole = 'node' | 'gate';

/**
 * What an application is made of: a node, a gate, or both. GoverseService is the node's then, since a node knows more
 * than a gate.
 */
export class CallEntrance {
  private readonly parts = new Map<ProcessPartRole, ProcessPart>();

  bind(role: ProcessPartRole, part: ProcessPart): void {
    this.parts.set(role, part);
  }

  port(): CallPort {
    const part = this.parts.get('node') ?? this.parts.get('gate');
    if (part) return part.port;
    throw goverseError(
      'NOT_READY',
      'This application has no node and no gate yet; call objects after it has been initialised',
    );
  }

  async start(): Promise<void> {
    await this.parts.get('node')?.start();
    await this.parts.get('gate')?.start();
  }

  /** What faces the clients goes before what they are served by. */
  async stop(): Promise<void> {
    await this.parts.get('gate')?.stop();
    await this.parts.get('node')?.stop();
  }
}
