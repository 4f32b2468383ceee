/** Bounds of the listener: every one has a default that suits one machine. Times in milliseconds. */
export interface HttpLimits {
  /** Bytes of a request body; beyond: 413. */
  readonly maxBodyBytes: number;
  /** Streams of one HTTP/2 session at a time. */
  readonly maxConcurrentStreams: number;
  readonly maxConnections: number;
  /** Streams a session may reset within `resetWindow` before it is closed (CVE-2023-44487). */
  readonly maxResets: number;
  readonly resetWindow: number;
  /** For a whole request body to arrive. */
  readonly bodyDeadline: number;
  /** For a client to take bytes that wait for it. */
  readonly stallDeadline: number;
  /** A session without a stream is closed after this long; one with streams is pinged. */
  readonly sessionIdle: number;
  readonly handshakeDeadline: number;
  /** Requests under way at a time, long-running ones apart. */
  readonly maxReads: number;
  readonly maxWrites: number;
  /** Watches, log streams and tunnels under way at a time. */
  readonly maxLongRunning: number;
}

export const defaultHttpLimits: HttpLimits = {
  maxBodyBytes: 3 * 1024 * 1024,
  maxConcurrentStreams: 250,
  maxConnections: 4096,
  maxResets: 200,
  resetWindow: 10_000,
  bodyDeadline: 30_000,
  stallDeadline: 60_000,
  sessionIdle: 120_000,
  handshakeDeadline: 10_000,
  maxReads: 400,
  maxWrites: 200,
  maxLongRunning: 10_000,
};
