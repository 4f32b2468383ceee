/** How long work tells what it is doing. One line a step; `detail` may replace the step's line on a terminal. */
export interface Progress {
  /** Begins a step. */
  step(text: string): void;
  /** What the running step is at. */
  detail(text: string): void;
  /** Something a person should read, kept on the screen. */
  note(text: string): void;
}

/** Says nothing. */
export const silentProgress: Progress = { step() {}, detail() {}, note() {} };

/** Writes to a stream: rewriting one line on a terminal, line by line elsewhere. */
export function textProgress(stream: NodeJS.WriteStream, now: () => number): Progress {
  const started = now();
  const tty = stream.isTTY === true;
  const clock = (): string => `${((now() - started) / 1000).toFixed(1).padStart(5)}s`;
  let open = false;
  const line = (text: string): void => {
    stream.write(`${open ? "\r\x1b[K" : ""}${text}\n`);
    open = false;
  };
  return {
    step: (text) => line(`${clock()}  ${text}`),
    detail: (text) => {
      if (!tty) return;
      stream.write(`\r\x1b[K        … ${text.slice(0, (stream.columns ?? 80) - 12)}`);
      open = true;
    },
    note: (text) => line(`        ${text}`),
  };
}
