// Run by the reader's browser: inlined into the page by runoff/report/output/html_page.py.
"use strict";

const read = (id) => JSON.parse(document.getElementById(id).textContent);
const data = read("data");
const specifications = read("specifications");
const colours = read("colours");
const $ = (selector, within = document) => within.querySelector(selector);
const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];

// An element with text and other elements in it; text is never taken as markup.
function make(tag, attributes = {}, ...inside) {
  const element = tag === "svg" || tag === "path" || tag === "title" ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) element.setAttribute(name, value);
  }
  element.append(...inside.filter((each) => each !== null && each !== ""));
  return element;
}

// Three significant digits, never an exponent: wording.py rounds the same way.
function short(value) {
  if (value >= 100) return value.toFixed(0);
  const text = Number(value.toPrecision(3)).toFixed(10);
  return text.replace(/0+$/, "").replace(/\.$/, "");
}

function estimate(value) {
  if (!value) return [make("span", {}, "–")];
  const [middle, low, high] = value;
  return low === null ? [short(middle)] : [short(middle), " ", make("span", { class: "interval" }, `[${short(low)}, ${short(high)}]`)];
}

// --- interpreters: one colour and one shape each -----------------------------------------------------------------

const SHAPES = {
  circle: "M6 1a5 5 0 1 0 .01 0z",
  diamond: "M6 0l6 6-6 6-6-6z",
  square: "M1 1h10v10h-10z",
  "triangle-up": "M6 1l5.6 10h-11.2z",
};

function draw(mark, label) {
  const [colour, shape] = colours[label] || ["gray", "circle"];
  mark.append(make("path", { d: SHAPES[shape], fill: colour }));
}

function named(label) {
  const mark = make("svg", { class: "mark", viewBox: "0 0 12 12", "aria-hidden": "true" });
  draw(mark, label);
  const end = data.ended[label];
  return make("span", { class: end ? "interpreter ended" : "interpreter", title: end ? `past its end of support, ${end}` : null }, mark, label);
}

for (const mark of $$("svg[data-mark]")) draw(mark, mark.dataset.mark);

// --- light and dark ------------------------------------------------------------------------------------------------

const theme = $("#theme");
const system = matchMedia("(prefers-color-scheme: dark)");

function wear(name) {
  document.documentElement.dataset.theme = name;
  theme.textContent = name === "dark" ? "Light" : "Dark";
  drawAll();
}

theme.hidden = false;
theme.addEventListener("click", () => wear(document.documentElement.dataset.theme === "dark" ? "light" : "dark"));
system.addEventListener("change", () => wear(system.matches ? "dark" : "light"));

// --- pictures --------------------------------------------------------------------------------------------------------

const AXES = 112; // pixels beside a picture: its axis, the axis' title and labels

function configuration() {
  const style = getComputedStyle(document.documentElement);
  const [ink, soft, line] = ["--ink", "--soft", "--line"].map((name) => style.getPropertyValue(name).trim());
  const font = getComputedStyle(document.body).fontFamily;
  const words = { labelColor: soft, titleColor: soft, labelFontSize: 11, titleFontSize: 11, titleFontWeight: "normal" };
  return {
    background: "transparent", font, view: { stroke: line },
    axis: { ...words, domainColor: line, tickColor: line, gridColor: line, gridOpacity: 0.55, labelLimit: 150, labelSeparation: 6 },
    header: { labelColor: ink, labelFontSize: 12, labelFontWeight: 600, labelAnchor: "start", labelLimit: 320 },
    legend: { ...words, orient: "bottom", columns: 2, labelLimit: 260, symbolStrokeColor: soft, symbolFillColor: soft },
    text: { color: ink }, rule: { color: soft },
  };
}

