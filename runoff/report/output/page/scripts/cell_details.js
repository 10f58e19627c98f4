// Run by the reader's browser: put into the page by runoff/report/output/html_page.py, which names the order.
// What is unfolded under a cell of the matrix.

function detailOf(cell) {
  const inside = [];
  const block = (title, ...content) => inside.push(make("h4", {}, title), ...content);
  if (cell.reason) block("Why there is no number", make("p", {}, cell.reason));
  if (Object.keys(cell.failures).length) block("Tasks that failed, by kind", make("p", {}, Object.entries(cell.failures).map(([kind, count]) => `${kind}: ${count}`).join("; ")));
  if (cell.invocations.length) {
    const every = cell.every > 1 ? `, every ${cell.every}th of them` : "";
    block(`Iterations in microseconds, a line per invocation (* steady from here)${every}`, sequence(cell), make("pre", { tabindex: "0" }, cell.invocations.map(lineOf(cell)).join("\n")));
  }
  if (cell.guarantees.length) block("What its transport promises", make("p", {}, cell.guarantees.join(", ")));
  if (cell.invocations.some((each) => each.answers.length)) {
    const answers = cell.invocations.filter((each) => each.answers.length).map((each) => `#${each.block}: ${each.answers.join(", ")}`);
    block("Answers of each worker, busiest first", make("p", {}, answers.join("; ")));
  }
  for (const row of cell.latency) {
    const shares = ["p50", "p90", "p99", "p99.9", "max"].map((name) => `${name} ${row[name] === null ? "–" : `${short(row[name])} ms`}`);
    block(`Latency at ${row.load} (${short(row.rate)} tasks/s)`, make("p", {}, `${shares.join(", ")}; ${row.samples} samples, ${row.void} invocations void`));
  }
  block("Measure it again", make("pre", { tabindex: "0" }, cell.repeat));
  if (cell.by_hand) block("By hand, from the repository (RUN: this run's folder)", make("pre", { tabindex: "0" }, cell.by_hand));
  if (cell.log.length) block("The end of its log", make("pre", { tabindex: "0" }, cell.log.join("\n")));
  return make("tr", { class: "detail" }, make("td", { colspan: COLUMNS.length + 1 }, make("div", { class: "inside" }, ...inside)));
}

const lineOf = (cell) => (each) => {
  const times = each.us.map((us, at) => (each.steady_from !== null && at === Math.ceil(each.steady_from / cell.every) ? `*${us}` : `${us}`));
  const start = each.startup_ms === null ? "" : `, started in ${short(each.startup_ms)} ms`;
  return `#${each.block}${start}${each.tainted ? `, tainted: ${each.tainted}` : ""}: ${times.join(" ")}${each.count > each.us.length ? ` (of ${each.count})` : ""}`;
};

// A small picture of all iterations of a cell, each invocation a line on a logarithmic scale.
function sequence(cell) {
  const times = cell.invocations.flatMap((each) => each.us).filter((us) => us > 0);
  const most = Math.max(...cell.invocations.map((each) => each.us.length));
  if (most < 2 || !times.length) return "";
  const [low, high] = [Math.log(Math.min(...times)), Math.log(Math.max(...times))];
  const place = (us, at) => `${(2 + (at / (most - 1)) * 396).toFixed(1)} ${(76 - ((Math.log(Math.max(us, 1)) - low) / (high - low || 1)) * 72).toFixed(1)}`;
  const paths = cell.invocations.map((each) => make("path", {
    d: `M${each.us.map(place).join("L")}`, fill: "none", stroke: (colours[cell.interpreter] || ["gray"])[0], "stroke-opacity": 0.6, "stroke-width": 1.4, "vector-effect": "non-scaling-stroke",
  }));
  const label = `Iterations of ${cell.invocations.length} invocations, from ${short(Math.exp(low))} to ${short(Math.exp(high))} microseconds`;
  return make("svg", { class: "sequence", viewBox: "0 0 400 80", preserveAspectRatio: "none", role: "img", "aria-label": label }, make("title", {}, label), ...paths);
}
