// shared/onnx/gen/onnx.{js,d.ts} from proto/onnx.proto.
import { generateProtobuf } from './protobuf.mjs';

generateProtobuf({ proto: 'proto/onnx.proto', out: 'shared/onnx/gen/onnx.js', rootName: 'tributary_onnx' });
