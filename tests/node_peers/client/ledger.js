// Imported by client.js. Keeps the book of the tasks: which are open, who holds them, and the one outcome of each.

import { isId, judgeResult, newId } from './message.js';

const GRACE_MS = 1000; // Waits so long behind a deadline for the worker's own word.
const PAUSE_MS = 200;

export class Ledger {
  constructor({ name, count, inFlight, deadlineMs, maxAttempts = 5, report, now = () => performance.now() }) {
    Object.assign(this, { name, count, inFlight, deadlineMs, maxAttempts, report, now });
    this.open = new Map(); // id -> task, in the order of their deadlines
    this.closed = new Set();
    this.waiting = [];
    this.next = 0;
    this.draining = false;
    this.stats = { done: 0, failed: 0, lost: 0, resent: 0, duplicates: 0, strangers: 0, malformed: 0 };
    this.onReady = () => {};
    this.onExpired = () => {};
    this.finished = new Promise((resolve) => { this.finish = resolve; });
  }

  // Lets new tasks in until as many are open as may be.
  admit() {
    while (!this.draining && this.next < this.count && this.open.size < this.inFlight) {
      const task = { id: newId(), number: this.next, attempt: 1, until: this.now() + this.deadlineMs, holder: null, sends: 0, notBefore: 0, avoid: null };
      this.next += 1;
      this.open.set(task.id, task);
      this.waiting.push(task);
    }
    if (this.waiting.length) this.onReady();
    if (!this.open.size && (this.draining || this.next >= this.count)) this.finish();
  }

  // Hands each task that may go now to the holder that `choose` names; returns holder -> tasks.
  deal(choose) {
    const now = this.now();
    const dealt = new Map();
    const kept = [];
    for (const task of this.waiting) {
      if (!this.open.has(task.id)) continue;
      const holder = task.notBefore <= now && now < task.until ? choose(task) : null;
      if (!holder) {
        kept.push(task);
        continue;
      }
      task.holder = holder;
      task.sends += 1;
      if (task.sends > 1) this.stats.resent += 1;
      if (!dealt.has(holder)) dealt.set(holder, []);
      dealt.get(holder).push(task);
    }
    this.waiting = kept;
    return dealt;
  }

  // Writes a task as it goes over the wire.
  wire(task) {
    const budget = Math.max(1, Math.round(task.until - this.now()));
    return { id: task.id, attempt: task.attempt, max_attempts: this.maxAttempts, budget_ms: budget, name: this.name, args: [task.number] };
  }

  // Takes one member of a `results` frame.
  give(result, holder) {
    const good = judgeResult(result) === 'ok';
    if (!good) this.stats.malformed += 1;
    const id = result?.id;
    const task = isId(id) ? this.open.get(id) : null;
    if (!task) {
      if (this.closed.has(id)) this.stats.duplicates += 1;
      else if (good) this.stats.strangers += 1;
      return;
    }
    if (good && result.status === 'ok') this.close(task, { status: 'ok', result: result.result });
    else if (good && result.status === 'error') this.close(task, { status: 'error', error: result.error });
    else if (task.holder !== holder || (good && (result.attempt ?? task.attempt) !== task.attempt)) this.stats.duplicates += 1;
    else if (good && result.status === 'released') this.again(task, { from: holder, pauseMs: PAUSE_MS });
    else if (good) this.again(task, { counts: true, error: result.error });
    else this.again(task, { counts: true, error: { code: 'E_MALFORMED', message: 'the result was malformed' } });
  }

  // Takes a task back from a holder that has lost it, and counts an attempt.
  lose(id, holder, message, pauseMs = 0) {
    const task = this.open.get(id);
    if (task?.holder === holder) this.again(task, { counts: true, from: holder, pauseMs, error: { code: 'E_WORKER_LOST', message } });
  }

  // Takes a task back that was never accepted: no attempt.
  takeBack(task, pauseMs = 0) {
    if (this.open.get(task.id) === task) this.again(task, { pauseMs });
  }

  // Queues a task again in front of the new ones, or ends it when its attempts are used up.
  again(task, { counts = false, error = null, from = null, pauseMs = 0 }) {
    task.holder = null;
    if (counts && task.attempt >= this.maxAttempts) {
      this.close(task, { status: 'error', error });
      return;
    }
    if (counts) task.attempt += 1;
    task.avoid = from;
    task.notBefore = this.now() + pauseMs;
    this.waiting.unshift(task);
    this.onReady();
  }

  close(task, outcome) {
    this.open.delete(task.id);
    this.closed.add(task.id);
    if (outcome.status === 'ok') this.stats.done += 1;
    else if (outcome.error.code === 'E_WORKER_LOST') this.stats.lost += 1;
    else this.stats.failed += 1;
    this.report({ number: task.number, id: task.id, attempt: task.attempt, ...outcome });
    this.admit();
  }

  // Ends what is past its deadline, and wakes what has waited.
  tick() {
    const now = this.now();
    for (const task of [...this.open.values()]) {
      if (task.until > now) break;
      if (task.holder && task.until + GRACE_MS > now) continue;
      const { holder } = task;
      this.close(task, { status: 'error', error: { code: 'E_DEADLINE', message: 'no result in time' } });
      if (holder) this.onExpired(task.id, holder);
    }
    if (this.waiting.length) this.onReady();
  }

  // Lets nothing new in, and forgets what was never sent.
  drain() {
    this.draining = true;
    for (const task of this.waiting) {
      if (task.sends === 0) this.open.delete(task.id);
    }
    this.waiting = this.waiting.filter((task) => task.sends > 0);
    this.admit();
  }

  summary() {
    const outcomes = this.closed.size;
    return { summary: true, count: this.count, outcomes, ...this.stats, without_outcome: this.count - outcomes };
  }
}
