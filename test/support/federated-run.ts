import { join } from 'node:path';
import { Coordinator } from '../../coordinator/coordinator.ts';
import { describeRun } from '../../coordinator/run/description.ts';
import { tableOptions } from '../../coordinator/run/prepare.ts';
import { type Addresses, serve } from '../../coordinator/serve.ts';
import { createRun } from '../../coordinator/store/sqlite-store.ts';
import type { RunStore } from '../../coordinator/store/store.ts';
import { DatasetFile } from '../../node/data/block-file.ts';
import { ingest } from '../../node/data/ingest.ts';
import { dialGrpc } from '../../node/transports/grpc-client.ts';
import { dialWebSocket } from '../../node/transports/websocket-client.ts';
import type { Job } from '../../shared/job/job.ts';
import type { Channel } from '../../shared/protocol/channel.ts';
import { createMember } from '../../worker/create-member.ts';
import { ownTable } from '../../worker/data/own-table.ts';
import type { Member } from '../../worker/member.ts';
import { DIGITS, temporaryFolder } from './digits.ts';

const TOKEN = 'a-token-for-tests';

/** A federated run in this process that listens for Node's members and for pages, on loopback in plaintext. */
export class FederatedRun {
  private readonly members: Member[] = [];

  private constructor(
    readonly coordinator: Coordinator,
    private readonly store: RunStore,
    private readonly data: DatasetFile,
    private readonly addresses: Addresses,
  ) {}

  static async open(job: Job): Promise<FederatedRun> {
    const { directory } = await ingest(job.data, DIGITS, temporaryFolder(), job.seed, tableOptions(job));
    const data = await DatasetFile.open(directory);
    const store = createRun(join(temporaryFolder(), 'run'), {
      id: 'page-run',
      name: job.name,
      createdAt: Date.now(),
      jobText: '',
      jobHash: '',
      dataHash: data.manifest.hash,
    });
    const description = describeRun(job, data, undefined);
    const coordinator = await Coordinator.open({ description, store, token: TOKEN });
    const addresses = await serve(coordinator, store.directory, {
      grpc: '127.0.0.1:0',
      websocket: '127.0.0.1:0',
      insecure: true,
    });
    return new FederatedRun(coordinator, store, data, addresses);
  }

  /** Of the server that has the page. */
  get origin(): string {
    return `http://${this.addresses.websocket}`;
  }

  /** The page, as the coordinator prints it. */
  get link(): string {
    return `${this.origin}/join/#token=${TOKEN}`;
  }

  get token(): string {
    return TOKEN;
  }

  /**
   * A participant in Node, with a table of its own.
   *
   * @param watch each channel that it opens
   */
  async join(
    name: string,
    table: string,
    over: 'gRPC' | 'WebSocket' = 'gRPC',
    watch: (channel: Channel) => Channel = (channel) => channel,
  ): Promise<Member> {
    const member = await createMember({
      dial: async () => {
        const { grpc, websocket } = this.addresses;
        return watch(
          over === 'gRPC'
            ? await dialGrpc({ address: grpc, insecure: 'loopback' })
            : await dialWebSocket({ address: websocket!, insecure: 'loopback' }),
        );
      },
      token: TOKEN,
      name,
      engine: 'cpu',
      threads: 1,
      cache: temporaryFolder(),
      own: ownTable(table, temporaryFolder()),
    });
    this.members.push(member);
    member.start();
    return member;
  }

  async close(): Promise<void> {
    await Promise.all(this.members.map((member) => member.leave()));
    await this.coordinator.participantsGone(10_000);
    await this.coordinator.close();
    this.store.close();
    this.data.close();
  }
}
