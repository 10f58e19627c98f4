// Read by worker.js (Node 18 upward).
// The fields of docs/wire/message.schema.json, checked: the envelope as a whole, each task by itself.
"use strict";

const { parse, Refused } = require("./strict_json.js");

const text = (value) => typeof value === "string";
const list = (value) => Array.isArray(value);
const object = (value) => typeof value === "object" && value !== null && !list(value) && !(value instanceof Number);
const whole = (value) => typeof value === "number" && Number.isInteger(value);
const natural = (value) => whole(value) && value >= 0;

const optional = (fits) => (value) => value === undefined || fits(value);

const KINDS = {
  hello: { client: text, codecs: list },
  welcome: { worker: object, credit: natural, concurrency: natural, codec: text },
  tasks: { client: text, tasks: list, queue: optional(text), reply_to: optional(text) },
  results: { results: list, worker: optional(object) },
  beat: { held: list, credit: optional(natural) },
  cancel: { ids: list },
  bye: {},
  error: { error: object },
};

function untagged(value) {
  if (list(value)) return value.map(untagged);
  if (value instanceof Number) return Number(value);
  if (!object(value)) return value;
  const keys = Object.keys(value);
  if (!keys.some((key) => key.startsWith("$"))) {
    return Object.fromEntries(keys.map((key) => [key, untagged(value[key])]));
  }
  const [tag] = keys, inner = value[tag];
  if (keys.length === 1 && tag === "$b64" && text(inner) && Buffer.from(inner, "base64").toString("base64") === inner) {
    return Buffer.from(inner, "base64");
  }
  if (keys.length === 1 && tag === "$int" && text(inner) && /^-?[0-9]{1,1000}$/.test(inner)) return BigInt(inner);
  throw new Refused("E_MALFORMED", "an object whose key begins with $ is {$b64: TEXT} or {$int: DIGITS}");
}

function tagged(value) {
  if (Buffer.isBuffer(value)) return { $b64: value.toString("base64") };
  if (typeof value === "bigint") return { $int: value.toString() };
  if (list(value)) return value.map(tagged);
  if (object(value)) return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, tagged(member)]));
  return value;
}

function decode(frame) {
  const tree = parse(frame);
  if (!whole(tree.v) || tree.v !== 1) throw new Refused("E_VERSION", "version 1 is spoken here");
  const fields = text(tree.kind) && Object.hasOwn(KINDS, tree.kind) ? KINDS[tree.kind] : undefined;
  if (!fields) throw new Refused("E_MALFORMED", "no such kind");
  for (const [name, fits] of Object.entries(fields)) {
    if (!fits(tree[name])) throw new Refused("E_MALFORMED", `${name} is missing or of the wrong type`);
  }
  for (const task of tree.tasks || []) {
    if (!object(task)) continue;
    for (const name of ["args", "kwargs", "meta"]) {
      if (!(name in task)) continue;
      try {
        task[name] = untagged(task[name]);
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        task[name] = error; // that task's own refusal: its neighbours are right
      }
    }
  }
  return tree;
}

const sized = (value, most) => text(value) && value.length > 0 && [...value].length <= most;
const isId = (value) => sized(value, 64);

// null, or the code of what is wrong with the task
function refusal(task) {
  if (!object(task) || !isId(task.id) || !sized(task.name, 200)) return "E_MALFORMED";
  const { attempt = 1, budget_ms = 1, args = [], kwargs = {} } = task;
  if (!whole(attempt) || !whole(budget_ms) || attempt < 1 || budget_ms < 0) return "E_MALFORMED";
  const unreadable = [args, kwargs, task.meta].find((field) => field instanceof Refused);
  if (unreadable) return unreadable.code;
  if (!list(args) || !object(kwargs)) return "E_BAD_ARGS";
  const { max_attempts = attempt, trace = "", meta = {} } = task;
  if (!whole(max_attempts) || attempt > max_attempts || !text(trace) || !object(meta)) return "E_MALFORMED";
  return Object.keys(kwargs).every((key) => /^(?!__)[A-Za-z_][A-Za-z0-9_]*$/.test(key)) ? null : "E_BAD_ARGS";
}

const encode = (tree) => Buffer.from(JSON.stringify({ v: 1, ...tree }));

module.exports = { decode, encode, isId, refusal, tagged, Refused };