// The specification for the room there is: fewer facets side by side, and a narrower one where even one is too wide.
function fitted(specification, room) {
  const copy = structuredClone(specification);
  const width = copy.spec.width;
  const columns = Math.max(1, Math.min(copy.columns, Math.floor((room - AXES + 20) / (width + 20))));
  copy.columns = columns;
  copy.spec.width = columns === 1 ? Math.max(140, Math.min(room - AXES, 560)) : Math.floor((room - AXES + 20) / columns) - 20;
  return copy;
}

const drawn = new Map();

async function drawPicture(canvas) {
  const name = canvas.dataset.picture;
  const specification = fitted(specifications[name], canvas.clientWidth);
  const options = { actions: false, renderer: "svg", config: configuration(), ast: false, defaultStyle: false };
  (drawn.get(name) || { finalize() {} }).finalize();
  options.config.header.labelLimit = specification.spec.width;
  // What is drawn is for the eye; its title, the sentence below and the tables are for everyone.
  const inside = make("div", { "aria-hidden": "true" });
  canvas.replaceChildren(inside);
  let result = await vegaEmbed(inside, specification, options);
  for (let again = 0; again < 6; again++) { // axes and legends are as wide as their words: only drawing them tells
    const over = $("svg", inside).getBoundingClientRect().width - canvas.clientWidth;
    if (over <= 0) break;
    specification.spec.width = Math.max(80, specification.spec.width - Math.ceil(over / specification.columns) - 2);
    options.config.header.labelLimit = specification.spec.width;
    result.finalize();
    result = await vegaEmbed(inside, specification, options);
  }
  drawn.set(name, result);
  if (!$(".save", canvas.parentElement)) canvas.after(saves(name));
}

function saves(name) {
  const button = (type) => make("button", { type: "button", onclick: () => save(name, type) }, `Save as ${type.toUpperCase()}`);
  return make("p", { class: "save" }, button("svg"), button("png"));
}

async function save(name, type) {
  const url = await drawn.get(name).view.toImageURL(type, type === "png" ? 2 : 1);
  make("a", { href: url, download: `${name}.${type}` }).click();
}

// A picture is drawn when it comes near the screen, and again when the room or the theme changes.
const near = new IntersectionObserver((entries) => {
  for (const entry of entries) if (entry.isIntersecting && !drawn.has(entry.target.dataset.picture)) drawPicture(entry.target);
}, { rootMargin: "600px" });

function drawAll() {
  for (const canvas of $$(".canvas[data-picture]")) if (drawn.has(canvas.dataset.picture)) drawPicture(canvas);
}

async function drawEverything() {
  for (const folded of $$("details.folded")) folded.open = true; // what is folded has no room to be drawn in
  for (const canvas of $$(".canvas[data-picture]")) if (!drawn.has(canvas.dataset.picture)) await drawPicture(canvas);
}

let width = innerWidth;
let resized;
addEventListener("resize", () => {
  clearTimeout(resized);
  resized = setTimeout(() => { if (innerWidth !== width) { width = innerWidth; drawAll(); } }, 150);
});
addEventListener("beforeprint", () => { drawEverything(); });

// --- the decision: the same functions as in decision/rule.py, reading the same rule ---------------------------------------

const { given, words: RULE } = data.decision;
const names = [...new Set([...RULE.option, ...RULE.comparison].flatMap(([, formula]) => formula.match(/[a-z_]\w*/gi)))].filter((name) => name !== "max");
const compiled = new Map();

function evaluate(formula, values) {
  if (!compiled.has(formula)) compiled.set(formula, new Function("max", ...names, `return ${formula}`));
  return compiled.get(formula)(Math.max, ...names.map((name) => values[name]));
}

