/** A series and its value; `suffix` is a histogram's part. */
export interface MetricSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly suffix?: "_bucket" | "_sum" | "_count";
}

/** One metric with all its series, by Prometheus' conventions: base units, `_total` for counters. */
export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly samples: readonly MetricSample[];
}

const escaped = (text: string): string =>
  text
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"')
    .replaceAll("\n", "\\n")
    .replace(/\p{Cc}/gu, "?");

function line(name: string, { labels, value, suffix }: MetricSample): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  return `${name}${suffix ?? ""}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${value}`;
}

/** Lines of the text exposition format, version 0.0.4, each without its line break. */
export function* metricLines(families: Iterable<MetricFamily>): Generator<string> {
  for (const { name, help, type, samples } of families) {
    yield `# HELP ${name} ${help.replaceAll("\\", "\\\\").replaceAll("\n", " ")}`;
    yield `# TYPE ${name} ${type}`;
    for (const sample of samples) yield line(name, sample);
  }
}

/** What happened, counted by labels. Their values must come from closed sets: each new one is a series for ever. */
export class Counter {
  readonly #name: string;
  readonly #help: string;
  readonly #series = new Map<string, { readonly labels: Readonly<Record<string, string>>; value: number }>();

  constructor(name: string, help: string) {
    this.#name = name;
    this.#help = help;
  }

  add(labels: Readonly<Record<string, string>> = {}, count = 1): void {
    const key = Object.values(labels).join("\0");
    const series = this.#series.get(key) ?? { labels, value: 0 };
    series.value += count;
    this.#series.set(key, series);
  }

  family(): MetricFamily {
    const samples = [...this.#series.values()].map(({ labels, value }) => ({ labels, value }));
    return { name: this.#name, help: this.#help, type: "counter", samples };
  }
}

/** How long something took, in buckets of seconds. */
export class Histogram {
  readonly #name: string;
  readonly #help: string;
  readonly #bounds: readonly number[];
  readonly #buckets: number[];
  #sum = 0;
  #count = 0;

  /** `bounds`: upper bounds in seconds, rising; the last bucket takes the rest. */
  constructor(name: string, help: string, bounds: readonly number[]) {
    this.#name = name;
    this.#help = help;
    this.#bounds = bounds;
    this.#buckets = bounds.map(() => 0);
  }

  observe(seconds: number): void {
    this.#sum += seconds;
    this.#count++;
    for (const [i, bound] of this.#bounds.entries())
      if (seconds <= bound) this.#buckets[i] = (this.#buckets[i] ?? 0) + 1;
  }

  family(): MetricFamily {
    return {
      name: this.#name,
      help: this.#help,
      type: "histogram",
      samples: [
        ...this.#bounds.map((bound, i) => ({
          labels: { le: String(bound) },
          value: this.#buckets[i] ?? 0,
          suffix: "_bucket" as const,
        })),
        { labels: { le: "+Inf" }, value: this.#count, suffix: "_bucket" },
        { labels: {}, value: this.#sum, suffix: "_sum" },
        { labels: {}, value: this.#count, suffix: "_count" },
      ],
    };
  }
}
