// Imported by client.js and vectors.js. Judges frames by the documents, and writes those that a client sends.

import { randomBytes } from 'node:crypto';
import { LIMITS, Real, Refused, malformed, parseJson, tooLarge } from './json_text.js';
import { beginsMap, parseMsgpack } from './msgpack.js';

export { Refused } from './json_text.js';

const CODES = new Set(['E_VERSION', 'E_MALFORMED', 'E_TOO_LARGE', 'E_CODEC', 'E_UNKNOWN_TASK', 'E_BAD_ARGS',
  'E_TASK', 'E_DEADLINE', 'E_CANCELLED', 'E_WORKER_LOST', 'E_BUSY', 'E_AUTH']);
const KEYWORD = /^(?!__)[A-Za-z_][A-Za-z0-9_]*$/;
const INTEGER = /^-?[0-9]{1,1000}$/;

const isText = (value) => typeof value === 'string';
const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value) && !(value instanceof Real);
const isNumber = (value) => typeof value === 'number' || value instanceof Real;
const isWhole = (least) => (value) => typeof value === 'number' && Number.isInteger(value) && value >= least;
const isTextOf = (most) => (value) => isText(value) && value.length > 0 && value.length <= most * 2 && [...value].length <= most;
const isListOf = (test) => (value) => Array.isArray(value) && value.every(test);
const isBase64 = (value) => isText(value) && Buffer.from(value, 'base64').toString('base64') === value;

export const isId = isTextOf(64);

// Says whether a value has no tag but the two that there are.
function isValue(value) {
  if (Array.isArray(value)) return value.every(isValue);
  if (!isObject(value)) return true;
  const keys = Object.keys(value);
  if (!keys.some((key) => key.startsWith('$'))) return keys.every((key) => isValue(value[key]));
  if (keys.length !== 1) return false;
  if (keys[0] === '$b64') return isBase64(value.$b64);
  return keys[0] === '$int' && isText(value.$int) && INTEGER.test(value.$int);
}

// Says whether an object is plain: no key of it begins with "$".
const isMembers = (value) => isObject(value) && Object.keys(value).every((key) => !key.startsWith('$') && isValue(value[key]));

// Tests the named fields; a field whose name ends in "?" may be missing.
function fits(object, fields) {
  if (!isObject(object)) return false;
  return Object.entries(fields).every(([field, test]) => {
    const name = field.replace('?', '');
    return name in object ? test(object[name]) : field !== name;
  });
}

const isError = (value) => fits(value, {
  code: (code) => CODES.has(code), message: isText, 'retryable?': (flag) => typeof flag === 'boolean', 'type?': isText,
});
const isWorker = (value) => fits(value, { 'id?': isId, 'implementation?': isText, 'version?': isText, 'pid?': isWhole(-Infinity) });

const FRAMES = {
  hello: { client: isText, codecs: Array.isArray },
  welcome: {
    worker: isWorker, credit: isWhole(0), concurrency: isWhole(0), codec: isText, 'codecs?': Array.isArray, 'tasks?': isListOf(isText),
  },
  tasks: { client: isText, tasks: Array.isArray, 'queue?': isText, 'reply_to?': isText },
  results: { results: Array.isArray, 'worker?': isWorker },
  beat: { held: isListOf(isId), 'credit?': isWhole(0) },
  cancel: { ids: isListOf(isId) },
  bye: {},
  error: { error: isError },
};

// Decodes one frame and refuses it as a whole, by throwing Refused, or returns its tree.
export function decode(bytes, codecs = ['json']) {
  if (bytes.length > LIMITS.bytes) throw tooLarge('more than 4 MiB');
  let tree;
  if (bytes[0] === 0x7b) tree = parseJson(bytes);
  else if (beginsMap(bytes[0]) && codecs.includes('msgpack')) tree = parseMsgpack(bytes);
  else throw new Refused('E_CODEC', 'no codec that is spoken here');
  if (tree.v !== 1) throw new Refused('E_VERSION', 'v is not 1');
  if (!isText(tree.kind) || !Object.hasOwn(FRAMES, tree.kind)) throw malformed('an unknown kind');
  if (!fits(tree, FRAMES[tree.kind])) throw malformed(`a wrong field of ${tree.kind}`);
  return tree;
}

// Judges one task of a good frame by its fields: "ok" or a code.
export function judgeTask(task) {
  const fields = {
    id: isId, name: isTextOf(200), 'attempt?': isWhole(1), 'budget_ms?': isWhole(0), 'max_attempts?': isWhole(1), 'trace?': isText, 'meta?': isMembers,
  };
  if (!fits(task, fields)) return 'E_MALFORMED';
  if ('max_attempts' in task && (task.attempt ?? 1) > task.max_attempts) return 'E_MALFORMED';
  if ('args' in task && !Array.isArray(task.args)) return 'E_BAD_ARGS';
  if ('kwargs' in task) {
    if (!isObject(task.kwargs) || !Object.keys(task.kwargs).every((key) => KEYWORD.test(key))) return 'E_BAD_ARGS';
    if (!Object.values(task.kwargs).every(isValue)) return 'E_MALFORMED';
  }
  return isValue(task.args ?? []) ? 'ok' : 'E_MALFORMED';
}

// Judges one result of a good frame: "ok" or a code.
export function judgeResult(result) {
  const fields = {
    id: isId,
    status: (status) => ['ok', 'error', 'retry', 'released'].includes(status),
    'attempt?': isWhole(1),
    'result?': isValue,
    'error?': isError,
    'queue_us?': isNumber,
    'run_us?': isNumber,
  };
  if (!fits(result, fields)) return 'E_MALFORMED';
  if (result.status === 'ok' && !('result' in result)) return 'E_MALFORMED';
  if (['error', 'retry'].includes(result.status) && !('error' in result)) return 'E_MALFORMED';
  return 'ok';
}

// Makes an id that never looks like a number: hexadecimal with the digits g to v.
export function newId() {
  return randomBytes(16).toString('hex').replace(/./g, (digit) => String.fromCharCode(103 + parseInt(digit, 16)));
}

// Writes one frame in JSON.
export function encode(kind, fields = {}) {
  return Buffer.from(JSON.stringify({ v: 1, kind, ...fields }));
}