function rank(task, weights) {
  const ranked = [];
  const refused = [];
  for (const option of given.options[task] || []) {
    const values = { ...option, ...weights, cores: given.cores };
    for (const name of ["cpu", "io"]) {
      if (values[`${name}_speedup`] === null) values[`${name}_speedup`] = 1;
      if (values[`${name}_variance`] === null) [values[`${name}_variance`], values[`${name}_freedom`]] = [NaN, 1];
    }
    for (const [name, formula] of RULE.option) values[name] = evaluate(formula, values);
    const reason = refusal(option, values);
    if (reason) refused.push({ ...option, reason });
    else ranked.push({ ...values, name: optionName(option, values) });
  }
  ranked.sort((one, other) => one.cost - other.cost);
  return [ranked, refused];
}

function refusal(option, values) {
  for (const need of RULE.needs) {
    if (!(values[need.where] > 0)) continue;
    if (option[need.field] === null) return need.reason;
    if (need.at_most && option[need.field] > values[need.at_most]) return need.exceeded;
  }
  return null;
}

function optionName(option, values) {
  const names = [...new Set(partsOf(values).map((part) => option[`${part}_name`]))];
  return `${option.interpreter} with ${names.length === 1 ? names[0] : option.scenario}`;
}

const partsOf = (values) => [["cpu", "computing"], ["io", "waiting"]].filter(([part, where]) => values[where] > 0 && values[`${part}_name`]).map(([part]) => part);
const warming = (values) => partsOf(values).some((part) => values[`${part}_warming`]);

function compare(best, other) {
  const values = {};
  for (const [side, one] of [["best", best], ["other", other]]) for (const name of Object.keys(one)) values[`${side}_${name}`] = one[name];
  for (const [name, formula] of RULE.comparison) values[name] = evaluate(formula, values);
  if (Number.isNaN(values.spread)) return { ratio: values.ratio, low: null, high: null, verdict: "unknown" };
  const table = given.t_quantiles;
  const at = Number.isNaN(values.freedom) ? table.length : Math.min(table.length, Math.max(1, Math.floor(values.freedom)));
  const half = table[at - 1] * Math.sqrt(values.spread);
  const found = { ratio: values.ratio, low: values.ratio * Math.exp(-half), high: values.ratio * Math.exp(half) };
  return { ...found, verdict: verdictOf(found, warming(other)) };
}

const SAME = 0.05;
const TOO_WIDE = 100; // as in stats/significance.py

function verdictOf(found, otherWarming) {
  if (otherWarming) return "warming";
  if (Number(found.low.toPrecision(3)) > 1 && found.ratio > 1 + given.floor) return "ahead"; // as printed
  return found.low >= 1 - SAME && found.high <= 1 + SAME ? "same" : "tied";
}

function competitors(best, ranked) {
  const others = new Map();
  for (const option of ranked) if (option.interpreter !== best.interpreter && !others.has(option.interpreter)) others.set(option.interpreter, option);
  return others.size ? [...others.values()] : ranked.filter((option) => option !== best);
}

function levelWith(best, ranked) {
  return Number.isNaN(best.variance) ? [] : competitors(best, ranked).filter((other) => compare(best, other).verdict !== "ahead");
}

function changesOf(task, weights, named) {
  const found = [];
  for (const weight of RULE.weights) {
    if (weight.scan === null) continue;
    for (const direction of ["below", "above"]) {
      for (const value of scanned(weight, weights[weight.name], direction)) {
        const [ranked] = rank(task, { ...weights, [weight.name]: value });
        if (ranked.length && !named.some((each) => ranked[0].interpreter === each.interpreter && ranked[0].scenario === each.scenario)) {
          found.push({ weight, direction, value, best: ranked[0].name });
          break;
        }
      }
    }
  }
  return found;
}

function scanned(weight, start, direction) {
  const values = [];
  if (weight.scan === "linear") {
    const step = direction === "below" ? -1 : 1;
    for (let value = Math.trunc(start) + step; value >= weight.low && value <= weight.high; value += step) values.push(value);
  } else if (start > 0) {
    const factor = direction === "below" ? 1 / 1.1 : 1.1;
    for (let power = 1; power <= 72; power++) values.push(start * factor ** power);
  }
  return values;
}

const filled = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (_, name) => values[name]);

