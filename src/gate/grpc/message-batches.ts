import { ServerInterceptingCall } from '@grpc/grpc-js';
import type { ServerInterceptor } from '@grpc/grpc-js';

/**
 * Lets streams of the methods at `paths` write several messages at once, as an array: grpc-js itself takes the next message
 * only when the one before has been written, which is one write to the socket for each. The message serialiser sees
 * single messages.
 */
export function messageBatches(...paths: readonly string[]): ServerInterceptor {
  return (method, call) => {
    // A chain takes calls of any make; its types know one.
    if (!paths.includes(method.path)) return call as ServerInterceptingCall;
    return new ServerInterceptingCall(call, {
      sendMessage: (batch: readonly unknown[], next) => {
        for (const message of batch.slice(0, -1)) call.sendMessage(message, ignored);
        next(batch[batch.length - 1]);
      },
    });
  };
}

/** The last message of a batch tells when all of it has been written. */
function ignored(): void {}
