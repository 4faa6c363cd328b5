// Numbers as people read them.

const MINUS = "\u2212";
const dashed = (text) => text.replace("-", MINUS);

// As many decimals for a whole column as its intervals mean anything: one digit below the half width.
function decimals(intervals) {
  const widths = intervals.map(([, low, high]) => (high - low) / 2).filter((width) => width > 0).sort((a, b) => a - b);
  if (!widths.length) return 3;
  return Math.min(5, Math.max(0, 1 - Math.round(Math.log10(widths[widths.length >> 1]))));
}

function fixed(value, digits) {
  return value == null ? "–" : dashed(value.toFixed(digits));
}

function signed(value, digits) {
  return value == null ? "–" : (value > 0 ? "+" : "") + fixed(value, digits);
}

// 1234567 -> 1.23M
function amount(count) {
  for (const [limit, unit] of [[1e9, "G"], [1e6, "M"], [1e3, "k"]])
    if (count >= limit) return `${Number((count / limit).toPrecision(3))}${unit}`;
  return `${Number(count.toPrecision(3))}`;
}

function duration(seconds) {
  if (!seconds) return "–";
  if (seconds < 1) return `${Number((seconds * 1000).toPrecision(3))} ms`;
  if (seconds < 100) return `${Number(seconds.toPrecision(3))} s`;
  return seconds < 6000 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

const counted = (count, one, many = `${one}s`) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