function compared(best, other) {
  const words = RULE.sentences;
  const found = compare(best, other);
  let interval = "";
  if (found.low !== null) interval = found.high > TOO_WIDE * found.low ? words.wide : ` [${short(found.low)}, ${short(found.high)}]`;
  let measured = words.equal;
  if (found.verdict === "warming") measured = words.warming;
  else if (!(found.low === 1 && found.high === 1)) {
    const bound = warming(best) ? words.bound : "";
    const ratio = short(found.ratio);
    measured = filled(words[ratio === "1" ? "even" : best.price > 0 ? "dearer" : "longer"], { bound, ratio, interval });
  }
  return { other: other.name, measured };
}

const NAMED = 4;

// a, b, c and 5 more: wording.py says it the same way.
function listed(texts) {
  const kept = texts.length > NAMED + 1 ? texts.slice(0, NAMED) : texts;
  const parts = kept.length < texts.length ? [...kept, `${texts.length - kept.length} more`] : kept;
  return parts.length === 1 ? parts[0] : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}

function noneOf(refused) {
  const words = RULE.sentences;
  const counted = new Map();
  for (const { reason } of refused) counted.set(reason, (counted.get(reason) || 0) + 1);
  const reasons = [...counted].map(([reason, count]) => `${reason} (${count} option${count === 1 ? "" : "s"})`).join(", ");
  return filled(words.none, { reasons: reasons || words.nothing });
}

function runWhat(task, ranked, level) {
  const words = RULE.sentences;
  const best = ranked[0];
  const today = ranked.find((each) => each.interpreter === given.baseline);
  const others = competitors(best, ranked);
  const several = others.some((other) => other.interpreter !== best.interpreter);
  let [kind, chosen] = [level.length ? "tied" : "best", best];
  if (Number.isNaN(best.variance)) kind = "undecided";
  else if (several && today && (today === best || level.includes(today))) [kind, chosen] = ["keep", today];
  const further = kind === "tied" || (kind === "best" && today !== others[0]); // else the next sentence says it
  const gain = further && several && today ? filled(words.gain, { today: today.name, ...compared(best, today) }) : "";
  const cost = chosen.price > 0 ? filled(words.cost, { cost: short(chosen.cost) }) : "";
  const first = filled(words[kind], { best: chosen.name, figures: figures(task, chosen), cost, gain, others: level.length ? listed(level.map((each) => each.name)) : "" });
  if (!others.length) return [first, words.alone];
  if (kind === "undecided") return [first, filled(words.one, compared(best, others[0]))];
  if (!level.length) return [first, filled(words.sure, compared(best, others[0]))];
  return [first, filled(words.unsure, { best: best.name, compared: listed(level.map((each) => filled(words.level, compared(best, each)))) })];
}

function figures(task, option) {
  const names = { cpu: task, io: given.waits };
  const sized = new Set(partsOf(option).map((part) => option[`${part}_name`])).size > 1;
  return partsOf(option).map((part) => filled(RULE.sentences.figure, {
    task: names[part], bound: option[`${part}_warming`] ? RULE.sentences.bound : "", tasks_per_s: short(option[`${part}_tasks_per_s`]),
    name: sized ? ` (${option[`${part}_name`]})` : "",
  })).join(", ");
}

function changeWhat(weights, found) {
  const words = RULE.sentences;
  if (!found.length) {
    const asked = RULE.weights.filter((weight) => weight.scan === "linear" || (weight.scan && weights[weight.name]));
    return filled(words.steady, { labels: asked.map((weight) => weight.label.toLowerCase()).join(" or ") });
  }
  const atItsEnd = (weight, value) => weight.scan === "linear" && (value === weight.low || value === weight.high);
  const each = found.map(({ weight, direction, value, best: name }) => filled(words.change, {
    label: weight.label.toLowerCase(), direction: atItsEnd(weight, value) ? "" : ` or ${words[direction]}`,
    value: short(value), unit: weight.unit, best: name,
  }));
  return filled(words.changes, { changes: each.join("; ") });
}

