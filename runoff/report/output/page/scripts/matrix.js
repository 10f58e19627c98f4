// Run by the reader's browser: put into the page by runoff/report/output/html_page.py, which names the order.
// The matrix of cells: its columns, its filters, and its order.

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
