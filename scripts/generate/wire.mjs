// shared/protocol/gen/wire.{js,d.ts} from proto/tributary/v1/wire.proto.
import { generateProtobuf } from './protobuf.mjs';

generateProtobuf({
  proto: 'proto/tributary/v1/wire.proto',
  out: 'shared/protocol/gen/wire.js',
  rootName: 'tributary_wire',
});
