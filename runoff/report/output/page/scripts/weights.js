// Run by the reader's browser: put into the page by runoff/report/output/html_page.py, which names the order.
// The weights that a reader sets, and what follows from them: the answer and the costs.

const form = $("#weights form");

function weights() {
  const chosen = {};
  for (const weight of RULE.weights) {
    const input = $(`#weight-${weight.name}`);
    const typed = weight.switch ? Number(input.checked) : Number(input.value);
    chosen[weight.name] = Number.isFinite(typed) && typed >= weight.low ? Math.min(typed, weight.high) : given.defaults[weight.name];
  }
  return chosen;
}

function weigh() {
  const task = $("#weight-task").value;
  const chosen = weights();
  for (const output of $$("output", form)) output.textContent = `${$(`#${output.htmlFor}`).value} %`;
  const found = decide(task, chosen);
  $("#answer").replaceChildren(...(data.decision.own || found.lines).map((line) => make("p", {}, line)));
  const limit = chosen.latency_limit ? `, p99 at most ${short(chosen.latency_limit)} ms` : "";
  const priced = chosen.core_price + chosen.memory_price > 0;
  const prices = priced ? `, ${short(chosen.core_price)} a core, ${short(chosen.memory_price)} a GiB and hour` : ", no prices";
  const now = `${chosen.share} % computing like ${task}, ${100 - chosen.share} % waiting${prices}${limit}`;
  $("#weights-now").textContent = now;
  $("#cost-for").textContent = `For ${now}; a task takes ${short(chosen.task_ms)} ms today. Weights are under the decision.`;
  costs(found, priced, task);
}

let allCosts = false;
$("#more-costs").addEventListener("click", () => { allCosts = true; weigh(); });

function costs({ ranked, refused }, priced, task) {
  const heads = ["", "option", priced ? "cost per million tasks" : "hours per million tasks", "times the best", `${task}, tasks/s`, `${given.waits}, tasks/s`, "peak memory, MiB", "p99, ms"];
  const best = ranked.filter((option, at) => ranked.findIndex((each) => each.interpreter === option.interpreter) === at);
  const more = $("#more-costs");
  more.hidden = allCosts || (best.length === ranked.length && !refused.length);
  more.textContent = `Show all ${ranked.length + refused.length} options`;
  const rows = (allCosts ? ranked : best).map((option) => {
    const at = ranked.indexOf(option);
    const against = at ? compare(ranked[0], option) : null;
    const verdict = { ahead: "", same: " equal", tied: " not told apart", warming: " still warming up", unknown: " one invocation" };
    const speeds = ["cpu", "io"].map((part) => [partsOf(option).includes(part) ? short(option[`${part}_tasks_per_s`]) : "–"]);
    const wide = against && against.low !== null && against.high > TOO_WIDE * against.low;
    const times = against ? [...estimate(against.low === null || wide ? [against.ratio, null] : [against.ratio, against.low, against.high]), verdict[against.verdict]] : ["1"];
    const p99 = option.p99_ms === null ? "–" : short(option.p99_ms);
    const figures = [[short(option.cost)], times, ...speeds, [short(option.gib * 1024)], [p99]];
    return make("tr", {}, make("td", { class: "number" }, `${at + 1}`), make("th", { scope: "row" }, named(option.interpreter), option.name.slice(option.interpreter.length)),
      ...figures.map((inside) => make("td", { class: "number" }, ...inside)));
  });
  for (const option of allCosts ? refused : []) {
    rows.push(make("tr", {}, make("td"), make("th", { scope: "row" }, named(option.interpreter), ` with ${option.scenario}`), make("td", { colspan: 6, class: "reason" }, option.reason)));
  }
  const head = make("tr", {}, ...heads.map((text, at) => (text ? make("th", { scope: "col", class: at > 1 ? "number" : null }, text) : make("td"))));
  $("#costs").replaceChildren(make("thead", {}, head), make("tbody", {}, ...rows));
}

form.addEventListener("input", () => { weigh(); remember(); });
form.addEventListener("reset", () => setTimeout(() => { weigh(); remember(); }));
form.addEventListener("submit", (event) => event.preventDefault());
