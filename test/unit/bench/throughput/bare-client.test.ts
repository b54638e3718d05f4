import { afterEach, describe, expect, it } from 'vitest';
import { BareClient } from '../../../../bench/throughput/bare-client.ts';
import { FRAME, type Frame, FrameCutter, frameOf, STREAM } from '../../../../bench/throughput/bare-http2.ts';
import { listenGrpc } from '../../../../node/transports/grpc-server.ts';
import type { Channel, Listener } from '../../../../shared/protocol/channel.ts';

const bytes = (length: number, seed: number): Buffer =>
  Buffer.from(new Uint8Array(length).map((_, index) => (index * 31 + seed) & 0xff));

describe('frames', () => {
  it('are cut alike, wherever what comes is cut', () => {
    const frames: Frame[] = [
      { type: FRAME.settings, flags: 1, stream: 0, payload: bytes(0, 1) },
      { type: FRAME.data, flags: 0, stream: STREAM, payload: bytes(7, 2) },
      { type: FRAME.data, flags: 0, stream: STREAM, payload: bytes(0, 3) },
      { type: FRAME.windowUpdate, flags: 0, stream: 0, payload: bytes(4, 4) },
    ];
    const wire = Buffer.concat(frames.map(frameOf));
    for (let size = 1; size <= wire.length; size++) {
      const got: { type: number; stream: number; payload: Buffer }[] = [];
      const cutter = new FrameCutter(({ type, stream, payload }) =>
        got.push({ type, stream, payload: Buffer.from(payload) }),
      );
      for (let at = 0; at < wire.length; at += size) cutter.push(wire.subarray(at, at + size));
      // A DATA frame comes in the parts in which it was read.
      const data = got.filter(({ type }) => type === FRAME.data).map(({ payload }) => payload);
      expect(Buffer.concat(data)).toEqual(bytes(7, 2));
      expect(got.filter(({ type }) => type !== FRAME.data)).toEqual([
        { type: FRAME.settings, stream: 0, payload: bytes(0, 1) },
        { type: FRAME.windowUpdate, stream: 0, payload: bytes(4, 4) },
      ]);
    }
  });
});

describe('a bare client', () => {
  const open: { close(): unknown }[] = [];
  afterEach(async () => {
    for (const each of open.splice(0)) await each.close();
  });

  it('says and hears messages of a real server, longer than a window and shorter than a prefix', async () => {
    let accepted: (channel: Channel) => void;
    const server = new Promise<Channel>((resolve) => {
      accepted = resolve;
    });
    const listener: Listener = await listenGrpc({
      address: '127.0.0.1:0',
      insecure: 'loopback',
      onChannel: (channel) => accepted(channel),
    });
    const client = await BareClient.dial(listener.address);
    open.push(client, listener);
    // Two windows of the server's stream together.
    const sizes = [0, 1, 16_384, 240_000, ...Array<number>(16).fill(1 << 20)];
    const peer = await server;
    // The bench's reader keeps nothing of a message, so neither may this one.
    const heard: string[] = [];
    const all = new Promise<void>((resolve) => {
      client.onMessage((message) => {
        heard.push(Buffer.from(message).toString('base64'));
        if (heard.length === sizes.length) resolve();
      });
    });
    peer.onMessage((message) => peer.send(Uint8Array.from(message)));
    for (const [index, size] of sizes.entries()) {
      const message = bytes(size, index);
      if (size > 100) client.sendParts(message.subarray(0, 14), message.subarray(14));
      else client.send(message);
      await client.drained();
    }
    await all;
    expect(heard).toEqual(sizes.map((size, index) => bytes(size, index).toString('base64')));
  });
});
