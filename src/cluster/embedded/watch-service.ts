import type { ServerDuplexStream, UntypedServiceImplementation } from '@grpc/grpc-js';
import type { WatchCreateMessage, WatchRequestMessage } from './etcd-messages.js';
import { keyRange } from './key-range.js';
import { isTombstone } from './key-value.js';
import { keyValueMessage } from './kv-responses.js';
import type { OpenStreams } from './open-streams.js';
import type { ServerIdentity } from './server-identity.js';
import type { WatchEvent, WatchSpec } from './watcher.js';
import type { WatchHub } from './watch-hub.js';
import type { WatchAnswer, WatchStream } from './watch-stream.js';

const FIRST_KEY = Buffer.from([0]);

/** The gRPC service `etcdserverpb.Watch`. */
export function watchService(
  hub: WatchHub,
  identity: ServerIdentity,
  streams: OpenStreams,
): UntypedServiceImplementation {
  return {
    Watch: (call: ServerDuplexStream<WatchRequestMessage, object>) => {
      const stream = hub.open((answer) => call.write(answerMessage(answer, identity)));
      streams.add(call, () => hub.close(stream));
      call.on('drain', () => stream.resume());
      // A client that stops sending still receives, as with etcd: there is nothing to do on 'end'.
      call.on('data', (message: WatchRequestMessage) => obey(stream, message));
    },
  };
}

function obey(stream: WatchStream, message: WatchRequestMessage): void {
  if (message.create_request) {
    const create = message.create_request;
    stream.create(create.watch_id, Number(create.start_revision), specOf(create));
  } else if (message.cancel_request) stream.cancel(message.cancel_request.watch_id);
  else if (message.progress_request) stream.requestProgress();
}

function specOf(message: WatchCreateMessage): WatchSpec {
  return {
    range: keyRange(message.key.length === 0 ? FIRST_KEY : message.key, message.range_end),
    wantsPrevious: message.prev_kv,
    wantsPuts: !message.filters.includes('Noput'),
    wantsDeletes: !message.filters.includes('Nodelete'),
    wantsProgress: message.progress_notify,
    mayFragment: message.fragment,
  };
}

function answerMessage(answer: WatchAnswer, identity: ServerIdentity): object {
  return {
    header: identity.header(answer.revision),
    watch_id: answer.watchId,
    created: answer.created,
    canceled: answer.canceled,
    cancel_reason: answer.cancelReason,
    compact_revision: answer.compactRevision,
    fragment: answer.fragment,
    events: answer.events.map(eventMessage),
  };
}

function eventMessage(event: WatchEvent): object {
  return {
    type: isTombstone(event.kv) ? 'Delete' : 'Put',
    kv: keyValueMessage(event.kv),
    prev_kv: event.previous === undefined ? undefined : keyValueMessage(event.previous),
  };
}