function decide(task, weights) {
  const [ranked, refused] = rank(task, weights);
  if (!ranked.length) return { ranked, refused, changes: [], lines: [noneOf(refused)] };
  const level = levelWith(ranked[0], ranked);
  const changes = changesOf(task, weights, [ranked[0], ...level]);
  return { ranked, refused, changes, lines: [...runWhat(task, ranked, level), changeWhat(weights, changes)] };
}

// --- weights ---------------------------------------------------------------------------------------------------------

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

// --- the matrix ------------------------------------------------------------------------------------------------------

const ORDER = Object.keys(colours); // by implementation and version
const PAGE = 15; // rows before "show all"
const table = $("#cells");
const highest = (cell, field) => Math.max(...cell.latency.map((row) => row[field] ?? -Infinity), -Infinity);
const number = (value) => (value === null || !Number.isFinite(value) ? -Infinity : value);
const present = (field) => data.cells.some((cell) => (Array.isArray(cell[field]) ? cell[field].length : cell[field]));
const size = (cell) => [`batch=${cell.batch}`, ...Object.entries(cell.parameters).filter(([name]) => !data.named.includes(name)).map(([name, value]) => `${name}=${value}`)].join(", ");

const COLUMNS = [
  { head: "interpreter", by: (cell) => ORDER.indexOf(cell.interpreter), show: (cell) => [named(cell.interpreter)] },
  { head: "scenario", by: (cell) => cell.name, show: (cell) => [cell.name], class: "way" },
  { head: "task", by: (cell) => cell.task, show: (cell) => [cell.task] },
  { head: "size", by: (cell) => cell.batch, show: (cell) => [size(cell)], class: "small" },
  { head: "transport", by: (cell) => cell.transport, show: (cell) => [cell.transport || "–"], only: "transport" },
  { head: "guarantees", by: (cell) => cell.guarantees.join(), show: (cell) => [cell.guarantees.join(", ") || "–"], only: "guarantees", class: "promises" },
  { head: "balance", number: true, by: (cell) => number(cell.balance && cell.balance[0]), show: (cell) => estimate(cell.balance), only: "balance" },
  { head: "tasks/s", number: true, by: (cell) => number(cell.throughput && cell.throughput[0]), show: (cell) => (cell.throughput ? (cell.ranked ? estimate(cell.throughput) : [`${short(cell.range[0])} to ${short(cell.range[1])}`]) : ["–"]) },
  { head: `over the baseline's`, number: true, by: (cell) => number(cell.ratio && cell.ratio[0]), show: (cell) => estimate(cell.ratio), only: "ratio" },
  { head: "verdict", by: (cell) => cell.verdict, show: (cell) => [cell.verdict], class: "reason words", only: "verdict" },
  { head: "p50 ms", number: true, by: (cell) => highest(cell, "p50"), show: (cell) => atLoads(cell, "p50"), only: "latency" },
  { head: "p99 ms", number: true, by: (cell) => highest(cell, "p99"), show: (cell) => atLoads(cell, "p99"), only: "latency" },
  { head: "max ms", number: true, by: (cell) => highest(cell, "max"), show: (cell) => atLoads(cell, "max"), only: "latency" },
  { head: "CPU s/1000", number: true, by: (cell) => number(cell.cpu_s_per_1000), show: (cell) => [cell.cpu_s_per_1000 === null ? "–" : short(cell.cpu_s_per_1000)] },
  { head: "broker CPU s/1000", number: true, by: (cell) => number(cell.broker_cpu_s_per_1000), show: (cell) => beside(cell, "broker_cpu_s_per_1000"), only: "brokered" },
  { head: "memory MiB", number: true, by: (cell) => number(cell.memory_mib), show: (cell) => [cell.memory_mib === null ? "–" : short(cell.memory_mib)] },
  { head: "broker MiB", number: true, by: (cell) => number(cell.broker_memory_mib), show: (cell) => beside(cell, "broker_memory_mib"), only: "brokered" },
  { head: "state", by: (cell) => `${cell.status} ${cell.badge || cell.state}`, show: states },
].filter((column) => !column.only || present(column.only));

