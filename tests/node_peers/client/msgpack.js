// Imported by message.js. Reads MessagePack strictly: one map, text keys, no binary, no extensions, the limits of the wire.

import { LIMITS, malformed, real, tooLarge, utf8 } from './json_text.js';

class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
    this.members = 0;
  }

  // Steps over `size` bytes and returns where they begin.
  step(size) {
    const start = this.at;
    if (size > this.bytes.length - start) throw malformed('cut off');
    this.at += size;
    return start;
  }

  uint(size) {
    if (size < 8) return this.bytes.readUIntBE(this.step(size), size);
    return this.safe(this.bytes.readBigUInt64BE(this.step(8)));
  }

  int(size) {
    if (size < 8) return this.bytes.readIntBE(this.step(size), size);
    return this.safe(this.bytes.readBigInt64BE(this.step(8)));
  }

  safe(whole) {
    if (whole > 2n ** 53n || whole < -(2n ** 53n)) throw malformed('an integer beyond 2^53');
    return Number(whole);
  }

  text(size) {
    if (size > LIMITS.string) throw tooLarge('a string that is too long');
    const start = this.step(size);
    return utf8(this.bytes.subarray(start, start + size));
  }

  // Checks a container's length before anything is made for it.
  open(size, each, level) {
    if (size * each > this.bytes.length - this.at) throw malformed('cut off');
    if (level > LIMITS.levels) throw tooLarge('too many levels');
    this.members += size;
    if (this.members > LIMITS.members) throw tooLarge('too many members');
  }

  array(size, level) {
    this.open(size, 1, level);
    const list = [];
    for (let i = 0; i < size; i += 1) list.push(this.value(level));
    return list;
  }

  map(size, level) {
    this.open(size, 2, level);
    const tree = Object.create(null);
    for (let i = 0; i < size; i += 1) {
      const key = this.value(level);
      if (typeof key !== 'string') throw malformed('a key that is no text');
      if (key in tree) throw malformed('a key twice');
      tree[key] = this.value(level);
    }
    return tree;
  }

  value(level) {
    const byte = this.uint(1);
    if (byte <= 0x7f) return byte;
    if (byte <= 0x8f) return this.map(byte & 0x0f, level + 1);
    if (byte <= 0x9f) return this.array(byte & 0x0f, level + 1);
    if (byte <= 0xbf) return this.text(byte & 0x1f);
    if (byte >= 0xe0) return byte - 256;
    switch (byte) {
      case 0xc0: return null;
      case 0xc2: return false;
      case 0xc3: return true;
      case 0xca: return real(this.bytes.readFloatBE(this.step(4)));
      case 0xcb: return real(this.bytes.readDoubleBE(this.step(8)));
      case 0xcc: case 0xcd: case 0xce: case 0xcf: return this.uint(1 << (byte - 0xcc));
      case 0xd0: case 0xd1: case 0xd2: case 0xd3: return this.int(1 << (byte - 0xd0));
      case 0xd9: return this.text(this.uint(1));
      case 0xda: return this.text(this.uint(2));
      case 0xdb: return this.text(this.uint(4));
      case 0xdc: return this.array(this.uint(2), level + 1);
      case 0xdd: return this.array(this.uint(4), level + 1);
      case 0xde: return this.map(this.uint(2), level + 1);
      case 0xdf: return this.map(this.uint(4), level + 1);
      default: throw malformed('binary, an extension, or no type at all');
    }
  }
}

// Says whether a frame begins as a MessagePack map.
export function beginsMap(byte) {
  return (byte >= 0x80 && byte <= 0x8f) || byte === 0xde || byte === 0xdf;
}

// Parses the bytes of one map and nothing behind it.
export function parseMsgpack(bytes) {
  const reader = new Reader(bytes);
  const tree = reader.value(0);
  if (reader.at !== bytes.length) throw malformed('bytes behind the map');
  return tree;
}
