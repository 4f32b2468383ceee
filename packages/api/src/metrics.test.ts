import { expect, test } from "vitest";
import { Counter, Histogram, metricLines } from "./metrics.ts";

test("a counter counts by its labels, in the text exposition's words", () => {
  const counter = new Counter("refusals_total", "What was refused.");
  counter.add({ decider: "image", rule: "trust" });
  counter.add({ decider: "image", rule: "trust" }, 2);
  counter.add({ decider: "image", rule: "scan" });
  expect([...metricLines([counter.family()])]).toEqual([
    "# HELP refusals_total What was refused.",
    "# TYPE refusals_total counter",
    'refusals_total{decider="image",rule="trust"} 3',
    'refusals_total{decider="image",rule="scan"} 1',
  ]);
});

test("a histogram's buckets hold everything up to their bound", () => {
  const histogram = new Histogram("took_seconds", "How long.", [0.1, 1]);
  for (const seconds of [0.05, 0.1, 0.5, 7]) histogram.observe(seconds);
  expect([...metricLines([histogram.family()])].slice(2)).toEqual([
    'took_seconds_bucket{le="0.1"} 2',
    'took_seconds_bucket{le="1"} 3',
    'took_seconds_bucket{le="+Inf"} 4',
    "took_seconds_sum 7.65",
    "took_seconds_count 4",
  ]);
});

test("a label's text cannot end its line or its quotes", () => {
  const gauge = {
    name: "g",
    help: "a\nb",
    type: "gauge",
    samples: [{ labels: { l: 'x"\\\n\u001b[2J' }, value: 1 }],
  } as const;
  expect([...metricLines([gauge])]).toEqual(["# HELP g a b", "# TYPE g gauge", 'g{l="x\\"\\\\\\n?[2J"} 1']);
});