// What a broker used beside the program; one that is not the run's own node cannot be seen.
function beside(cell, field) {
  return [cell[field] === null ? (cell.brokered && !cell.latency.length ? "not seen" : "–") : short(cell[field])];
}

function atLoads(cell, field) {
  const shown = cell.latency.map((row) => (row[field] === null ? "–" : short(row[field])) + (cell.latency.length > 1 ? ` at ${row.load}` : ""));
  return shown.length ? shown.map((text) => make("div", {}, text)) : ["–"];
}

function states(cell) {
  const badge = make("span", { class: `badge ${cell.status}` }, cell.status === "ok" ? cell.badge || cell.state || "ok" : cell.status);
  const failures = Object.values(cell.failures).reduce((sum, count) => sum + count, 0);
  return [badge, failures ? ` ${failures} tasks failed` : "", cell.reason ? make("div", { class: "reason" }, cell.reason) : ""];
}

const FILTERS = [
  ["interpreter", (cell) => [cell.interpreter]],
  ["scenario", (cell) => [cell.scenario]],
  ["task", (cell) => [cell.task]],
  ["transport", (cell) => (cell.transport ? [cell.transport] : [])],
  ["guarantee", (cell) => cell.guarantees],
  ["status", (cell) => [cell.status]],
];
const filters = $("#filters");
let sorted = { column: null, down: false };
let all = false;
const opened = new Set();

for (const [name, values] of FILTERS) {
  const found = [...new Set(data.cells.flatMap(values))];
  if (!found.length) continue;
  const select = make("select", { id: `filter-${name}`, "data-filter": name }, make("option", { value: "" }, "all"), ...found.map((value) => make("option", { value }, value)));
  filters.append(make("p", { class: "field" }, make("label", { for: `filter-${name}` }, name), select));
}
filters.append(make("p", { class: "field" }, make("label", { for: "filter-text" }, "anything"), make("input", { type: "search", id: "filter-text" })));
filters.append(make("p", { class: "field" }, make("button", { type: "reset" }, "Show all")));
filters.addEventListener("input", () => { list(); remember(); });
filters.addEventListener("reset", () => setTimeout(() => { list(); remember(); }));
filters.addEventListener("submit", (event) => event.preventDefault());

function kept() {
  const chosen = FILTERS.map(([name, values]) => [($(`#filter-${name}`) || {}).value, values]).filter(([value]) => value);
  const text = $("#filter-text").value.trim().toLowerCase();
  const cells = data.cells.filter((cell) => chosen.every(([value, values]) => values(cell).includes(value))
    && (!text || `${cell.interpreter} ${cell.name} ${cell.task} ${size(cell)} ${cell.status} ${cell.reason} ${cell.badge} ${cell.verdict}`.toLowerCase().includes(text)));
  if (sorted.column) {
    const { by } = sorted.column;
    const order = (one, other) => (by(one) < by(other) ? -1 : by(one) > by(other) ? 1 : one.id - other.id);
    cells.sort((one, other) => (sorted.down ? order(other, one) : order(one, other)));
  }
  return cells;
}

function heads() {
  return make("tr", {}, make("td", {}, make("span", { class: "sr" }, "details")), ...COLUMNS.map((column) => {
    const state = sorted.column === column ? (sorted.down ? "descending" : "ascending") : null;
    const sort = () => {
      sorted = { column, down: sorted.column === column ? !sorted.down : Boolean(column.number) };
      list();
      $$("#cells thead button")[COLUMNS.indexOf(column)].focus();
    };
    return make("th", { scope: "col", "aria-sort": state, class: column.number ? "number" : null }, make("button", { type: "button", onclick: sort }, column.head));
  }));
}

