// Charts as SVG, by hand. Colours follow the reader's choice of light or dark.
const STYLE = `
text { font: 12px system-ui, "Liberation Sans", sans-serif; fill: var(--ink) }
.title { font-weight: 600; font-size: 14px } .muted { fill: var(--muted); font-size: 11px }
.end { text-anchor: end } .mid { text-anchor: middle }
.grid { stroke: var(--grid) } .axis { stroke: var(--muted) } .goal { stroke: var(--ink); stroke-width: 1.5 }
.spread { stroke: var(--ink); stroke-opacity: .55 } .surface { fill: var(--surface) }
svg { --surface: #fcfcfb; --ink: #0b0b0b; --muted: #62615c; --grid: #e6e5e0;
  --c0: #2a78d6; --c1: #d9591f; --c2: #1a8f68; --other: #b4b2a9 }
@media (prefers-color-scheme: dark) { svg { --surface: #1a1a19; --ink: #f2f1ed; --muted: #b5b4ac; --grid: #353431;
  --c0: #5598e7; --c1: #e8794a; --c2: #37b98c; --other: #6b6a64 } }`;

const escaped = (text) => String(text).replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
const at = (value) => Number(value.toFixed(1));
const text = (x, y, words, kind = "") => `<text x="${at(x)}" y="${at(y)}" class="${kind}">${escaped(words)}</text>`;
const rule = (x1, y1, x2, y2, kind) =>
  `<line x1="${at(x1)}" y1="${at(y1)}" x2="${at(x2)}" y2="${at(y2)}" class="${kind}"/>`;
const colour = (series) => (series === undefined ? "var(--other)" : `var(--c${series})`);
const dot = (x, y, series, hollow) =>
  `<circle cx="${at(x)}" cy="${at(y)}" r="4" stroke-width="2" stroke="${colour(series)}" fill="${hollow ? "var(--surface)" : colour(series)}"/>`;

