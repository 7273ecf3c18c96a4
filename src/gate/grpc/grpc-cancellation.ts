import type { ServerUnaryCall } from '@grpc/grpc-js';
import { LazySignal, goverseError } from '../../core/index.js';

/** Aborted when the client cancels its call or its connection breaks. */
export function cancellationOf(call: ServerUnaryCall<unknown, unknown>): LazySignal {
  const cancellation = new LazySignal();
  const cancel = () => cancellation.abort(goverseError('CANCELLED', 'The client cancelled the call'));
  if (call.cancelled) cancel();
  else call.once('cancelled', cancel);
  return cancellation;
}
