// Generated from proto/tributary/v1/wire.proto by scripts/generate.mjs. Do not edit.
import * as $protobuf from "protobufjs/minimal.js";
import type Long from "long";

/** Namespace tributary. */
export namespace tributary {

    /** Namespace v1. */
    namespace v1 {

        /**
         * Properties of an Envelope.
         * @deprecated Use tributary.v1.Envelope.$Properties instead.
         */
        interface IEnvelope extends tributary.v1.Envelope.$Properties {
        }

        /** Represents an Envelope. */
        class Envelope {

            /**
             * Constructs a new Envelope.
             * @param [properties] Properties to set
             */
            constructor(properties?: tributary.v1.Envelope.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Envelope hello. */
            hello?: (tributary.v1.Hello.$Properties|null);

            /** Envelope welcome. */
            welcome?: (tributary.v1.Welcome.$Properties|null);

            /** Envelope refuse. */
            refuse?: (tributary.v1.Refuse.$Properties|null);

            /** Envelope assign. */
            assign?: (tributary.v1.Assign.$Properties|null);

            /** Envelope cancel. */
            cancel?: (tributary.v1.Cancel.$Properties|null);

            /** Envelope failed. */
            failed?: (tributary.v1.Failed.$Properties|null);

            /** Envelope committed. */
            committed?: (tributary.v1.Committed.$Properties|null);

            /** Envelope finished. */
            finished?: (tributary.v1.Finished.$Properties|null);

            /** Envelope leaving. */
            leaving?: (tributary.v1.Leaving.$Properties|null);

            /** Envelope heartbeat. */
            heartbeat?: (tributary.v1.Heartbeat.$Properties|null);

            /** Envelope heartbeatAck. */
            heartbeatAck?: (tributary.v1.HeartbeatAck.$Properties|null);

            /** Envelope want. */
            want?: (tributary.v1.Want.$Properties|null);

            /** Envelope unavailable. */
            unavailable?: (tributary.v1.Unavailable.$Properties|null);

            /** Envelope offer. */
            offer?: (tributary.v1.Offer.$Properties|null);

            /** Envelope accept. */
            accept?: (tributary.v1.Accept.$Properties|null);

            /** Envelope chunk. */
            chunk?: (tributary.v1.Chunk.$Properties|null);

            /** Envelope credit. */
            credit?: (tributary.v1.Credit.$Properties|null);

            /** Envelope done. */
            done?: (tributary.v1.Done.$Properties|null);

            /** Envelope abort. */
            abort?: (tributary.v1.Abort.$Properties|null);

            /** Envelope acknowledge. */
            acknowledge?: (tributary.v1.Acknowledge.$Properties|null);

            /** Envelope ready. */
            ready?: (tributary.v1.Ready.$Properties|null);

            /** Envelope message. */
            message?: ("hello"|"welcome"|"refuse"|"assign"|"cancel"|"failed"|"committed"|"finished"|"leaving"|"heartbeat"|"heartbeatAck"|"want"|"unavailable"|"offer"|"accept"|"chunk"|"credit"|"done"|"abort"|"acknowledge"|"ready");

            /**
             * Encodes the specified Envelope message. Does not implicitly {@link tributary.v1.Envelope.verify|verify} messages.
             * @param message Envelope message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: tributary.v1.Envelope.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Envelope message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {tributary.v1.Envelope & tributary.v1.Envelope.$Shape} Envelope
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tributary.v1.Envelope & tributary.v1.Envelope.$Shape;
        }

        namespace Envelope {

            /** Properties of an Envelope. */
            interface $Properties {

                /** Envelope hello */
                hello?: (tributary.v1.Hello.$Properties|null);

                /** Envelope welcome */
                welcome?: (tributary.v1.Welcome.$Properties|null);

                /** Envelope refuse */
                refuse?: (tributary.v1.Refuse.$Properties|null);

                /** Envelope assign */
                assign?: (tributary.v1.Assign.$Properties|null);

                /** Envelope cancel */
                cancel?: (tributary.v1.Cancel.$Properties|null);

                /** Envelope failed */
                failed?: (tributary.v1.Failed.$Properties|null);

                /** Envelope committed */
                committed?: (tributary.v1.Committed.$Properties|null);

                /** Envelope finished */
                finished?: (tributary.v1.Finished.$Properties|null);

                /** Envelope leaving */
                leaving?: (tributary.v1.Leaving.$Properties|null);

                /** Envelope heartbeat */
                heartbeat?: (tributary.v1.Heartbeat.$Properties|null);

                /** Envelope heartbeatAck */
                heartbeatAck?: (tributary.v1.HeartbeatAck.$Properties|null);

                /** Envelope want */
                want?: (tributary.v1.Want.$Properties|null);

                /** Envelope unavailable */
                unavailable?: (tributary.v1.Unavailable.$Properties|null);

                /** Envelope offer */
                offer?: (tributary.v1.Offer.$Properties|null);

                /** Envelope accept */
                accept?: (tributary.v1.Accept.$Properties|null);

                /** Envelope chunk */
                chunk?: (tributary.v1.Chunk.$Properties|null);

                /** Envelope credit */
                credit?: (tributary.v1.Credit.$Properties|null);

                /** Envelope done */
                done?: (tributary.v1.Done.$Properties|null);

                /** Envelope abort */
                abort?: (tributary.v1.Abort.$Properties|null);

                /** Envelope acknowledge */
                acknowledge?: (tributary.v1.Acknowledge.$Properties|null);

                /** Envelope ready */
                ready?: (tributary.v1.Ready.$Properties|null);

                /** Envelope message */
                message?: ("hello"|"welcome"|"refuse"|"assign"|"cancel"|"failed"|"committed"|"finished"|"leaving"|"heartbeat"|"heartbeatAck"|"want"|"unavailable"|"offer"|"accept"|"chunk"|"credit"|"done"|"abort"|"acknowledge"|"ready");

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Narrowed shape of an Envelope. */
            type $Shape = {
              hello?: tributary.v1.Hello.$Shape|null;
              welcome?: tributary.v1.Welcome.$Shape|null;
              refuse?: tributary.v1.Refuse.$Shape|null;
              assign?: tributary.v1.Assign.$Shape|null;
              cancel?: tributary.v1.Cancel.$Shape|null;
              failed?: tributary.v1.Failed.$Shape|null;
              committed?: tributary.v1.Committed.$Shape|null;
              finished?: tributary.v1.Finished.$Shape|null;
              leaving?: tributary.v1.Leaving.$Shape|null;
              heartbeat?: tributary.v1.Heartbeat.$Shape|null;
              heartbeatAck?: tributary.v1.HeartbeatAck.$Shape|null;
              want?: tributary.v1.Want.$Shape|null;
              unavailable?: tributary.v1.Unavailable.$Shape|null;
              offer?: tributary.v1.Offer.$Shape|null;
              accept?: tributary.v1.Accept.$Shape|null;
              chunk?: tributary.v1.Chunk.$Shape|null;
              credit?: tributary.v1.Credit.$Shape|null;
              done?: tributary.v1.Done.$Shape|null;
              abort?: tributary.v1.Abort.$Shape|null;
              acknowledge?: tributary.v1.Acknowledge.$Shape|null;
              ready?: tributary.v1.Ready.$Shape|null;
              $unknowns?: Uint8Array[];
            } & (
              ({ message?: undefined; hello?: null; welcome?: null; refuse?: null; assign?: null; cancel?: null; failed?: null; committed?: null; finished?: null; leaving?: null; heartbeat?: null; heartbeatAck?: null; want?: null; unavailable?: null; offer?: null; accept?: null; chunk?: null; credit?: null; done?: null; abort?: null; acknowledge?: null; ready?: null }|{ message?: "hello"; hello: tributary.v1.Hello.$Shape; welcome?: null; refuse?: null; assign?: null; cancel?: null; failed?: null; committed?: null; finished?: null; leaving?: null; heartbeat?: null; heartbeatAck?: null; want?: null; unavailable?: null; offer?: null; accept?: null; chunk?: null; credit?: null; done?: null; abort?: null; acknowledge?: null; ready?: null }|{ message?: "welcome"; hello?: null; welcome: tributary.v1.Welcome.$Shape; refuse?: null; assign?: null; cancel?: null; failed?: null; committed?: null; finished?: null; leaving?: null; heartbeat?: null; heartbeatAck?: null; want?: null; unavailable?: null; offer?: null; accept?: null; chunk?: null; credit?: null; done?: null; abort?: null; acknowledge?: null; ready?: null }|{ message?: "refuse"; hello?: null; welcome?: null; refuse: tributary.v1.Refuse.$Shape; assign?: null; cancel?: null; failed?: null; committed?: null; finished?: null; leaving?: null; heartbeat?: null; heartbeatAck?: null; want?: null; unavailable?: null; offer?: null; accept?: null; chunk?: null; credit?: null; done?: null; abort?: null; acknowledge?: null; ready?: null }|{ message?: "assign"; hello?: null; welcome?: null; refuse?: null; assign: tributary.v1.Assign.$Shape; cancel?: null; failed?: null; committed?: null; finished?: null; leaving?: null; heartbeat?: null; heartbeatAck?: null; want?: null; unavailable?: null; offer?: null; accept?: null; chunk?: null; credit?: null; done?: null; abort?: null; acknowledge?: null; ready?: null }|{ message?: "cancel"; hello?: null; welcome?: null; refuse?: null; assign?: null; cancel: tributary.v1.Cancel.$Shape; failed?: null; committed?: null; finished?: null; leaving?: null; heartbeat?: null; heartbeatAck?: null; want?: null; unavailable?: null; offer?: null; accept?: null; chunk?: null; credit?: null; done?: null; abort?: null; acknowledge?: null; ready?: null }|{ message?: "failed"; hello?: null; welcome?: null; refuse?: null; assign?: null; cancel?: null; failed: tributary.v1.Failed.$Shape; committed?: null; finished?: null; leaving?: null; heartbeat?: null; heartbeatAck?: null; want?: null; unavailable?: null; offer?: null; accept?: null; chunk?: null; credit?: null; done?: null; abort?: null; acknowledge?: null; ready?: null }|{ message?: "committed"; hello?: null; welcome?: null; refuse?: null; assign?: null; cancel?: null; failed?: null; committed: tributary.v1.Committed.$Shape; finished?: null; leaving?: null; heartbeat?: null; heartbeatAck?: null; want?: null; unavailable?: null; offer?: null; accept?: null; chunk?: null; credit?: null; done?: null; abort?: null; acknowledge?: null; ready?: null }|{ message?: "finished"; hello?: null; welcome?: null; refuse?: null; assign?: null; cancel?: null; failed?: null; committed?: null; finished: tributary.v1.Finished.$Shape; leaving?: null; heartbeat?: null; heartbeatAck?: null; want?: null; unavailable?: null; offer?: null; accept?: null; chunk?: null; credit?: null; done?: null; abort?: null; acknowledge?: null; ready?: null }|{ message?: "leaving"; hello?: null; welcome?: null; refuse?: null; assign?: null; cancel?: null; failed?: null; committed?: null; finished?: null; leaving: tributary.v1.Leaving.$Shape; heartbeat?: null; heartbeatAck?: null; want?: null; unavailable?: null; offer?: null; accept?: null; chunk?: null; credit?: null; done?: null; abort?: null; acknowledge?: null; ready?: null }|{ message?: "heartbeat"; hello?: null; welcome?: null; refuse?: null; assign?: null; cancel?: null; failed?: null; committed?: null; finished?: null; leaving?: null; heartbeat: tributary.v1.Heartbeat.$Shape; heartbeatAck?: null; want?: null; unavailable?: null; offer?: null; accept?: null; chunk?: null; credit?: null; done?: null; abort?: null; acknowledge?: null; ready?: null }|{ message?: "heartbeatAck"; hello?: null; welcome?: null; refuse?: null; assign?: null; cancel?: null; failed?: null; committed?: null; finished?: null; leaving?: null; heartbeat?: null; heartbeatAck: tributary.v1.HeartbeatAck.$Shape; want?: null; unavailable?: null; offer?: null; accept?: null; chunk?: null; credit?: null; done?: null; abort?: null; acknowledge?: null; ready?: null }|{ message?: "want"; hello?: null; welcome?: null; refuse?: null; assign?: null; cancel?: null; failed?: null; committed?: null; finished?: null; leaving?: null; heartbeat?: null; heartbeatAck?: null; want: tributary.v1.Want.$Shape; unavailable?: null; offer?: null; accept?: null; chunk?: null; credit?: null; done?: null; abort?: null; acknowledge?: null; ready?: null }|{ message?: "unavailable"; hello?: null; welcome?: null; refuse?: null; assign?: null; cancel?: null; failed?: null; committed?: null; finished?: null; leaving?: null; heartbeat?: null; heartbeatAck?: null; want?: null; unavailable: tributary.v1.Unavailable.$Shape; offer?: null; accept?: null; chunk?: null; credit?: null; done?: null; abort?: null; acknowledge?: null; ready?: null }|{ message?: "offer"; hello?: null; welcome?: null; refuse?: null; assign?: null; cancel?: null; failed?: null; committed?: null; finished?: null; leaving?: null; heartbeat?: null; heartbeatAck?: null; want?: null; unavailable?: null; offer: tributary.v1.Offer.$Shape; accept?: null; chunk?: null; credit?: null; done?: null; abort?: null; acknowledge?: null; ready?: null }|{ message?: "accept"; hello?: null; welcome?: null; refuse?: null; assign?: null; cancel?: null; failed?: null; committed?: null; finished?: null; leaving?: null; heartbeat?: null; heartbeatAck?: null; want?: null; unavailable?: null; offer?: null; accept: tributary.v1.Accept.$Shape; chunk?: null; credit?: null; done?: null; abort?: null; acknowledge?: null; ready?: null }|{ message?: "chunk"; hello?: null; welcome?: null; refuse?: null; assign?: null; cancel?: null; failed?: null; committed?: null; finished?: null; leaving?: null; heartbeat?: null; heartbeatAck?: null; want?: null; unavailable?: null; offer?: null; accept?: null; chunk: tributary.v1.Chunk.$Shape; credit?: null; done?: null; abort?: null; acknowledge?: null; ready?: null }|{ message?: "credit"; hello?: null; welcome?: null; refuse?: null; assign?: null; cancel?: null; failed?: null; committed?: null; finished?: null; leaving?: null; heartbeat?: null; heartbeatAck?: null; want?: null; unavailable?: null; offer?: null; accept?: null; chunk?: null; credit: tributary.v1.Credit.$Shape; done?: null; abort?: null; acknowledge?: null; ready?: null }|{ message?: "done"; hello?: null; welcome?: null; refuse?: null; assign?: null; cancel?: null; failed?: null; committed?: null; finished?: null; leaving?: null; heartbeat?: null; heartbeatAck?: null; want?: null; unavailable?: null; offer?: null; accept?: null; chunk?: null; credit?: null; done: tributary.v1.Done.$Shape; abort?: null; acknowledge?: null; ready?: null }|{ message?: "abort"; hello?: null; welcome?: null; refuse?: null; assign?: null; cancel?: null; failed?: null; committed?: null; finished?: null; leaving?: null; heartbeat?: null; heartbeatAck?: null; want?: null; unavailable?: null; offer?: null; accept?: null; chunk?: null; credit?: null; done?: null; abort: tributary.v1.Abort.$Shape; acknowledge?: null; ready?: null }|{ message?: "acknowledge"; hello?: null; welcome?: null; refuse?: null; assign?: null; cancel?: null; failed?: null; committed?: null; finished?: null; leaving?: null; heartbeat?: null; heartbeatAck?: null; want?: null; unavailable?: null; offer?: null; accept?: null; chunk?: null; credit?: null; done?: null; abort?: null; acknowledge: tributary.v1.Acknowledge.$Shape; ready?: null }|{ message?: "ready"; hello?: null; welcome?: null; refuse?: null; assign?: null; cancel?: null; failed?: null; committed?: null; finished?: null; leaving?: null; heartbeat?: null; heartbeatAck?: null; want?: null; unavailable?: null; offer?: null; accept?: null; chunk?: null; credit?: null; done?: null; abort?: null; acknowledge?: null; ready: tributary.v1.Ready.$Shape })
            );
        }

        /**
         * Properties of a Hello.
         * @deprecated Use tributary.v1.Hello.$Properties instead.
         */
        interface IHello extends tributary.v1.Hello.$Properties {
        }

        /** Represents a Hello. */
        class Hello {

            /**
             * Constructs a new Hello.
             * @param [properties] Properties to set
             */
            constructor(properties?: tributary.v1.Hello.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Hello protocol. */
            protocol: number;

            /** Hello token. */
            token: string;

            /** Hello name. */
            name: string;

            /** Hello resumeToken. */
            resumeToken: string;

            /** Hello version. */
            version: string;

            /** Hello capabilities. */
            capabilities?: (tributary.v1.Capabilities.$Properties|null);

            /** Hello window. */
            window: number;

            /** Hello checksums. */
            checksums: boolean;

            /** Hello holds. */
            holds: string;

            /**
             * Encodes the specified Hello message. Does not implicitly {@link tributary.v1.Hello.verify|verify} messages.
             * @param message Hello message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: tributary.v1.Hello.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Hello message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {tributary.v1.Hello & tributary.v1.Hello.$Shape} Hello
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tributary.v1.Hello & tributary.v1.Hello.$Shape;
        }

        namespace Hello {

            /** Properties of a Hello. */
            interface $Properties {

                /** Hello protocol */
                protocol?: (number|null);

                /** Hello token */
                token?: (string|null);

                /** Hello name */
                name?: (string|null);

                /** Hello resumeToken */
                resumeToken?: (string|null);

                /** Hello version */
                version?: (string|null);

                /** Hello capabilities */
                capabilities?: (tributary.v1.Capabilities.$Properties|null);

                /** Hello window */
                window?: (number|null);

                /** Hello checksums */
                checksums?: (boolean|null);

                /** Hello holds */
                holds?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Hello. */
            type $Shape = tributary.v1.Hello.$Properties;
        }

        /**
         * Properties of a Capabilities.
         * @deprecated Use tributary.v1.Capabilities.$Properties instead.
         */
        interface ICapabilities extends tributary.v1.Capabilities.$Properties {
        }

        /** Represents a Capabilities. */
        class Capabilities {

            /**
             * Constructs a new Capabilities.
             * @param [properties] Properties to set
             */
            constructor(properties?: tributary.v1.Capabilities.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Capabilities engine. */
            engine: string;

            /** Capabilities provider. */
            provider: string;

            /** Capabilities threads. */
            threads: number;

            /** Capabilities codecs. */
            codecs: tributary.v1.Codec[];

            /** Capabilities ownData. */
            ownData: boolean;

            /** Capabilities dataHash. */
            dataHash: string;

            /** Capabilities deltas. */
            deltas: boolean;

            /** Capabilities float16. */
            float16: tributary.v1.Float16;

            /**
             * Encodes the specified Capabilities message. Does not implicitly {@link tributary.v1.Capabilities.verify|verify} messages.
             * @param message Capabilities message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: tributary.v1.Capabilities.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Capabilities message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {tributary.v1.Capabilities & tributary.v1.Capabilities.$Shape} Capabilities
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tributary.v1.Capabilities & tributary.v1.Capabilities.$Shape;
        }

        namespace Capabilities {

            /** Properties of a Capabilities. */
            interface $Properties {

                /** Capabilities engine */
                engine?: (string|null);

                /** Capabilities provider */
                provider?: (string|null);

                /** Capabilities threads */
                threads?: (number|null);

                /** Capabilities codecs */
                codecs?: (tributary.v1.Codec[]|null);

                /** Capabilities ownData */
                ownData?: (boolean|null);

                /** Capabilities dataHash */
                dataHash?: (string|null);

                /** Capabilities deltas */
                deltas?: (boolean|null);

                /** Capabilities float16 */
                float16?: (tributary.v1.Float16|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Capabilities. */
            type $Shape = tributary.v1.Capabilities.$Properties;
        }

        /** Float16 enum. */
        enum Float16 {

            /** FLOAT16_UNSPECIFIED value */
            FLOAT16_UNSPECIFIED = 0,

            /** FLOAT16_NATIVE value */
            FLOAT16_NATIVE = 1,

            /** FLOAT16_EMULATED value */
            FLOAT16_EMULATED = 2
        }

        /**
         * Properties of a Welcome.
         * @deprecated Use tributary.v1.Welcome.$Properties instead.
         */
        interface IWelcome extends tributary.v1.Welcome.$Properties {
        }

        /** Represents a Welcome. */
        class Welcome {

            /**
             * Constructs a new Welcome.
             * @param [properties] Properties to set
             */
            constructor(properties?: tributary.v1.Welcome.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Welcome protocol. */
            protocol: number;

            /** Welcome run. */
            run: string;

            /** Welcome runName. */
            runName: string;

            /** Welcome incarnation. */
            incarnation: number;

            /** Welcome member. */
            member: string;

            /** Welcome resumeToken. */
            resumeToken: string;

            /** Welcome heartbeatMs. */
            heartbeatMs: number;

            /** Welcome chunkBytes. */
            chunkBytes: number;

            /** Welcome blobs. */
            blobs: { [k: string]: string };

            /** Welcome now. */
            now: number;

            /** Welcome checksums. */
            checksums: boolean;

            /**
             * Encodes the specified Welcome message. Does not implicitly {@link tributary.v1.Welcome.verify|verify} messages.
             * @param message Welcome message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: tributary.v1.Welcome.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Welcome message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {tributary.v1.Welcome & tributary.v1.Welcome.$Shape} Welcome
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tributary.v1.Welcome & tributary.v1.Welcome.$Shape;
        }

        namespace Welcome {

            /** Properties of a Welcome. */
            interface $Properties {

                /** Welcome protocol */
                protocol?: (number|null);

                /** Welcome run */
                run?: (string|null);

                /** Welcome runName */
                runName?: (string|null);

                /** Welcome incarnation */
                incarnation?: (number|null);

                /** Welcome member */
                member?: (string|null);

                /** Welcome resumeToken */
                resumeToken?: (string|null);

                /** Welcome heartbeatMs */
                heartbeatMs?: (number|null);

                /** Welcome chunkBytes */
                chunkBytes?: (number|null);

                /** Welcome blobs */
                blobs?: ({ [k: string]: string }|null);

                /** Welcome now */
                now?: (number|null);

                /** Welcome checksums */
                checksums?: (boolean|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Welcome. */
            type $Shape = tributary.v1.Welcome.$Properties;
        }

        /**
         * Properties of a Refuse.
         * @deprecated Use tributary.v1.Refuse.$Properties instead.
         */
        interface IRefuse extends tributary.v1.Refuse.$Properties {
        }

        /** Represents a Refuse. */
        class Refuse {

            /**
             * Constructs a new Refuse.
             * @param [properties] Properties to set
             */
            constructor(properties?: tributary.v1.Refuse.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Refuse code. */
            code: tributary.v1.Refuse.Code;

            /** Refuse message. */
            message: string;

            /** Refuse protocol. */
            protocol: number;

            /**
             * Encodes the specified Refuse message. Does not implicitly {@link tributary.v1.Refuse.verify|verify} messages.
             * @param message Refuse message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: tributary.v1.Refuse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Refuse message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {tributary.v1.Refuse & tributary.v1.Refuse.$Shape} Refuse
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tributary.v1.Refuse & tributary.v1.Refuse.$Shape;
        }

        namespace Refuse {

            /** Properties of a Refuse. */
            interface $Properties {

                /** Refuse code */
                code?: (tributary.v1.Refuse.Code|null);

                /** Refuse message */
                message?: (string|null);

                /** Refuse protocol */
                protocol?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Refuse. */
            type $Shape = tributary.v1.Refuse.$Properties;

            /** Code enum. */
            enum Code {

                /** CODE_UNSPECIFIED value */
                CODE_UNSPECIFIED = 0,

                /** CODE_TOKEN value */
                CODE_TOKEN = 1,

                /** CODE_VERSION value */
                CODE_VERSION = 2,

                /** CODE_FULL value */
                CODE_FULL = 3,

                /** CODE_FINISHED value */
                CODE_FINISHED = 4,

                /** CODE_BANNED value */
                CODE_BANNED = 5,

                /** CODE_INVALID value */
                CODE_INVALID = 6
            }
        }

        /** Codec enum. */
        enum Codec {

            /** CODEC_UNSPECIFIED value */
            CODEC_UNSPECIFIED = 0,

            /** CODEC_F32 value */
            CODEC_F32 = 1,

            /** CODEC_F16 value */
            CODEC_F16 = 2,

            /** CODEC_BF16 value */
            CODEC_BF16 = 3,

            /** CODEC_INT8 value */
            CODEC_INT8 = 4,

            /** CODEC_TOP_K value */
            CODEC_TOP_K = 5,

            /** CODEC_RANDOM_K value */
            CODEC_RANDOM_K = 6,

            /** CODEC_SIGN value */
            CODEC_SIGN = 7,

            /** CODEC_VOTE value */
            CODEC_VOTE = 8
        }

        /**
         * Properties of an Assign.
         * @deprecated Use tributary.v1.Assign.$Properties instead.
         */
        interface IAssign extends tributary.v1.Assign.$Properties {
        }

        /** Represents an Assign. */
        class Assign {

            /**
             * Constructs a new Assign.
             * @param [properties] Properties to set
             */
            constructor(properties?: tributary.v1.Assign.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Assign id. */
            id: string;

            /** Assign incarnation. */
            incarnation: number;

            /** Assign version. */
            version: number;

            /** Assign round. */
            round: number;

            /** Assign gradient. */
            gradient?: (tributary.v1.GradientWork.$Properties|null);

            /** Assign local. */
            local?: (tributary.v1.LocalWork.$Properties|null);

            /** Assign own. */
            own?: (tributary.v1.OwnWork.$Properties|null);

            /** Assign evaluate. */
            evaluate?: (tributary.v1.EvaluateWork.$Properties|null);

            /** Assign evaluateOwn. */
            evaluateOwn?: (tributary.v1.EvaluateOwnWork.$Properties|null);

            /** Assign survey. */
            survey?: (tributary.v1.SurveyWork.$Properties|null);

            /** Assign deadline. */
            deadline: number;

            /** Assign proximal. */
            proximal: number;

            /** Assign corrections. */
            corrections: tributary.v1.Correction.$Properties[];

            /** Assign sections. */
            sections: tributary.v1.UpdateSection.$Properties[];

            /** Assign staysLocal. */
            staysLocal: string[];

            /** Assign learningRate. */
            learningRate: number;

            /** Assign order. */
            order: number;

            /** Assign weights. */
            weights: string;

            /** Assign vectors. */
            vectors: { [k: string]: string };

            /** Assign codec. */
            codec: tributary.v1.Codec;

            /** Assign uploadCredit. */
            uploadCredit: (number|Long);

            /** Assign measures. */
            measures: tributary.v1.Measure[];

            /** Assign choices. */
            choices: string[];

            /** Assign counted. */
            counted?: (string|null);

            /** Assign kept. */
            kept: string;

            /** Assign sectionCodec. */
            sectionCodec: tributary.v1.Codec;

            /** Assign updateCodec. */
            updateCodec: tributary.v1.Codec;

            /** Assign updateShare. */
            updateShare: number;

            /** Assign errorFeedback. */
            errorFeedback: boolean;

            /** Assign updateSeed. */
            updateSeed: (number|Long);

            /** Assign deltaCodec. */
            deltaCodec: tributary.v1.Codec;

            /** Assign bases. */
            bases: string[];

            /** Assign work. */
            work?: ("gradient"|"local"|"own"|"evaluate"|"evaluateOwn"|"survey");

            /**
             * Encodes the specified Assign message. Does not implicitly {@link tributary.v1.Assign.verify|verify} messages.
             * @param message Assign message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: tributary.v1.Assign.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Assign message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {tributary.v1.Assign & tributary.v1.Assign.$Shape} Assign
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tributary.v1.Assign & tributary.v1.Assign.$Shape;
        }

        namespace Assign {

            /** Properties of an Assign. */
            interface $Properties {

                /** Assign id */
                id?: (string|null);

                /** Assign incarnation */
                incarnation?: (number|null);

                /** Assign version */
                version?: (number|null);

                /** Assign round */
                round?: (number|null);

                /** Assign gradient */
                gradient?: (tributary.v1.GradientWork.$Properties|null);

                /** Assign local */
                local?: (tributary.v1.LocalWork.$Properties|null);

                /** Assign own */
                own?: (tributary.v1.OwnWork.$Properties|null);

                /** Assign evaluate */
                evaluate?: (tributary.v1.EvaluateWork.$Properties|null);

                /** Assign evaluateOwn */
                evaluateOwn?: (tributary.v1.EvaluateOwnWork.$Properties|null);

                /** Assign survey */
                survey?: (tributary.v1.SurveyWork.$Properties|null);

                /** Assign deadline */
                deadline?: (number|null);

                /** Assign proximal */
                proximal?: (number|null);

                /** Assign corrections */
                corrections?: (tributary.v1.Correction.$Properties[]|null);

                /** Assign sections */
                sections?: (tributary.v1.UpdateSection.$Properties[]|null);

                /** Assign staysLocal */
                staysLocal?: (string[]|null);

                /** Assign learningRate */
                learningRate?: (number|null);

                /** Assign order */
                order?: (number|null);

                /** Assign weights */
                weights?: (string|null);

                /** Assign vectors */
                vectors?: ({ [k: string]: string }|null);

                /** Assign codec */
                codec?: (tributary.v1.Codec|null);

                /** Assign uploadCredit */
                uploadCredit?: (number|Long|null);

                /** Assign measures */
                measures?: (tributary.v1.Measure[]|null);

                /** Assign choices */
                choices?: (string[]|null);

                /** Assign counted */
                counted?: (string|null);

                /** Assign kept */
                kept?: (string|null);

                /** Assign sectionCodec */
                sectionCodec?: (tributary.v1.Codec|null);

                /** Assign updateCodec */
                updateCodec?: (tributary.v1.Codec|null);

                /** Assign updateShare */
                updateShare?: (number|null);

                /** Assign errorFeedback */
                errorFeedback?: (boolean|null);

                /** Assign updateSeed */
                updateSeed?: (number|Long|null);

                /** Assign deltaCodec */
                deltaCodec?: (tributary.v1.Codec|null);

                /** Assign bases */
                bases?: (string[]|null);

                /** Assign work */
                work?: ("gradient"|"local"|"own"|"evaluate"|"evaluateOwn"|"survey");

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Narrowed shape of an Assign. */
            type $Shape = {
              id?: string|null;
              incarnation?: number|null;
              version?: number|null;
              round?: number|null;
              gradient?: tributary.v1.GradientWork.$Shape|null;
              local?: tributary.v1.LocalWork.$Shape|null;
              own?: tributary.v1.OwnWork.$Shape|null;
              evaluate?: tributary.v1.EvaluateWork.$Shape|null;
              evaluateOwn?: tributary.v1.EvaluateOwnWork.$Shape|null;
              survey?: tributary.v1.SurveyWork.$Shape|null;
              deadline?: number|null;
              proximal?: number|null;
              corrections?: tributary.v1.Correction.$Shape[]|null;
              sections?: tributary.v1.UpdateSection.$Shape[]|null;
              staysLocal?: string[]|null;
              learningRate?: number|null;
              order?: number|null;
              weights?: string|null;
              vectors?: { [k: string]: string }|null;
              codec?: tributary.v1.Codec|null;
              uploadCredit?: number|Long|null;
              measures?: tributary.v1.Measure[]|null;
              choices?: string[]|null;
              counted?: string|null;
              kept?: string|null;
              sectionCodec?: tributary.v1.Codec|null;
              updateCodec?: tributary.v1.Codec|null;
              updateShare?: number|null;
              errorFeedback?: boolean|null;
              updateSeed?: number|Long|null;
              deltaCodec?: tributary.v1.Codec|null;
              bases?: string[]|null;
              $unknowns?: Uint8Array[];
            } & (
              ({ work?: undefined; gradient?: null; local?: null; own?: null; evaluate?: null; evaluateOwn?: null; survey?: null }|{ work?: "gradient"; gradient: tributary.v1.GradientWork.$Shape; local?: null; own?: null; evaluate?: null; evaluateOwn?: null; survey?: null }|{ work?: "local"; gradient?: null; local: tributary.v1.LocalWork.$Shape; own?: null; evaluate?: null; evaluateOwn?: null; survey?: null }|{ work?: "own"; gradient?: null; local?: null; own: tributary.v1.OwnWork.$Shape; evaluate?: null; evaluateOwn?: null; survey?: null }|{ work?: "evaluate"; gradient?: null; local?: null; own?: null; evaluate: tributary.v1.EvaluateWork.$Shape; evaluateOwn?: null; survey?: null }|{ work?: "evaluateOwn"; gradient?: null; local?: null; own?: null; evaluate?: null; evaluateOwn: tributary.v1.EvaluateOwnWork.$Shape; survey?: null }|{ work?: "survey"; gradient?: null; local?: null; own?: null; evaluate?: null; evaluateOwn?: null; survey: tributary.v1.SurveyWork.$Shape })
            );
        }

        /** Measure enum. */
        enum Measure {

            /** MEASURE_UNSPECIFIED value */
            MEASURE_UNSPECIFIED = 0,

            /** MEASURE_BASE_LOSS value */
            MEASURE_BASE_LOSS = 1,

            /** MEASURE_DELTA_SQUARES value */
            MEASURE_DELTA_SQUARES = 2
        }

        /**
         * Properties of a GradientWork.
         * @deprecated Use tributary.v1.GradientWork.$Properties instead.
         */
        interface IGradientWork extends tributary.v1.GradientWork.$Properties {
        }

        /** Represents a GradientWork. */
        class GradientWork {

            /**
             * Constructs a new GradientWork.
             * @param [properties] Properties to set
             */
            constructor(properties?: tributary.v1.GradientWork.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** GradientWork epoch. */
            epoch: number;

            /** GradientWork start. */
            start: (number|Long);

            /** GradientWork end. */
            end: (number|Long);

            /** GradientWork phase. */
            phase: tributary.v1.GradientWork.Phase;

            /**
             * Encodes the specified GradientWork message. Does not implicitly {@link tributary.v1.GradientWork.verify|verify} messages.
             * @param message GradientWork message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: tributary.v1.GradientWork.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a GradientWork message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {tributary.v1.GradientWork & tributary.v1.GradientWork.$Shape} GradientWork
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tributary.v1.GradientWork & tributary.v1.GradientWork.$Shape;
        }

        namespace GradientWork {

            /** Properties of a GradientWork. */
            interface $Properties {

                /** GradientWork epoch */
                epoch?: (number|null);

                /** GradientWork start */
                start?: (number|Long|null);

                /** GradientWork end */
                end?: (number|Long|null);

                /** GradientWork phase */
                phase?: (tributary.v1.GradientWork.Phase|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a GradientWork. */
            type $Shape = tributary.v1.GradientWork.$Properties;

            /** Phase enum. */
            enum Phase {

                /** PHASE_UNSPECIFIED value */
                PHASE_UNSPECIFIED = 0,

                /** PHASE_DISCRIMINATOR value */
                PHASE_DISCRIMINATOR = 1,

                /** PHASE_GENERATOR value */
                PHASE_GENERATOR = 2
            }
        }

        /**
         * Properties of a LocalWork.
         * @deprecated Use tributary.v1.LocalWork.$Properties instead.
         */
        interface ILocalWork extends tributary.v1.LocalWork.$Properties {
        }

        /** Represents a LocalWork. */
        class LocalWork {

            /**
             * Constructs a new LocalWork.
             * @param [properties] Properties to set
             */
            constructor(properties?: tributary.v1.LocalWork.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** LocalWork epoch. */
            epoch: number;

            /** LocalWork start. */
            start: (number|Long);

            /** LocalWork end. */
            end: (number|Long);

            /** LocalWork batch. */
            batch: number;

            /**
             * Encodes the specified LocalWork message. Does not implicitly {@link tributary.v1.LocalWork.verify|verify} messages.
             * @param message LocalWork message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: tributary.v1.LocalWork.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a LocalWork message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {tributary.v1.LocalWork & tributary.v1.LocalWork.$Shape} LocalWork
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tributary.v1.LocalWork & tributary.v1.LocalWork.$Shape;
        }

        namespace LocalWork {

            /** Properties of a LocalWork. */
            interface $Properties {

                /** LocalWork epoch */
                epoch?: (number|null);

                /** LocalWork start */
                start?: (number|Long|null);

                /** LocalWork end */
                end?: (number|Long|null);

                /** LocalWork batch */
                batch?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a LocalWork. */
            type $Shape = tributary.v1.LocalWork.$Properties;
        }

        /**
         * Properties of an OwnWork.
         * @deprecated Use tributary.v1.OwnWork.$Properties instead.
         */
        interface IOwnWork extends tributary.v1.OwnWork.$Properties {
        }

        /** Represents an OwnWork. */
        class OwnWork {

            /**
             * Constructs a new OwnWork.
             * @param [properties] Properties to set
             */
            constructor(properties?: tributary.v1.OwnWork.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** OwnWork epochs. */
            epochs: number;

            /** OwnWork batch. */
            batch: number;

            /** OwnWork steps. */
            steps: number;

            /** OwnWork personalEpochs. */
            personalEpochs: number;

            /** OwnWork besideEpochs. */
            besideEpochs: number;

            /** OwnWork besideProximal. */
            besideProximal: number;

            /** OwnWork keepsOptimizer. */
            keepsOptimizer: boolean;

            /**
             * Encodes the specified OwnWork message. Does not implicitly {@link tributary.v1.OwnWork.verify|verify} messages.
             * @param message OwnWork message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: tributary.v1.OwnWork.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an OwnWork message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {tributary.v1.OwnWork & tributary.v1.OwnWork.$Shape} OwnWork
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tributary.v1.OwnWork & tributary.v1.OwnWork.$Shape;
        }

        namespace OwnWork {

            /** Properties of an OwnWork. */
            interface $Properties {

                /** OwnWork epochs */
                epochs?: (number|null);

                /** OwnWork batch */
                batch?: (number|null);

                /** OwnWork steps */
                steps?: (number|null);

                /** OwnWork personalEpochs */
                personalEpochs?: (number|null);

                /** OwnWork besideEpochs */
                besideEpochs?: (number|null);

                /** OwnWork besideProximal */
                besideProximal?: (number|null);

                /** OwnWork keepsOptimizer */
                keepsOptimizer?: (boolean|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an OwnWork. */
            type $Shape = tributary.v1.OwnWork.$Properties;
        }

        /**
         * Properties of an EvaluateOwnWork.
         * @deprecated Use tributary.v1.EvaluateOwnWork.$Properties instead.
         */
        interface IEvaluateOwnWork extends tributary.v1.EvaluateOwnWork.$Properties {
        }

        /** Represents an EvaluateOwnWork. */
        class EvaluateOwnWork {

            /**
             * Constructs a new EvaluateOwnWork.
             * @param [properties] Properties to set
             */
            constructor(properties?: tributary.v1.EvaluateOwnWork.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** EvaluateOwnWork fineTuneEpochs. */
            fineTuneEpochs: number;

            /** EvaluateOwnWork batch. */
            batch: number;

            /** EvaluateOwnWork beside. */
            beside: boolean;

            /**
             * Encodes the specified EvaluateOwnWork message. Does not implicitly {@link tributary.v1.EvaluateOwnWork.verify|verify} messages.
             * @param message EvaluateOwnWork message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: tributary.v1.EvaluateOwnWork.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an EvaluateOwnWork message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {tributary.v1.EvaluateOwnWork & tributary.v1.EvaluateOwnWork.$Shape} EvaluateOwnWork
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tributary.v1.EvaluateOwnWork & tributary.v1.EvaluateOwnWork.$Shape;
        }

        namespace EvaluateOwnWork {

            /** Properties of an EvaluateOwnWork. */
            interface $Properties {

                /** EvaluateOwnWork fineTuneEpochs */
                fineTuneEpochs?: (number|null);

                /** EvaluateOwnWork batch */
                batch?: (number|null);

                /** EvaluateOwnWork beside */
                beside?: (boolean|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an EvaluateOwnWork. */
            type $Shape = tributary.v1.EvaluateOwnWork.$Properties;
        }

        /**
         * Properties of a SurveyWork.
         * @deprecated Use tributary.v1.SurveyWork.$Properties instead.
         */
        interface ISurveyWork extends tributary.v1.SurveyWork.$Properties {
        }

        /** Represents a SurveyWork. */
        class SurveyWork {

            /**
             * Constructs a new SurveyWork.
             * @param [properties] Properties to set
             */
            constructor(properties?: tributary.v1.SurveyWork.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /**
             * Encodes the specified SurveyWork message. Does not implicitly {@link tributary.v1.SurveyWork.verify|verify} messages.
             * @param message SurveyWork message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: tributary.v1.SurveyWork.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a SurveyWork message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {tributary.v1.SurveyWork & tributary.v1.SurveyWork.$Shape} SurveyWork
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tributary.v1.SurveyWork & tributary.v1.SurveyWork.$Shape;
        }

        namespace SurveyWork {

            /** Properties of a SurveyWork. */
            interface $Properties {

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a SurveyWork. */
            type $Shape = tributary.v1.SurveyWork.$Properties;
        }

        /**
         * Properties of a Ready.
         * @deprecated Use tributary.v1.Ready.$Properties instead.
         */
        interface IReady extends tributary.v1.Ready.$Properties {
        }

        /** Represents a Ready. */
        class Ready {

            /**
             * Constructs a new Ready.
             * @param [properties] Properties to set
             */
            constructor(properties?: tributary.v1.Ready.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Ready examples. */
            examples: (number|Long);

            /** Ready heldOut. */
            heldOut: (number|Long);

            /** Ready assignments. */
            assignments: string[];

            /**
             * Encodes the specified Ready message. Does not implicitly {@link tributary.v1.Ready.verify|verify} messages.
             * @param message Ready message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: tributary.v1.Ready.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Ready message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {tributary.v1.Ready & tributary.v1.Ready.$Shape} Ready
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tributary.v1.Ready & tributary.v1.Ready.$Shape;
        }

        namespace Ready {

            /** Properties of a Ready. */
            interface $Properties {

                /** Ready examples */
                examples?: (number|Long|null);

                /** Ready heldOut */
                heldOut?: (number|Long|null);

                /** Ready assignments */
                assignments?: (string[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Ready. */
            type $Shape = tributary.v1.Ready.$Properties;
        }

        /**
         * Properties of an EvaluateWork.
         * @deprecated Use tributary.v1.EvaluateWork.$Properties instead.
         */
        interface IEvaluateWork extends tributary.v1.EvaluateWork.$Properties {
        }

        /** Represents an EvaluateWork. */
        class EvaluateWork {

            /**
             * Constructs a new EvaluateWork.
             * @param [properties] Properties to set
             */
            constructor(properties?: tributary.v1.EvaluateWork.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** EvaluateWork start. */
            start: (number|Long);

            /** EvaluateWork end. */
            end: (number|Long);

            /**
             * Encodes the specified EvaluateWork message. Does not implicitly {@link tributary.v1.EvaluateWork.verify|verify} messages.
             * @param message EvaluateWork message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: tributary.v1.EvaluateWork.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an EvaluateWork message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {tributary.v1.EvaluateWork & tributary.v1.EvaluateWork.$Shape} EvaluateWork
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tributary.v1.EvaluateWork & tributary.v1.EvaluateWork.$Shape;
        }

        namespace EvaluateWork {

            /** Properties of an EvaluateWork. */
            interface $Properties {

                /** EvaluateWork start */
                start?: (number|Long|null);

                /** EvaluateWork end */
                end?: (number|Long|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an EvaluateWork. */
            type $Shape = tributary.v1.EvaluateWork.$Properties;
        }

        /**
         * Properties of a Correction.
         * @deprecated Use tributary.v1.Correction.$Properties instead.
         */
        interface ICorrection extends tributary.v1.Correction.$Properties {
        }

        /** Represents a Correction. */
        class Correction {

            /**
             * Constructs a new Correction.
             * @param [properties] Properties to set
             */
            constructor(properties?: tributary.v1.Correction.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Correction vector. */
            vector: string;

            /** Correction owner. */
            owner: tributary.v1.Correction.Owner;

            /** Correction coefficient. */
            coefficient: number;

            /**
             * Encodes the specified Correction message. Does not implicitly {@link tributary.v1.Correction.verify|verify} messages.
             * @param message Correction message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: tributary.v1.Correction.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Correction message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {tributary.v1.Correction & tributary.v1.Correction.$Shape} Correction
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tributary.v1.Correction & tributary.v1.Correction.$Shape;
        }

        namespace Correction {

            /** Properties of a Correction. */
            interface $Properties {

                /** Correction vector */
                vector?: (string|null);

                /** Correction owner */
                owner?: (tributary.v1.Correction.Owner|null);

                /** Correction coefficient */
                coefficient?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Correction. */
            type $Shape = tributary.v1.Correction.$Properties;

            /** Owner enum. */
            enum Owner {

                /** OWNER_UNSPECIFIED value */
                OWNER_UNSPECIFIED = 0,

                /** OWNER_SERVER value */
                OWNER_SERVER = 1,

                /** OWNER_MEMBER value */
                OWNER_MEMBER = 2
            }
        }

        /**
         * Properties of an UpdateSection.
         * @deprecated Use tributary.v1.UpdateSection.$Properties instead.
         */
        interface IUpdateSection extends tributary.v1.UpdateSection.$Properties {
        }

        /** Represents an UpdateSection. */
        class UpdateSection {

            /**
             * Constructs a new UpdateSection.
             * @param [properties] Properties to set
             */
            constructor(properties?: tributary.v1.UpdateSection.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** UpdateSection name. */
            name: string;

            /** UpdateSection make. */
            make: tributary.v1.UpdateSection.Make;

            /** UpdateSection coefficient. */
            coefficient: number;

            /**
             * Encodes the specified UpdateSection message. Does not implicitly {@link tributary.v1.UpdateSection.verify|verify} messages.
             * @param message UpdateSection message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: tributary.v1.UpdateSection.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an UpdateSection message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {tributary.v1.UpdateSection & tributary.v1.UpdateSection.$Shape} UpdateSection
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tributary.v1.UpdateSection & tributary.v1.UpdateSection.$Shape;
        }

        namespace UpdateSection {

            /** Properties of an UpdateSection. */
            interface $Properties {

                /** UpdateSection name */
                name?: (string|null);

                /** UpdateSection make */
                make?: (tributary.v1.UpdateSection.Make|null);

                /** UpdateSection coefficient */
                coefficient?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an UpdateSection. */
            type $Shape = tributary.v1.UpdateSection.$Properties;

            /** Make enum. */
            enum Make {

                /** MAKE_UNSPECIFIED value */
                MAKE_UNSPECIFIED = 0,

                /** MAKE_CONTROL value */
                MAKE_CONTROL = 1,

                /** MAKE_DUAL value */
                MAKE_DUAL = 2
            }
        }

        /**
         * Properties of a Cancel.
         * @deprecated Use tributary.v1.Cancel.$Properties instead.
         */
        interface ICancel extends tributary.v1.Cancel.$Properties {
        }

        /** Represents a Cancel. */
        class Cancel {

            /**
             * Constructs a new Cancel.
             * @param [properties] Properties to set
             */
            constructor(properties?: tributary.v1.Cancel.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Cancel assignment. */
            assignment: string;

            /** Cancel reason. */
            reason: string;

            /**
             * Encodes the specified Cancel message. Does not implicitly {@link tributary.v1.Cancel.verify|verify} messages.
             * @param message Cancel message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: tributary.v1.Cancel.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Cancel message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {tributary.v1.Cancel & tributary.v1.Cancel.$Shape} Cancel
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tributary.v1.Cancel & tributary.v1.Cancel.$Shape;
        }

        namespace Cancel {

            /** Properties of a Cancel. */
            interface $Properties {

                /** Cancel assignment */
                assignment?: (string|null);

                /** Cancel reason */
                reason?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Cancel. */
            type $Shape = tributary.v1.Cancel.$Properties;
        }

        /**
         * Properties of a Failed.
         * @deprecated Use tributary.v1.Failed.$Properties instead.
         */
        interface IFailed extends tributary.v1.Failed.$Properties {
        }

        /** Represents a Failed. */
        class Failed {

            /**
             * Constructs a new Failed.
             * @param [properties] Properties to set
             */
            constructor(properties?: tributary.v1.Failed.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Failed assignment. */
            assignment: string;

            /** Failed incarnation. */
            incarnation: number;

            /** Failed reason. */
            reason: string;

            /**
             * Encodes the specified Failed message. Does not implicitly {@link tributary.v1.Failed.verify|verify} messages.
             * @param message Failed message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: tributary.v1.Failed.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Failed message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {tributary.v1.Failed & tributary.v1.Failed.$Shape} Failed
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tributary.v1.Failed & tributary.v1.Failed.$Shape;
        }

        namespace Failed {

            /** Properties of a Failed. */
            interface $Properties {

                /** Failed assignment */
                assignment?: (string|null);

                /** Failed incarnation */
                incarnation?: (number|null);

                /** Failed reason */
                reason?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Failed. */
            type $Shape = tributary.v1.Failed.$Properties;
        }

        /**
         * Properties of a Committed.
         * @deprecated Use tributary.v1.Committed.$Properties instead.
         */
        interface ICommitted extends tributary.v1.Committed.$Properties {
        }

        /** Represents a Committed. */
        class Committed {

            /**
             * Constructs a new Committed.
             * @param [properties] Properties to set
             */
            constructor(properties?: tributary.v1.Committed.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Committed version. */
            version: number;

            /**
             * Encodes the specified Committed message. Does not implicitly {@link tributary.v1.Committed.verify|verify} messages.
             * @param message Committed message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: tributary.v1.Committed.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Committed message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {tributary.v1.Committed & tributary.v1.Committed.$Shape} Committed
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tributary.v1.Committed & tributary.v1.Committed.$Shape;
        }

        namespace Committed {

            /** Properties of a Committed. */
            interface $Properties {

                /** Committed version */
                version?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Committed. */
            type $Shape = tributary.v1.Committed.$Properties;
        }

        /**
         * Properties of a Finished.
         * @deprecated Use tributary.v1.Finished.$Properties instead.
         */
        interface IFinished extends tributary.v1.Finished.$Properties {
        }

        /** Represents a Finished. */
        class Finished {

            /**
             * Constructs a new Finished.
             * @param [properties] Properties to set
             */
            constructor(properties?: tributary.v1.Finished.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Finished reason. */
            reason: tributary.v1.Finished.Reason;

            /** Finished message. */
            message: string;

            /** Finished weights. */
            weights: string;

            /** Finished codec. */
            codec: tributary.v1.Codec;

            /**
             * Encodes the specified Finished message. Does not implicitly {@link tributary.v1.Finished.verify|verify} messages.
             * @param message Finished message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: tributary.v1.Finished.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Finished message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {tributary.v1.Finished & tributary.v1.Finished.$Shape} Finished
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tributary.v1.Finished & tributary.v1.Finished.$Shape;
        }

        namespace Finished {

            /** Properties of a Finished. */
            interface $Properties {

                /** Finished reason */
                reason?: (tributary.v1.Finished.Reason|null);

                /** Finished message */
                message?: (string|null);

                /** Finished weights */
                weights?: (string|null);

                /** Finished codec */
                codec?: (tributary.v1.Codec|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Finished. */
            type $Shape = tributary.v1.Finished.$Properties;

            /** Reason enum. */
            enum Reason {

                /** REASON_UNSPECIFIED value */
                REASON_UNSPECIFIED = 0,

                /** REASON_COMPLETED value */
                REASON_COMPLETED = 1,

                /** REASON_EARLY_STOPPING value */
                REASON_EARLY_STOPPING = 2,

                /** REASON_STOPPED value */
                REASON_STOPPED = 3,

                /** REASON_DIVERGED value */
                REASON_DIVERGED = 4
            }
        }

        /**
         * Properties of a Leaving.
         * @deprecated Use tributary.v1.Leaving.$Properties instead.
         */
        interface ILeaving extends tributary.v1.Leaving.$Properties {
        }

        /** Represents a Leaving. */
        class Leaving {

            /**
             * Constructs a new Leaving.
             * @param [properties] Properties to set
             */
            constructor(properties?: tributary.v1.Leaving.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Leaving reason. */
            reason: string;

            /**
             * Encodes the specified Leaving message. Does not implicitly {@link tributary.v1.Leaving.verify|verify} messages.
             * @param message Leaving message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: tributary.v1.Leaving.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Leaving message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {tributary.v1.Leaving & tributary.v1.Leaving.$Shape} Leaving
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tributary.v1.Leaving & tributary.v1.Leaving.$Shape;
        }

        namespace Leaving {

            /** Properties of a Leaving. */
            interface $Properties {

                /** Leaving reason */
                reason?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Leaving. */
            type $Shape = tributary.v1.Leaving.$Properties;
        }

        /**
         * Properties of a Heartbeat.
         * @deprecated Use tributary.v1.Heartbeat.$Properties instead.
         */
        interface IHeartbeat extends tributary.v1.Heartbeat.$Properties {
        }

        /** Represents a Heartbeat. */
        class Heartbeat {

            /**
             * Constructs a new Heartbeat.
             * @param [properties] Properties to set
             */
            constructor(properties?: tributary.v1.Heartbeat.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Heartbeat sent. */
            sent: number;

            /**
             * Encodes the specified Heartbeat message. Does not implicitly {@link tributary.v1.Heartbeat.verify|verify} messages.
             * @param message Heartbeat message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: tributary.v1.Heartbeat.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Heartbeat message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {tributary.v1.Heartbeat & tributary.v1.Heartbeat.$Shape} Heartbeat
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tributary.v1.Heartbeat & tributary.v1.Heartbeat.$Shape;
        }

        namespace Heartbeat {

            /** Properties of a Heartbeat. */
            interface $Properties {

                /** Heartbeat sent */
                sent?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Heartbeat. */
            type $Shape = tributary.v1.Heartbeat.$Properties;
        }

        /**
         * Properties of a HeartbeatAck.
         * @deprecated Use tributary.v1.HeartbeatAck.$Properties instead.
         */
        interface IHeartbeatAck extends tributary.v1.HeartbeatAck.$Properties {
        }

        /** Represents a HeartbeatAck. */
        class HeartbeatAck {

            /**
             * Constructs a new HeartbeatAck.
             * @param [properties] Properties to set
             */
            constructor(properties?: tributary.v1.HeartbeatAck.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** HeartbeatAck sent. */
            sent: number;

            /** HeartbeatAck now. */
            now: number;

            /**
             * Encodes the specified HeartbeatAck message. Does not implicitly {@link tributary.v1.HeartbeatAck.verify|verify} messages.
             * @param message HeartbeatAck message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: tributary.v1.HeartbeatAck.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a HeartbeatAck message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {tributary.v1.HeartbeatAck & tributary.v1.HeartbeatAck.$Shape} HeartbeatAck
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tributary.v1.HeartbeatAck & tributary.v1.HeartbeatAck.$Shape;
        }

        namespace HeartbeatAck {

            /** Properties of a HeartbeatAck. */
            interface $Properties {

                /** HeartbeatAck sent */
                sent?: (number|null);

                /** HeartbeatAck now */
                now?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a HeartbeatAck. */
            type $Shape = tributary.v1.HeartbeatAck.$Properties;
        }

        /**
         * Properties of a Want.
         * @deprecated Use tributary.v1.Want.$Properties instead.
         */
        interface IWant extends tributary.v1.Want.$Properties {
        }

        /** Represents a Want. */
        class Want {

            /**
             * Constructs a new Want.
             * @param [properties] Properties to set
             */
            constructor(properties?: tributary.v1.Want.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Want id. */
            id: string;

            /** Want offset. */
            offset: (number|Long);

            /**
             * Encodes the specified Want message. Does not implicitly {@link tributary.v1.Want.verify|verify} messages.
             * @param message Want message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: tributary.v1.Want.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Want message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {tributary.v1.Want & tributary.v1.Want.$Shape} Want
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tributary.v1.Want & tributary.v1.Want.$Shape;
        }

        namespace Want {

            /** Properties of a Want. */
            interface $Properties {

                /** Want id */
                id?: (string|null);

                /** Want offset */
                offset?: (number|Long|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Want. */
            type $Shape = tributary.v1.Want.$Properties;
        }

        /**
         * Properties of an Unavailable.
         * @deprecated Use tributary.v1.Unavailable.$Properties instead.
         */
        interface IUnavailable extends tributary.v1.Unavailable.$Properties {
        }

        /** Represents an Unavailable. */
        class Unavailable {

            /**
             * Constructs a new Unavailable.
             * @param [properties] Properties to set
             */
            constructor(properties?: tributary.v1.Unavailable.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Unavailable id. */
            id: string;

            /** Unavailable message. */
            message: string;

            /**
             * Encodes the specified Unavailable message. Does not implicitly {@link tributary.v1.Unavailable.verify|verify} messages.
             * @param message Unavailable message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: tributary.v1.Unavailable.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Unavailable message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {tributary.v1.Unavailable & tributary.v1.Unavailable.$Shape} Unavailable
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tributary.v1.Unavailable & tributary.v1.Unavailable.$Shape;
        }

        namespace Unavailable {

            /** Properties of an Unavailable. */
            interface $Properties {

                /** Unavailable id */
                id?: (string|null);

                /** Unavailable message */
                message?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Unavailable. */
            type $Shape = tributary.v1.Unavailable.$Properties;
        }

        /**
         * Properties of an Offer.
         * @deprecated Use tributary.v1.Offer.$Properties instead.
         */
        interface IOffer extends tributary.v1.Offer.$Properties {
        }

        /** Represents an Offer. */
        class Offer {

            /**
             * Constructs a new Offer.
             * @param [properties] Properties to set
             */
            constructor(properties?: tributary.v1.Offer.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Offer transfer. */
            transfer: number;

            /** Offer size. */
            size: (number|Long);

            /** Offer blob. */
            blob?: (tributary.v1.BlobContent.$Properties|null);

            /** Offer update. */
            update?: (tributary.v1.UpdateContent.$Properties|null);

            /** Offer content. */
            content?: ("blob"|"update");

            /**
             * Encodes the specified Offer message. Does not implicitly {@link tributary.v1.Offer.verify|verify} messages.
             * @param message Offer message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: tributary.v1.Offer.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Offer message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {tributary.v1.Offer & tributary.v1.Offer.$Shape} Offer
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tributary.v1.Offer & tributary.v1.Offer.$Shape;
        }

        namespace Offer {

            /** Properties of an Offer. */
            interface $Properties {

                /** Offer transfer */
                transfer?: (number|null);

                /** Offer size */
                size?: (number|Long|null);

                /** Offer blob */
                blob?: (tributary.v1.BlobContent.$Properties|null);

                /** Offer update */
                update?: (tributary.v1.UpdateContent.$Properties|null);

                /** Offer content */
                content?: ("blob"|"update");

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Narrowed shape of an Offer. */
            type $Shape = {
              transfer?: number|null;
              size?: number|Long|null;
              blob?: tributary.v1.BlobContent.$Shape|null;
              update?: tributary.v1.UpdateContent.$Shape|null;
              $unknowns?: Uint8Array[];
            } & (
              ({ content?: undefined; blob?: null; update?: null }|{ content?: "blob"; blob: tributary.v1.BlobContent.$Shape; update?: null }|{ content?: "update"; blob?: null; update: tributary.v1.UpdateContent.$Shape })
            );
        }

        /**
         * Properties of a BlobContent.
         * @deprecated Use tributary.v1.BlobContent.$Properties instead.
         */
        interface IBlobContent extends tributary.v1.BlobContent.$Properties {
        }

        /** Represents a BlobContent. */
        class BlobContent {

            /**
             * Constructs a new BlobContent.
             * @param [properties] Properties to set
             */
            constructor(properties?: tributary.v1.BlobContent.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** BlobContent id. */
            id: string;

            /** BlobContent offset. */
            offset: (number|Long);

            /**
             * Encodes the specified BlobContent message. Does not implicitly {@link tributary.v1.BlobContent.verify|verify} messages.
             * @param message BlobContent message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: tributary.v1.BlobContent.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a BlobContent message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {tributary.v1.BlobContent & tributary.v1.BlobContent.$Shape} BlobContent
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tributary.v1.BlobContent & tributary.v1.BlobContent.$Shape;
        }

        namespace BlobContent {

            /** Properties of a BlobContent. */
            interface $Properties {

                /** BlobContent id */
                id?: (string|null);

                /** BlobContent offset */
                offset?: (number|Long|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a BlobContent. */
            type $Shape = tributary.v1.BlobContent.$Properties;
        }

        /**
         * Properties of an UpdateContent.
         * @deprecated Use tributary.v1.UpdateContent.$Properties instead.
         */
        interface IUpdateContent extends tributary.v1.UpdateContent.$Properties {
        }

        /** Represents an UpdateContent. */
        class UpdateContent {

            /**
             * Constructs a new UpdateContent.
             * @param [properties] Properties to set
             */
            constructor(properties?: tributary.v1.UpdateContent.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** UpdateContent run. */
            run: string;

            /** UpdateContent incarnation. */
            incarnation: number;

            /** UpdateContent assignment. */
            assignment: string;

            /** UpdateContent nonce. */
            nonce: number;

            /** UpdateContent examples. */
            examples: (number|Long);

            /** UpdateContent sums. */
            sums: { [k: string]: number };

            /** UpdateContent steps. */
            steps: number;

            /** UpdateContent computeMs. */
            computeMs: number;

            /** UpdateContent sections. */
            sections: tributary.v1.PayloadSection.$Properties[];

            /** UpdateContent credit. */
            credit: (number|Long);

            /**
             * Encodes the specified UpdateContent message. Does not implicitly {@link tributary.v1.UpdateContent.verify|verify} messages.
             * @param message UpdateContent message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: tributary.v1.UpdateContent.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an UpdateContent message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {tributary.v1.UpdateContent & tributary.v1.UpdateContent.$Shape} UpdateContent
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tributary.v1.UpdateContent & tributary.v1.UpdateContent.$Shape;
        }

        namespace UpdateContent {

            /** Properties of an UpdateContent. */
            interface $Properties {

                /** UpdateContent run */
                run?: (string|null);

                /** UpdateContent incarnation */
                incarnation?: (number|null);

                /** UpdateContent assignment */
                assignment?: (string|null);

                /** UpdateContent nonce */
                nonce?: (number|null);

                /** UpdateContent examples */
                examples?: (number|Long|null);

                /** UpdateContent sums */
                sums?: ({ [k: string]: number }|null);

                /** UpdateContent steps */
                steps?: (number|null);

                /** UpdateContent computeMs */
                computeMs?: (number|null);

                /** UpdateContent sections */
                sections?: (tributary.v1.PayloadSection.$Properties[]|null);

                /** UpdateContent credit */
                credit?: (number|Long|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an UpdateContent. */
            type $Shape = tributary.v1.UpdateContent.$Properties;
        }

        /**
         * Properties of a PayloadSection.
         * @deprecated Use tributary.v1.PayloadSection.$Properties instead.
         */
        interface IPayloadSection extends tributary.v1.PayloadSection.$Properties {
        }

        /** Represents a PayloadSection. */
        class PayloadSection {

            /**
             * Constructs a new PayloadSection.
             * @param [properties] Properties to set
             */
            constructor(properties?: tributary.v1.PayloadSection.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** PayloadSection name. */
            name: string;

            /** PayloadSection codec. */
            codec: tributary.v1.Codec;

            /** PayloadSection floats. */
            floats: (number|Long);

            /** PayloadSection bytes. */
            bytes: (number|Long);

            /**
             * Encodes the specified PayloadSection message. Does not implicitly {@link tributary.v1.PayloadSection.verify|verify} messages.
             * @param message PayloadSection message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: tributary.v1.PayloadSection.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a PayloadSection message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {tributary.v1.PayloadSection & tributary.v1.PayloadSection.$Shape} PayloadSection
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tributary.v1.PayloadSection & tributary.v1.PayloadSection.$Shape;
        }

        namespace PayloadSection {

            /** Properties of a PayloadSection. */
            interface $Properties {

                /** PayloadSection name */
                name?: (string|null);

                /** PayloadSection codec */
                codec?: (tributary.v1.Codec|null);

                /** PayloadSection floats */
                floats?: (number|Long|null);

                /** PayloadSection bytes */
                bytes?: (number|Long|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a PayloadSection. */
            type $Shape = tributary.v1.PayloadSection.$Properties;
        }

        /**
         * Properties of an Accept.
         * @deprecated Use tributary.v1.Accept.$Properties instead.
         */
        interface IAccept extends tributary.v1.Accept.$Properties {
        }

        /** Represents an Accept. */
        class Accept {

            /**
             * Constructs a new Accept.
             * @param [properties] Properties to set
             */
            constructor(properties?: tributary.v1.Accept.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Accept transfer. */
            transfer: number;

            /** Accept offset. */
            offset: (number|Long);

            /** Accept limit. */
            limit: (number|Long);

            /**
             * Encodes the specified Accept message. Does not implicitly {@link tributary.v1.Accept.verify|verify} messages.
             * @param message Accept message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: tributary.v1.Accept.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Accept message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {tributary.v1.Accept & tributary.v1.Accept.$Shape} Accept
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tributary.v1.Accept & tributary.v1.Accept.$Shape;
        }

        namespace Accept {

            /** Properties of an Accept. */
            interface $Properties {

                /** Accept transfer */
                transfer?: (number|null);

                /** Accept offset */
                offset?: (number|Long|null);

                /** Accept limit */
                limit?: (number|Long|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Accept. */
            type $Shape = tributary.v1.Accept.$Properties;
        }

        /**
         * Properties of a Chunk.
         * @deprecated Use tributary.v1.Chunk.$Properties instead.
         */
        interface IChunk extends tributary.v1.Chunk.$Properties {
        }

        /** Represents a Chunk. */
        class Chunk {

            /**
             * Constructs a new Chunk.
             * @param [properties] Properties to set
             */
            constructor(properties?: tributary.v1.Chunk.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Chunk transfer. */
            transfer: number;

            /** Chunk offset. */
            offset: (number|Long);

            /** Chunk crc32. */
            crc32?: (number|null);

            /** Chunk data. */
            data: Uint8Array;

            /**
             * Encodes the specified Chunk message. Does not implicitly {@link tributary.v1.Chunk.verify|verify} messages.
             * @param message Chunk message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: tributary.v1.Chunk.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Chunk message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {tributary.v1.Chunk & tributary.v1.Chunk.$Shape} Chunk
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tributary.v1.Chunk & tributary.v1.Chunk.$Shape;
        }

        namespace Chunk {

            /** Properties of a Chunk. */
            interface $Properties {

                /** Chunk transfer */
                transfer?: (number|null);

                /** Chunk offset */
                offset?: (number|Long|null);

                /** Chunk crc32 */
                crc32?: (number|null);

                /** Chunk data */
                data?: (Uint8Array|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Chunk. */
            type $Shape = tributary.v1.Chunk.$Properties;
        }

        /**
         * Properties of a Credit.
         * @deprecated Use tributary.v1.Credit.$Properties instead.
         */
        interface ICredit extends tributary.v1.Credit.$Properties {
        }

        /** Represents a Credit. */
        class Credit {

            /**
             * Constructs a new Credit.
             * @param [properties] Properties to set
             */
            constructor(properties?: tributary.v1.Credit.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Credit transfer. */
            transfer: number;

            /** Credit limit. */
            limit: (number|Long);

            /**
             * Encodes the specified Credit message. Does not implicitly {@link tributary.v1.Credit.verify|verify} messages.
             * @param message Credit message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: tributary.v1.Credit.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Credit message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {tributary.v1.Credit & tributary.v1.Credit.$Shape} Credit
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tributary.v1.Credit & tributary.v1.Credit.$Shape;
        }

        namespace Credit {

            /** Properties of a Credit. */
            interface $Properties {

                /** Credit transfer */
                transfer?: (number|null);

                /** Credit limit */
                limit?: (number|Long|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Credit. */
            type $Shape = tributary.v1.Credit.$Properties;
        }

        /**
         * Properties of a Done.
         * @deprecated Use tributary.v1.Done.$Properties instead.
         */
        interface IDone extends tributary.v1.Done.$Properties {
        }

        /** Represents a Done. */
        class Done {

            /**
             * Constructs a new Done.
             * @param [properties] Properties to set
             */
            constructor(properties?: tributary.v1.Done.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Done transfer. */
            transfer: number;

            /** Done status. */
            status: tributary.v1.Done.Status;

            /** Done message. */
            message: string;

            /**
             * Encodes the specified Done message. Does not implicitly {@link tributary.v1.Done.verify|verify} messages.
             * @param message Done message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: tributary.v1.Done.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Done message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {tributary.v1.Done & tributary.v1.Done.$Shape} Done
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tributary.v1.Done & tributary.v1.Done.$Shape;
        }

        namespace Done {

            /** Properties of a Done. */
            interface $Properties {

                /** Done transfer */
                transfer?: (number|null);

                /** Done status */
                status?: (tributary.v1.Done.Status|null);

                /** Done message */
                message?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Done. */
            type $Shape = tributary.v1.Done.$Properties;

            /** Status enum. */
            enum Status {

                /** STATUS_UNSPECIFIED value */
                STATUS_UNSPECIFIED = 0,

                /** STATUS_OK value */
                STATUS_OK = 1,

                /** STATUS_UNWANTED value */
                STATUS_UNWANTED = 2,

                /** STATUS_CORRUPT value */
                STATUS_CORRUPT = 3,

                /** STATUS_TOO_LARGE value */
                STATUS_TOO_LARGE = 4
            }
        }

        /**
         * Properties of an Abort.
         * @deprecated Use tributary.v1.Abort.$Properties instead.
         */
        interface IAbort extends tributary.v1.Abort.$Properties {
        }

        /** Represents an Abort. */
        class Abort {

            /**
             * Constructs a new Abort.
             * @param [properties] Properties to set
             */
            constructor(properties?: tributary.v1.Abort.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Abort transfer. */
            transfer: number;

            /** Abort message. */
            message: string;

            /**
             * Encodes the specified Abort message. Does not implicitly {@link tributary.v1.Abort.verify|verify} messages.
             * @param message Abort message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: tributary.v1.Abort.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Abort message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {tributary.v1.Abort & tributary.v1.Abort.$Shape} Abort
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tributary.v1.Abort & tributary.v1.Abort.$Shape;
        }

        namespace Abort {

            /** Properties of an Abort. */
            interface $Properties {

                /** Abort transfer */
                transfer?: (number|null);

                /** Abort message */
                message?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Abort. */
            type $Shape = tributary.v1.Abort.$Properties;
        }

        /**
         * Properties of an Acknowledge.
         * @deprecated Use tributary.v1.Acknowledge.$Properties instead.
         */
        interface IAcknowledge extends tributary.v1.Acknowledge.$Properties {
        }

        /** Represents an Acknowledge. */
        class Acknowledge {

            /**
             * Constructs a new Acknowledge.
             * @param [properties] Properties to set
             */
            constructor(properties?: tributary.v1.Acknowledge.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Acknowledge run. */
            run: string;

            /** Acknowledge incarnation. */
            incarnation: number;

            /** Acknowledge assignment. */
            assignment: string;

            /** Acknowledge status. */
            status: tributary.v1.Acknowledge.Status;

            /** Acknowledge message. */
            message: string;

            /**
             * Encodes the specified Acknowledge message. Does not implicitly {@link tributary.v1.Acknowledge.verify|verify} messages.
             * @param message Acknowledge message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: tributary.v1.Acknowledge.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Acknowledge message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {tributary.v1.Acknowledge & tributary.v1.Acknowledge.$Shape} Acknowledge
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): tributary.v1.Acknowledge & tributary.v1.Acknowledge.$Shape;
        }

        namespace Acknowledge {

            /** Properties of an Acknowledge. */
            interface $Properties {

                /** Acknowledge run */
                run?: (string|null);

                /** Acknowledge incarnation */
                incarnation?: (number|null);

                /** Acknowledge assignment */
                assignment?: (string|null);

                /** Acknowledge status */
                status?: (tributary.v1.Acknowledge.Status|null);

                /** Acknowledge message */
                message?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Acknowledge. */
            type $Shape = tributary.v1.Acknowledge.$Properties;

            /** Status enum. */
            enum Status {

                /** STATUS_UNSPECIFIED value */
                STATUS_UNSPECIFIED = 0,

                /** STATUS_RECEIVED value */
                STATUS_RECEIVED = 1,

                /** STATUS_DUPLICATE value */
                STATUS_DUPLICATE = 2,

                /** STATUS_LATE value */
                STATUS_LATE = 3,

                /** STATUS_UNKNOWN value */
                STATUS_UNKNOWN = 4,

                /** STATUS_STALE value */
                STATUS_STALE = 5,

                /** STATUS_REFUSED value */
                STATUS_REFUSED = 6,

                /** STATUS_ROLLED_BACK value */
                STATUS_ROLLED_BACK = 7
            }
        }
    }
}
