// Run by the reader's browser: put into the page by runoff/report/output/html_page.py, which names the order.
// Say what to deploy, how sure that is and what would change it: the same functions as in decision/sentences.py.

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