function list() {
  const cells = kept();
  const shown = all ? cells : cells.slice(0, PAGE);
  const rows = shown.flatMap((cell) => (opened.has(cell.id) ? [rowOf(cell), detailOf(cell)] : [rowOf(cell)]));
  table.replaceChildren(make("thead", {}, heads()), make("tbody", {}, ...rows));
  $("#matrix-count").textContent = `${cells.length} of ${data.cells.length} cells`;
  const more = $("#more");
  more.hidden = shown.length === cells.length;
  more.textContent = `Show all ${cells.length} cells`;
}

$("#more").addEventListener("click", () => { all = true; list(); });

function rowOf(cell) {
  const open = opened.has(cell.id);
  const toggle = () => {
    if (!opened.delete(cell.id)) opened.add(cell.id);
    list();
    $(`#cell-${cell.id} .open`).focus();
  };
  const button = make("button", { type: "button", class: "open", "aria-expanded": String(open), "aria-label": `Details of ${cell.interpreter}, ${cell.name}, ${cell.task}`, onclick: toggle }, open ? "▾" : "▸");
  return make("tr", { id: `cell-${cell.id}`, class: "row" }, make("td", {}, button),
    ...COLUMNS.map((column) => make("td", { class: column.number ? "number" : column.class || null }, ...column.show(cell))));
}

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

// A link to a cell shows it, whatever the filters were.
function follow() {
  const found = /^#cell-(\d+)$/.exec(location.hash);
  if (!found) return;
  for (const field of $$("select, input", filters)) field.value = "";
  all = true;
  opened.add(Number(found[1]));
  list();
  const row = $(location.hash);
  if (row) {
    row.scrollIntoView({ block: "center" });
    $(".open", row).focus({ preventScroll: true });
  }
}

// --- what the reader chose stands in the address: a link says the same sentence ---------------------------------------

const CHOSEN = "#?";

function fields() {
  return [$("#weight-task"), ...RULE.weights.map((weight) => $(`#weight-${weight.name}`)), ...$$("select, input", filters)];
}

const valueOf = (field) => (field.type === "checkbox" ? String(Number(field.checked)) : field.value);

function initialOf(field) {
  if (field.type === "checkbox") return String(Number(field.defaultChecked));
  if (field.tagName === "SELECT") return field.options[0].value;
  return field.defaultValue;
}

// The fields that are not as they were: share=30&filter-status=failed.
function chosen() {
  const moved = fields().filter((field) => valueOf(field) !== initialOf(field));
  return new URLSearchParams(moved.map((field) => [field.id.replace("weight-", ""), valueOf(field)])).toString();
}

function remember() {
  const words = chosen();
  if (words || location.hash.startsWith(CHOSEN)) history.replaceState(null, "", words ? CHOSEN + words : location.href.split("#")[0]);
}

function recall() {
  if (!location.hash.startsWith(CHOSEN)) return;
  const words = new URLSearchParams(location.hash.slice(CHOSEN.length));
  for (const field of fields()) {
    const asked = words.get(field.id.replace("weight-", ""));
    if (field.type === "checkbox") field.checked = (asked === null ? initialOf(field) : asked) === "1";
    else if (field.tagName !== "SELECT" || asked === null || [...field.options].some((option) => option.value === asked)) field.value = asked === null ? initialOf(field) : asked;
  }
  weigh();
  list();
}

addEventListener("hashchange", () => {
  recall();
  follow();
  remember();
});

// --- and so it begins --------------------------------------------------------------------------------------------------

wear(system.matches ? "dark" : "light");
weigh();
list();
recall();
follow();
for (const canvas of $$(".canvas[data-picture]")) near.observe(canvas);
window.runoff = { decide, weights, drawEverything, ready: true };
