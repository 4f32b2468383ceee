import { Client, credentials, status as grpcStatus, type ServiceError } from "@grpc/grpc-js";
import { type Decoded, decode, type Encodable, encode, type Message } from "./protobuf.ts";
import { ContainerEvent, type CriContainerEvent, GetEvents, imageCalls, runtimeCalls } from "./schema.ts";

type Calls = typeof runtimeCalls & typeof imageCalls;
type CallName = keyof Calls;
type CallRequest<N extends CallName> = Encodable<Calls[N][0]>;
type CallAnswer<N extends CallName> = Decoded<Calls[N][1]>;

export type CriErrorCode =
  | "NotFound"
  | "AlreadyExists"
  | "Unavailable"
  | "DeadlineExceeded"
  | "Cancelled"
  | "Unimplemented"
  | "FailedPrecondition"
  | "PermissionDenied"
  | "InvalidArgument"
  | "Unknown";

const codes: Readonly<Record<number, CriErrorCode>> = {
  [grpcStatus.NOT_FOUND]: "NotFound",
  [grpcStatus.ALREADY_EXISTS]: "AlreadyExists",
  [grpcStatus.UNAVAILABLE]: "Unavailable",
  [grpcStatus.DEADLINE_EXCEEDED]: "DeadlineExceeded",
  [grpcStatus.CANCELLED]: "Cancelled",
  [grpcStatus.UNIMPLEMENTED]: "Unimplemented",
  [grpcStatus.FAILED_PRECONDITION]: "FailedPrecondition",
  [grpcStatus.PERMISSION_DENIED]: "PermissionDenied",
  [grpcStatus.UNAUTHENTICATED]: "PermissionDenied",
  [grpcStatus.INVALID_ARGUMENT]: "InvalidArgument",
};

/** A call that the runtime refused or could not answer; `message` is the runtime's own. */
export class CriError extends Error {
  override readonly name = "CriError";
  readonly code: CriErrorCode;
  readonly call: string;

  constructor(code: CriErrorCode, call: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.call = call;
  }
}

interface CallOptions {
  /** Milliseconds; 120,000 unless said, 0 for none. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

/** CRI v1 over a Unix socket. Reconnects by itself. */
export interface CriClient {
  /** Calls an RPC of RuntimeService or ImageService; every failure is a CriError. */
  call<N extends CallName>(name: N, request: CallRequest<N>, options?: CallOptions): Promise<CallAnswer<N>>;
  /** The runtime's event stream. Ends with a CriError when the runtime goes away (or does not offer it). */
  events(signal: AbortSignal): AsyncIterable<CriContainerEvent>;
  close(): void;
}

const maxMessage = 32 * 1024 * 1024;

export function createCriClient(options: { readonly socket: string }): CriClient {
  const client = new Client(`unix://${options.socket}`, credentials.createInsecure(), {
    "grpc.max_receive_message_length": maxMessage,
    "grpc.default_authority": "localhost",
    "grpc.initial_reconnect_backoff_ms": 200,
    "grpc.max_reconnect_backoff_ms": 2000,
  });
  const failure = (name: string, error: ServiceError): CriError =>
    new CriError(codes[error.code] ?? "Unknown", name, error.details || error.message, error);

  return {
    call: async <N extends CallName>(name: N, request: CallRequest<N>, options: CallOptions = {}) => {
      const service = name in imageCalls ? "ImageService" : "RuntimeService";
      const [asks, answers]: readonly [Message, Message] = { ...runtimeCalls, ...imageCalls }[name];
      const timeout = options.timeout ?? 120_000;
      return await new Promise<CallAnswer<N>>((resolve, reject) => {
        const call = client.makeUnaryRequest<object, CallAnswer<N>>(
          `/runtime.v1.${service}/${name}`,
          (value) => encode(asks, value),
          (bytes) => decode(answers, bytes) as CallAnswer<N>,
          request,
          timeout === 0 ? {} : { deadline: Date.now() + timeout },
          (error, value) => {
            options.signal?.removeEventListener("abort", abort);
            if (error) reject(failure(name, error));
            else if (value === undefined) reject(new CriError("Unknown", name, "the runtime sent no answer"));
            else resolve(value);
          },
        );
        const abort = () => call.cancel();
        if (options.signal?.aborted) call.cancel();
        else options.signal?.addEventListener("abort", abort, { once: true });
      });
    },
    events: async function* (signal) {
      const stream = client.makeServerStreamRequest<object, CriContainerEvent>(
        "/runtime.v1.RuntimeService/GetContainerEvents",
        (value) => encode(GetEvents, value),
        (bytes) => decode(ContainerEvent, bytes),
        {},
      );
      const abort = () => stream.cancel();
      signal.addEventListener("abort", abort, { once: true });
      try {
        for await (const event of stream) yield event as CriContainerEvent;
      } catch (error) {
        if (!signal.aborted) throw failure("GetContainerEvents", error as ServiceError);
      } finally {
        signal.removeEventListener("abort", abort);
        stream.cancel();
      }
    },
    close: () => client.close(),
  };
}
