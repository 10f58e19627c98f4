// Imported by message.js. Reads JSON text strictly: every rule of the wire that JSON.parse does not keep.

export const LIMITS = { bytes: 4 * 1024 * 1024, levels: 64, members: 10000, string: 1536 * 1024 };

export class Refused extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

// Holds a number that was written as a fraction although its value is whole (5.0, 5e3).
export class Real {
  constructor(value) {
    this.value = value;
  }

  toJSON() {
    return this.value;
  }
}

export const malformed = (why) => new Refused('E_MALFORMED', why);
export const tooLarge = (why) => new Refused('E_TOO_LARGE', why);

// Keeps a whole value apart from an integer.
export function real(value) {
  if (!Number.isFinite(value)) throw malformed('a number that is not finite');
  return Number.isInteger(value) ? new Real(value) : value;
}

// Decodes UTF-8 and throws for anything that is none (a byte order mark stays).
export function utf8(bytes) {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw malformed('bad UTF-8');
  }
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
const LITERALS = [['true', true], ['false', false], ['null', null]];

class Reader {
  constructor(text) {
    this.text = text;
    this.at = 0;
    this.members = 0;
  }

  skip() {
    for (;;) {
      const c = this.text.charCodeAt(this.at);
      if (c !== 32 && c !== 10 && c !== 13 && c !== 9) return;
      this.at += 1;
    }
  }

  count() {
    this.members += 1;
    if (this.members > LIMITS.members) throw tooLarge('too many members');
  }

  // Takes one of two characters, or throws.
  either(one, other) {
    this.skip();
    const c = this.text[this.at];
    if (c !== one && c !== other) throw malformed(`expected ${one} or ${other} at ${this.at}`);
    this.at += 1;
    return c;
  }

  // Says whether the container ends at once.
  empty(end) {
    this.skip();
    if (this.text[this.at] !== end) return false;
    this.at += 1;
    return true;
  }

  value(level) {
    this.skip();
    const c = this.text[this.at];
    if (c === '{') return this.object(level + 1);
    if (c === '[') return this.array(level + 1);
    if (c === '"') return this.string();
    for (const [word, value] of LITERALS) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    return this.number();
  }

  object(level) {
    if (level > LIMITS.levels) throw tooLarge('too many levels');
    this.at += 1;
    const tree = Object.create(null);
    if (this.empty('}')) return tree;
    do {
      this.count();
      this.skip();
      if (this.text[this.at] !== '"') throw malformed(`expected a key at ${this.at}`);
      const key = this.string();
      if (key in tree) throw malformed('a key twice');
      this.either(':', ':');
      tree[key] = this.value(level);
    } while (this.either(',', '}') === ',');
    return tree;
  }

  array(level) {
    if (level > LIMITS.levels) throw tooLarge('too many levels');
    this.at += 1;
    const list = [];
    if (this.empty(']')) return list;
    do {
      this.count();
      list.push(this.value(level));
    } while (this.either(',', ']') === ',');
    return list;
  }

  string() {
    const start = this.at + 1;
    let end = start;
    let escaped = false;
    for (;;) {
      const c = this.text.charCodeAt(end);
      if (c === 34) break;
      if (!(c >= 32)) throw malformed('a string that does not end, or a control character in it');
      escaped ||= c === 92;
      end += c === 92 ? 2 : 1;
    }
    this.at = end + 1;
    const raw = this.text.slice(start, end);
    if (raw.length * 3 > LIMITS.string && Buffer.byteLength(raw) > LIMITS.string) {
      throw tooLarge('a string that is too long');
    }
    if (!escaped) return raw;
    let text;
    try {
      text = JSON.parse(`"${raw}"`);
    } catch {
      throw malformed('a wrong escape');
    }
    if (!text.isWellFormed()) throw malformed('half a surrogate pair');
    return text;
  }

  number() {
    NUMBER.lastIndex = this.at;
    const found = NUMBER.exec(this.text);
    if (!found) throw malformed(`expected a value at ${this.at}`);
    const [text, fraction, exponent] = found;
    if (/[0-9]{400}/.test(text)) throw malformed('400 digits in a row');
    this.at += text.length;
    if (fraction || exponent) return real(Number(text));
    if (text.length >= 16) {
      const whole = BigInt(text);
      if (whole > 2n ** 53n || whole < -(2n ** 53n)) throw malformed('an integer beyond 2^53');
    }
    return Number(text);
  }
}

// Parses the bytes of one JSON object with white space around it and nothing else.
export function parseJson(bytes) {
  const reader = new Reader(utf8(bytes));
  reader.skip();
  const tree = reader.object(1);
  reader.skip();
  if (reader.at !== reader.text.length) throw malformed('something behind the object');
  return tree;
}
