/** A picture of start times, for the README. */

export interface Bar {
  readonly name: string;
  /** Milliseconds. */
  readonly median: number;
  readonly p95: number;
  readonly isOurs: boolean;
}

const ROW = 26;
const WIDTH = 840;
/** Of a letter of 13 pixels, at most on average. */
const LETTER = 7.2;
const TOP = 64;

/** Bars on a logarithmic scale: from the least to the most is a factor of a hundred. */
export function chart(bars: readonly Bar[], caption: string): string {
  const sorted = bars.toSorted((a, b) => a.median - b.median);
  const [least, most] = [Math.min(1, ...sorted.map(({ median }) => median)), Math.max(...sorted.map(({ p95 }) => p95))];
  const left = Math.ceil(Math.max(...bars.map(({ name }) => name.length)) * LETTER) + 8;
  const span = WIDTH - left - 90;
  const place = (ms: number) => left + Math.log(ms / least) / Math.log(most / least) * span;
  const height = TOP + sorted.length * ROW + 16;
  const ticks = [1, 2, 5, 10, 20, 50, 100, 200, 500].filter((ms) => ms >= least && ms <= most);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title">
<title id="title">Time to start and end "true" in a sandbox, in milliseconds</title>
<style>
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.note { font-size: 12px; fill: #59636e }
.bar { fill: #8c959f } .ours { fill: #0969da } .line { stroke: #d1d9e0 } .p95 { stroke: #59636e }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc } .note { fill: #9198a1 } .bar { fill: #656c76 } .ours { fill: #4493f8 } .line { stroke: #3d444d } .p95 { stroke: #9198a1 }
}
</style>
<text x="0" y="16" font-weight="600">Start and end "true" in a sandbox: milliseconds, logarithmic</text>
<text x="0" y="34" class="note">${escape(caption)}</text>
${
    ticks.map((ms) => {
      const x = place(ms).toFixed(1);
      return `<line class="line" x1="${x}" x2="${x}" y1="${TOP - 6}" y2="${
        height - 10
      }"/><text class="note" x="${x}" y="${TOP - 10}" text-anchor="middle">${ms}</text>`;
    }).join("\n")
  }
${
    sorted.map(({ name, median, p95, isOurs }, row) => {
      const y = TOP + row * ROW;
      const [end, far] = [place(median), place(p95)];
      return `<text x="${left - 8}" y="${y + 15}" text-anchor="end"${isOurs ? ' font-weight="600"' : ""}>${
        escape(name)
      }</text><rect class="${isOurs ? "ours" : "bar"}" x="${left}" y="${y + 3}" width="${
        Math.max(end - left, 1).toFixed(1)
      }" height="${ROW - 10}"/><line class="p95" x1="${far.toFixed(1)}" x2="${far.toFixed(1)}" y1="${y + 3}" y2="${
        y + ROW - 7
      }"/><text x="${(far + 6).toFixed(1)}" y="${y + 15}">${median.toFixed(1)}</text>`;
    }).join("\n")
  }
</svg>
`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
