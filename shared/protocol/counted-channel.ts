import type { Channel } from './channel.ts';

export interface CountedChannel extends Channel {
  readonly traffic: { readonly sent: number; readonly received: number };
}

/** A channel that counts the bytes of its envelopes. */
export function counted(channel: Channel): CountedChannel {
  const traffic = { sent: 0, received: 0 };
  return {
    traffic,
    remote: channel.remote,
    intact: channel.intact,
    send(message, taken) {
      traffic.sent += message.length;
      channel.send(message, taken);
    },
    ...(channel.sendParts && {
      sendParts(head, data, taken) {
        traffic.sent += head.length + data.length;
        channel.sendParts?.(head, data, taken);
      },
    }),
    drained: () => channel.drained(),
    close: (reason) => channel.close(reason),
    onMessage: (handler) =>
      channel.onMessage((message) => {
        traffic.received += message.length;
        handler(message);
      }),
    ...(channel.release && { release: (message) => channel.release?.(message) }),
    onClose: (handler) => channel.onClose(handler),
  };
}
