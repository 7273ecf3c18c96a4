import type { ServerUnaryCall } from '@grpc/grpc-js';
import { LazySignal, goverseError } from '../../core/index.js';

/** Made once: every call is told so when it has been answered, and an error of its own would cost more than the rest. */
const CANCELLED = goverseError('CANCELLED', 'The client cancelled the call');

/** Aborted when the client cancels its call or its connection breaks. */
export function cancellationOf(call: ServerUnaryCall<unknown, unknown>): LazySignal {
  const cancellation = new LazySignal();
  const cancel = () => cancellation.abort(CANCELLED);
  if (call.cancelled) cancel();
  else call.once('cancelled', cancel);
  return cancellation;
}
