// Read by worker.js (Node 18 upward).
// JSON as docs/wire/README.md wants it: limits while it is read, no key twice, no number that a double cannot hold.
"use strict";

const FRAME_BYTES = 4 * 1024 * 1024, STRING_BYTES = 1536 * 1024, DEPTH = 64, MEMBERS = 10000;
const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

class Refused extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

function parse(frame) {
  if (frame.length > FRAME_BYTES) throw new Refused("E_TOO_LARGE", "a frame has at most 4 MiB");
  if (frame[0] !== 0x7b) throw new Refused("E_CODEC", "a frame begins with a brace");
  let text;
  try {
    text = utf8.decode(frame);
  } catch {
    throw new Refused("E_MALFORMED", "not UTF-8");
  }
  let at = 0, members = 0;
  const wrong = () => { throw new Refused("E_MALFORMED", `not strict JSON at ${at}`); };
  const blank = () => { while (" \t\r\n".includes(text[at] || "x")) at += 1; };
  const counted = () => { if ((members += 1) > MEMBERS) throw new Refused("E_TOO_LARGE", "too many members"); };

  function string() {
    STRING.lastIndex = at;
    const found = STRING.exec(text);
    if (!found) wrong();
    at = STRING.lastIndex;
    if (Buffer.byteLength(found[0]) - 2 > STRING_BYTES) throw new Refused("E_TOO_LARGE", "a string has at most 1.5 MiB");
    const value = JSON.parse(found[0]);
    if (!value.isWellFormed()) wrong();
    return value;
  }

  function list(depth) {
    const items = [];
    at += 1;
    blank();
    if (text[at] === "]") { at += 1; return items; }
    for (;;) {
      counted();
      items.push(value(depth));
      blank();
      if (text[at] === "]") { at += 1; return items; }
      if (text[at] !== ",") wrong();
      at += 1;
    }
  }

  function object(depth) {
    const tree = new Map();
    at += 1;
    blank();
    if (text[at] === "}") { at += 1; return {}; }
    for (;;) {
      blank();
      counted();
      const key = string();
      if (tree.has(key)) wrong();
      blank();
      if (text[at] !== ":") wrong();
      at += 1;
      tree.set(key, value(depth));
      blank();
      if (text[at] === "}") {
        at += 1;
        const made = Object.create(null); // a key called __proto__ is a key
        for (const [name, member] of tree) made[name] = member;
        return made;
      }
      if (text[at] !== ",") wrong();
      at += 1;
    }
  }

  function value(depth) {
    blank();
    const first = text[at];
    if (first === "[" || first === "{") {
      if (depth >= DEPTH) throw new Refused("E_TOO_LARGE", "at most 64 levels");
      return first === "[" ? list(depth + 1) : object(depth + 1);
    }
    if (first === '"') return string();
    for (const [word, meaning] of [["true", true], ["false", false], ["null", null]]) {
      if (text.startsWith(word, at)) { at += word.length; return meaning; }
    }
    NUMBER.lastIndex = at;
    const found = NUMBER.exec(text);
    if (!found) wrong();
    at = NUMBER.lastIndex;
    const number = Number(found[0]);
    if (!Number.isFinite(number) || /[0-9]{400}/.test(found[0])) wrong();
    if (!found[1] && !found[2]) {
      if (BigInt(found[0]) > 2n ** 53n || BigInt(found[0]) < -(2n ** 53n)) wrong();
    } else if (Number.isInteger(number)) {
      return new Fraction(number); // 1.0 is a number, and no integer where the schema asks for one
    }
    return number;
  }

  const tree = value(0);
  blank();
  if (at !== text.length) wrong();
  return tree;
}

class Fraction extends Number {}

module.exports = { parse, Refused };
