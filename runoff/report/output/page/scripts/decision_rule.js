// Run by the reader's browser: put into the page by runoff/report/output/html_page.py, which names the order.
// Rank what a person may deploy: the same functions as in decision/rule.py, reading the same rule.json.

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