/** Panels below one another; `columns` beside one another. A panel: [height, body]. */
export function svg(heading, panels, { width = 900, columns = 1 } = {}) {
  const rows = [];
  for (let i = 0; i < panels.length; i += columns) rows.push(panels.slice(i, i + columns));
  let y = 66;
  const bodies = rows.flatMap((row) => {
    const placed = row.map(([, body], k) => `<g transform="translate(${(k * width) / columns} ${y})">${body}</g>`);
    y += Math.max(...row.map(([height]) => height)) + 24;
    return placed;
  });
  const [title, ...more] = heading;
  const frame = `<rect width="${width}" height="${y}" class="surface"/>`;
  const head = text(16, 24, title, "title") + more.map((line) => text(16, 42, line, "muted")).join("");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" width="${width}" height="${y}" role="img">
<title>${escaped(title)}</title>
<style>${STYLE}</style>\n${frame}\n${head}\n${bodies.join("\n")}\n</svg>\n`;
}

/** Dots in the colours of their series, with names, from `x` on. */
const legend = (x, y, names, hollow = () => false) => {
  let from = x;
  return names
    .map((name, i) => {
      const drawn =
        dot(from, y - 4, hollow(i) === undefined ? undefined : i, hollow(i)) + text(from + 9, y, name, "muted");
      from += 26 + 6.2 * name.length;
      return drawn;
    })
    .join("");
};

/** Horizontal bars from zero. rows: { label, value, least, most, series, note }. What is much longer than ours is cut, and says so. */
export function bars(title, unit, rows) {
  const [left, wide, step] = [210, 300, 22];
  const ours = Math.max(...rows.filter(({ series }) => series !== undefined).map(({ value }) => value));
  const scale = wide / Math.min(8 * ours, Math.max(...rows.map(({ value }) => value)));
  const drawn = rows.map(({ label, value, least, most, series, note }, i) => {
    const y = 34 + i * step;
    const length = Math.min(wide, value * scale);
    const cut = value * scale > wide + 1;
    const [from, to] = [least, most].map((one) => left + Math.min(wide, one * scale));
    const marks = cut
      ? `<path d="M${left + wide - 14} ${y + 4}l4 -20m4 20l4 -20" style="stroke:var(--surface);stroke-width:2"/>`
      : rule(from, y - 5, to, y - 5, "spread");
    return (
      text(left - 8, y, label, "end") +
      `<rect x="${left}" y="${y - 12}" width="${at(length)}" height="14" rx="2" fill="${colour(series)}"/>${marks}` +
      text(Math.max(left + length, to) + 6, y, `${value.toFixed(2)} ${unit}`) +
      text(Math.max(left + length, to) + 66, y, note ?? "", "muted")
    );
  });
  return [34 + rows.length * step, text(16, 12, title, "title") + drawn.join("")];
}

/** Measured over goal, on a logarithmic axis; left of the line a goal is met. rows: { label, points: [{ share, least, most, series }], note }. */
export function goals(title, names, rows) {
  const [left, wide, step] = [350, 270, 24];
  const [low, high] = [0.1, 10];
  const x = (share) => left + (wide * Math.log(Math.min(high, Math.max(low, share)) / low)) / Math.log(high / low);
  const bottom = 44 + rows.length * step;
  const axis = [0.1, 0.2, 0.5, 1, 2, 5, 10].map(
    (tick) =>
      rule(x(tick), 36, x(tick), bottom, tick === 1 ? "goal" : "grid") + text(x(tick), bottom + 16, tick, "mid muted"),
  );
  const drawn = rows.map(({ label, points, note }, i) => {
    const y = 58 + i * step;
    const marks = points.map(({ share, least, most, series }, k) => {
      const middle = y - 4 + (points.length > 1 ? 8 * k - 4 : 0);
      return rule(x(least), middle, x(most), middle, "spread") + dot(x(share), middle, series);
    });
    return text(left - 12, y, label, "end") + marks.join("") + text(left + wide + 14, y, note, "muted");
  });
  const head = text(16, 12, title, "title") + legend(16, 30, names) + text(x(1), 30, "goal", "mid muted");
  return [bottom + 22, head + axis.join("") + drawn.join("")];
}

const decades = (values) => [
  Math.floor(Math.log10(Math.min(...values)) + 1e-9),
  Math.ceil(Math.log10(Math.max(...values)) - 1e-9),
];
const short = (value) => {
  const [big, sign] = [
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "k"],
  ].find(([unit]) => value >= unit) ?? [1, ""];
  return `${Number((value / big).toPrecision(3))}${sign}`;
};

/**
 * Points and fitted lines, both axes logarithmic. series: { name, series, hollow, points: [{ n, t }], curve(n) }.
 */
export function lines(title, xName, series) {
  const [left, top, wide, high] = [60, 62, 360, 230];
  const all = series.flatMap(({ points }) => points);
  const [x0, x1] = [Math.log10(Math.min(...all.map(({ n }) => n))), Math.log10(Math.max(...all.map(({ n }) => n)))];
  const [y0, y1] = decades(all.map(({ t }) => t));
  const x = (n) => left + (wide * (Math.log10(n) - x0)) / (x1 - x0 || 1);
  const y = (t) => top + high - (high * (Math.log10(t) - y0)) / (y1 - y0 || 1);
  const vertical = Array.from({ length: Math.floor(x1) - Math.ceil(x0) + 1 }, (_, i) => 10 ** (Math.ceil(x0) + i));
  const grid = [
    ...vertical.map(
      (n) => rule(x(n), top, x(n), top + high, "grid") + text(x(n), top + high + 16, short(n), "mid muted"),
    ),
    ...Array.from({ length: y1 - y0 + 1 }, (_, i) => 10 ** (y0 + i)).map(
      (t) =>
        rule(left, y(t), left + wide, y(t), "grid") +
        text(left - 6, y(t) + 4, t >= 1 ? `${t} s` : `${at(t * 1e4) / 10} ms`, "end muted"),
    ),
    rule(left, top + high, left + wide, top + high, "axis"),
    text(left + wide, top + high + 34, xName, "end muted"),
  ];
  const drawn = series.map(({ series: hue, hollow, points, curve }) => {
    const [first, last] = [points[0].n, points.at(-1).n];
    const path = Array.from({ length: 61 }, (_, i) => first * (last / first) ** (i / 60))
      .map(
        (n, i) => `${i ? "L" : "M"}${at(x(n))} ${at(Math.min(top + high, Math.max(top, y(Math.max(1e-9, curve(n))))))}`,
      )
      .join("");
    const drawnCurve = `<path d="${path}" fill="none" stroke="${colour(hue)}" stroke-opacity=".6" stroke-dasharray="${hollow ? "4 3" : "none"}"/>`;
    return drawnCurve + points.map(({ n, t }) => dot(x(n), y(t), hue, hollow)).join("");
  });
  let from = left;
  const names = series.map(({ name, series: hue, hollow }, i) => {
    if (i % 3 === 0) from = left;
    const shown =
      dot(from, 28 + 16 * Math.floor(i / 3), hue, hollow) + text(from + 9, 32 + 16 * Math.floor(i / 3), name, "muted");
    from += 118;
    return shown;
  });
  return [top + high + 40, text(16, 12, title, "title") + names.join("") + grid.join("") + drawn.join("")];
}
