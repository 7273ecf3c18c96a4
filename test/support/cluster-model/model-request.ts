import type { ProcessModel } from './process-model.js';

/** A request on its way: to be applied, answered, lost or late. */
export interface ModelRequest {
  readonly from: ProcessModel;
  apply(): unknown;
  /** `undefined`: no answer came in time. */
  answer(result: unknown): void;
  applied?: { readonly result: unknown };
  answered?: boolean;
  /** The network keeps it until then. */
  stuckUntil: number;
}
