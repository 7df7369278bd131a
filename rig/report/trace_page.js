// The page of a run: canvas, wheel, drag, pinch and keys, two cursors. Everything it shows comes from Trace.
// Never fetches anything.
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId("trace").textContent), trace = Trace.open(data);
  const canvas = byId("plot"), overview = byId("overview"), pen = canvas.getContext("2d"), small = overview.getContext("2d");
  const kLeft = 74, kRight = 14, kTop = 36, kBottom = 40, kFinest = 8;  // kFinest: samples across the whole plot
  const state = {from: data.from_s, to: data.to_s > data.from_s ? data.to_s : trace.duration, log: byId("log").checked, cursors: [null, null], next: 0, scale: 0};
  let colours = {}, due = false;

  // ---- words ---------------------------------------------------------------------------------------------------

  function withPrefix(value, unit, digits = 4) {
    if (value === null || !Number.isFinite(value)) return "–";
    const size = Math.abs(value);
    for (const [scale, name] of [[1e-3, "k"], [1, ""], [1e3, "m"], [1e6, "µ"], [1e9, "n"], [1e12, "p"], [1e15, "f"]])
      if (size * scale >= 1 - 1e-12 || scale === 1e15) {
        const before = size > 0 ? Math.floor(Math.log10(size * scale) + 1e-12) + 1 : digits;
        return (value * scale).toFixed(Math.max(0, Math.min(digits - before, 12))) + " " + (size > 0 ? name : "") + unit;
      }
    return String(value);
  }
  const seconds = (t) => t.toFixed(Math.max(0, Math.min(9, Math.ceil(-Math.log10(data.period_s)) + 1))) + " s";

  function roundStep(span, count) {
    const rough = span / count, decade = 10 ** Math.floor(Math.log10(rough));
    return [1, 2, 5, 10].map((f) => f * decade).find((step) => step >= rough * (1 - 1e-9));
  }
  const decimals = (step) => Math.max(0, Math.min(12, Math.ceil(-Math.log10(step) - 1e-9)));

  // ---- axes ----------------------------------------------------------------------------------------------------

  function timeMarks(width) {
    const span = state.to - state.from, step = roundStep(span, Math.max(2, width / 110));
    const [scale, name] = span >= 1 ? [1, "s"] : span >= 1e-3 ? [1e3, "ms"] : [1e6, "µs"];
    const far = scale > 1 && state.from * scale >= 1000, origin = far ? Math.floor(state.from / (10 * step)) * 10 * step : 0;
    const marks = [];
    for (let k = Math.ceil((state.from - origin) / step - 1e-9); origin + k * step <= state.to + 1e-9 * step && marks.length < 100; ++k)
      marks.push([origin + k * step, (k * step * scale).toFixed(decimals(step * scale))]);
    return {marks, caption: name + (far ? " after " + origin.toFixed(decimals(10 * step)) + " s" : "")};
  }

  function valueAxis(columns, height) {
    let min = Infinity, max = -Infinity, least = Infinity;
    for (const c of columns) {
      if (!(c.valid > 0)) continue;
      min = Math.min(min, c.min), max = Math.max(max, c.max);
      if (c.mean > 0) least = Math.min(least, c.mean);
    }
    if (!(max >= min)) min = 0, max = 1e-3;
    if (state.log && max > 0) {
      least = Math.min(least, max);
      const high = 10 ** Math.ceil(Math.log10(max) - 1e-9), base = min > least / 100 ? min : least / 10;
      const low = Math.max(Math.min(10 ** Math.floor(Math.log10(base) + 1e-9), high / 10), high * 1e-12), marks = [];
      for (let k = Math.round(Math.log10(low)); k <= Math.round(Math.log10(high)); ++k) marks.push([10 ** k, withPrefix(10 ** k, data.unit, 1)]);
      return {share: (v) => (v > low ? Math.log10(v / low) / Math.log10(high / low) : 0), marks, caption: ""};
    }
    if (byId("zero").checked) min = Math.min(min, 0), max = Math.max(max, 0);
    if (!(max - min > 1e-9 * Math.max(Math.abs(min), Math.abs(max), 1e-15))) {
      const room = Math.max(Math.abs(max) * 1e-3, 1e-12);
      min -= room, max += room;
    }
    const step = roundStep(max - min, Math.max(3, height / 60)), low = Math.floor(min / step + 1e-9) * step, high = Math.ceil(max / step - 1e-9) * step;
    const size = Math.max(Math.abs(low), Math.abs(high));
    const [scale, name] = [[1e-3, "k"], [1, ""], [1e3, "m"], [1e6, "µ"], [1e9, "n"], [1e12, "p"]].find(([s]) => size * s >= 1) || [1e15, "f"];
    const marks = [];
    for (let k = Math.round(low / step); k <= Math.round(high / step) && marks.length < 50; ++k) marks.push([k * step, (k * step * scale).toFixed(decimals(step * scale))]);
    return {share: (v) => (v - low) / (high - low), marks, caption: name + data.unit};
  }

  // ---- drawing -------------------------------------------------------------------------------------------------

  function readColours() {
    const style = getComputedStyle(document.documentElement);
    for (const name of ["ink", "faint", "trace", "mark", "warn", "page"]) colours[name] = style.getPropertyValue("--" + name).trim();
  }

  function fit(surface, context) {
    const ratio = state.scale || window.devicePixelRatio || 1, box = surface.getBoundingClientRect();
    const width = Math.max(box.width, 200), height = Math.max(box.height, 40);
    surface.width = Math.round(width * ratio), surface.height = Math.round(height * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.font = "12px system-ui, sans-serif";
    return {width, height, ratio};
  }

  function band(context, columns, x, y, weight) {
    const each = (run) => {
      const points = run.flatMap((c) => [[x(Trace.timeOf(trace, c.start, false)), c], [x(Trace.timeOf(trace, c.end)), c]]);
      context.fillStyle = colours.trace;
      context.globalAlpha = 0.35;
      context.beginPath();
      for (const [at, c] of points) context.lineTo(at, y(c.max));
      for (const [at, c] of points.reverse()) context.lineTo(at, y(c.min));
      context.fill();
      context.globalAlpha = 1;
      context.strokeStyle = colours.trace;
      context.lineWidth = weight;
      context.beginPath();
      for (const [at, c] of points) context.lineTo(at, y(c.mean));
      context.stroke();
    };
    let run = [];
    for (const column of columns) {
      if (column.valid > 0) run.push(column);
      else if (run.length) each(run), run = [];
    }
    if (run.length) each(run);
  }

  function windowsIn(context, x, top, bottom, labels) {
    const taken = {true: kLeft, false: kLeft};
    for (const w of data.windows) {
      const a = x(Trace.timeOf(trace, w.first, false)), b = Math.max(x(Trace.timeOf(trace, w.end)), a + 0.7);
      if (b < 0 || a > 1e5) continue;
      context.fillStyle = w.valid ? colours.mark : colours.warn;
      context.globalAlpha = w.marked ? 0.14 : 0.3;
      if (w.marked) context.fillRect(a, top, b - a, bottom - top);
      else if (labels) context.fillRect(a, bottom - 5, b - a, 5);
      context.globalAlpha = 1;
      const text = w.label + (w.valid ? "" : " (does not count)"), from = Math.max(a, kLeft), to = Math.min(b, context.canvas.clientWidth - kRight);
      const wide = labels ? context.measureText(text).width : Infinity, begin = (from + to - wide) / 2;
      if (wide + 6 > to - from || begin < taken[w.marked]) continue;
      context.textAlign = "left";
      context.fillText(text, begin, w.marked ? top - 6 : bottom - 9);
      taken[w.marked] = begin + wide + 4;
    }
  }

  function gapsIn(context, x, top, bottom) {
    let last = -Infinity;
    for (const [ordinal] of data.gaps) {
      const a = x(Trace.timeOf(trace, ordinal)), b = Math.max(x(Trace.timeOf(trace, ordinal, false)), a + 1);
      if (b < last + 0.5 || b < 0) continue;
      context.fillStyle = colours.page;
      context.fillRect(a, top, b - a, bottom - top);
      context.fillStyle = colours.warn;
      context.globalAlpha = 0.45;
      context.fillRect(a, top, b - a, bottom - top);
      context.globalAlpha = 1;
      last = b;
    }
  }

  function drawPlot() {
    const {width, height, ratio} = fit(canvas, pen), right = width - kRight, bottom = height - kBottom;
    const x = (t) => kLeft + (t - state.from) / (state.to - state.from) * (right - kLeft);
    const columns = Trace.columnsOf(trace, Trace.ordinalAt(trace, state.from), Trace.ordinalAt(trace, state.to), (right - kLeft) * Math.min(ratio, 2));
    const axis = valueAxis(columns, bottom - kTop), y = (v) => bottom - Math.max(0, Math.min(axis.share(v), 1)) * (bottom - kTop);
    pen.fillStyle = colours.page;
    pen.fillRect(0, 0, width, height);
    pen.textAlign = "right";
    for (const [value, label] of axis.marks) {
      pen.fillStyle = colours.faint, pen.fillRect(kLeft, Math.round(y(value)), right - kLeft, 0.5);
      pen.fillStyle = colours.ink, pen.fillText(label, kLeft - 7, y(value) + 4);
    }
    if (axis.caption) pen.fillText(axis.caption, kLeft - 7, 12);
    const {marks, caption} = timeMarks(right - kLeft);
    pen.textAlign = "center";
    for (const [time, label] of marks) {
      pen.fillStyle = colours.faint, pen.fillRect(x(time), kTop, 0.5, bottom - kTop);
      pen.fillStyle = colours.ink, pen.fillText(label, x(time), bottom + 17);
    }
    pen.textAlign = "right";
    pen.fillText(caption, right, bottom + 34);
    pen.save();
    pen.beginPath();
    pen.rect(kLeft, 0, right - kLeft, bottom);
    pen.clip();
    windowsIn(pen, x, kTop, bottom, true);
    band(pen, columns, x, y, 1.3);
    gapsIn(pen, x, kTop, bottom);
    drawCursors(x, bottom);
    pen.restore();
    pen.fillStyle = colours.ink;
    pen.fillRect(kLeft, kTop, 0.8, bottom - kTop), pen.fillRect(kLeft, bottom, right - kLeft, 0.8);
  }

  function drawCursors(x, bottom) {
    const [a, b] = state.cursors;
    pen.fillStyle = colours.ink;
    if (a !== null && b !== null) {
      pen.globalAlpha = 0.07;
      pen.fillRect(x(Math.min(a, b)), kTop, Math.abs(x(a) - x(b)), bottom - kTop);
      pen.globalAlpha = 1;
    }
    for (const [k, at] of state.cursors.entries()) {
      if (at === null) continue;
      pen.fillRect(x(at) - 0.6, kTop, 1.2, bottom - kTop);
      pen.textAlign = "center";
      pen.fillText("AB"[k], x(at), 14);
    }
  }

  function drawOverview() {
    const {width, height, ratio} = fit(overview, small), x = (t) => kLeft + t / trace.duration * (width - kLeft - kRight);
    const columns = Trace.columnsOf(trace, 0, trace.samples, (width - kLeft - kRight) * Math.min(ratio, 2)), log = valueAxis(columns, 60);
    small.fillStyle = colours.page;
    small.fillRect(0, 0, width, height);
    windowsIn(small, x, 0, height, false);
    band(small, columns, x, (v) => height - 2 - Math.max(0, Math.min(log.share(v), 1)) * (height - 4), 0.8);
    small.strokeStyle = colours.ink;
    small.lineWidth = 1.5;
    small.strokeRect(x(state.from), 1, Math.max(x(state.to) - x(state.from), 3), height - 2);
  }

  // ---- what is said --------------------------------------------------------------------------------------------

  function say() {
    const [a, b] = state.cursors, put = (id, text) => { byId(id).textContent = text; };
    const finest = Trace.widestIn(trace, Trace.ordinalAt(trace, state.from), Trace.ordinalAt(trace, state.to));
    const coarse = finest > 1 && (state.to - state.from) / data.period_s / finest < plotWidth() / 2;
    put("view", seconds(state.from) + " to " + seconds(state.to) + " (" + withPrefix(state.to - state.from, "s") + ")" +
        (coarse ? "; this file keeps columns of " + finest + " samples here, the record has each" : ""));
    put("command", "joulerig view " + data.run + " --stream " + data.stream + (data.channel ? " --channel " + data.channel : "") +
        (data.calibration ? " --calibration " + data.calibration : "") +
        " --from " + state.from.toFixed(9) + " --to " + state.to.toFixed(9) + (state.log ? " --log" : " --linear") + " -o figure.svg");
    put("cursor-a", a === null ? "–" : seconds(a));
    put("cursor-b", b === null ? "–" : seconds(b));
    const m = a !== null && b !== null && a !== b ? Trace.measure(trace, a, b) : null, unit = data.unit;
    put("delta", m ? withPrefix(m.duration, "s", 6) : "–");
    put("mean", m ? withPrefix(m.mean, unit, 5) : "–");
    put("range", m ? withPrefix(m.min, unit, 4) + " to " + withPrefix(m.max, unit, 4) : "–");
    put("charge", m ? withPrefix(m.charge, "C", 5) : "–");
    put("energy", m ? withPrefix(m.energy, "J", 5) : "–");
    const ends = !m || m.exact ? "" : " At columns that are cut " +
        (m.charge !== null ? "the charge may be off by " + withPrefix(m.chargeBound, "C", 2) : "the energy may be off by " + withPrefix(m.energyBound, "J", 2)) + " at most for that.";
    put("caveat", !m ? "" : data.basis + ends + (m.missing >= 0.5 ? " About " + Math.round(m.missing) + " samples between them are missing and count as nothing." : ""));
  }

  function draw() {
    due = false;
    readColours();
    drawPlot();
    drawOverview();
    say();
  }
  const redraw = () => { if (!due) due = true, requestAnimationFrame(draw); };

  // ---- moving --------------------------------------------------------------------------------------------------

  function show(from, to) {
    const least = Math.min(kFinest * data.period_s, trace.duration), span = Math.max(least, Math.min(to - from, trace.duration));
    const middle = (from + to) / 2;
    state.from = Math.max(0, Math.min(middle - span / 2, trace.duration - span));
    state.to = state.from + span;
    redraw();
  }
  const zoom = (factor, at = (state.from + state.to) / 2) => show(at - (at - state.from) * factor, at + (state.to - at) * factor);
  const pan = (share) => show(state.from + share * (state.to - state.from), state.to + share * (state.to - state.from));

  function showWindow(index) {
    const w = data.windows[index], a = Trace.timeOf(trace, w.first, false), b = Trace.timeOf(trace, w.end);
    state.cursors = [a, b];
    show(a - (b - a) / 3, b + (b - a) / 3);
  }
  function stepWindow(direction) {
    const middle = (state.from + state.to) / 2, marked = data.windows.map((w, k) => [k, (Trace.timeOf(trace, w.first, false) + Trace.timeOf(trace, w.end)) / 2])
        .filter(([k]) => data.windows[k].marked), near = 1e-9 + (state.to - state.from) * 1e-3;
    const next = direction > 0 ? marked.find(([, t]) => t > middle + near) : marked.reverse().find(([, t]) => t < middle - near);
    if (next) showWindow(next[0]);
  }

  const plotWidth = () => canvas.getBoundingClientRect().width - kLeft - kRight;
  const timeAt = (event) => state.from + (event.clientX - canvas.getBoundingClientRect().left - kLeft) / plotWidth() * (state.to - state.from);
  const clamped = (t) => Math.max(0, Math.min(t, trace.duration));

  const pointers = new Map();
  let held = null, moved = false;
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, event);
    if (pointers.size > 1) { held = null, moved = true; return; }
    const near = 7 * (state.to - state.from) / plotWidth(), at = timeAt(event);
    held = state.cursors.findIndex((c) => c !== null && Math.abs(c - at) < near);
    moved = false;
    if (event.shiftKey) state.cursors = [clamped(at), clamped(at)], held = 1;
  });
  canvas.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const shift = (event.clientX - before.clientX) / plotWidth() * (state.to - state.from);
    if (pointers.size === 2) {
      const other = [...pointers.values()].find((p) => p.pointerId !== event.pointerId);
      const old = Math.abs(before.clientX - other.clientX), now = Math.abs(event.clientX - other.clientX);
      show(state.from - shift / 2, state.to - shift / 2);
      if (old > 10 && now > 10) zoom(old / now, (timeAt(event) + timeAt(other)) / 2);
    } else if (Math.abs(event.clientX - before.clientX) < 4 && !moved) {
      return;
    } else if (held !== null && held >= 0) {
      moved = true, state.cursors[held] = clamped(timeAt(event)), redraw();
    } else if (pointers.size === 1) {
      moved = true, show(state.from - shift, state.to - shift);
    }
    pointers.set(event.pointerId, event);
  });
  const release = (event) => {
    if (pointers.delete(event.pointerId) && event.type === "pointerup" && !moved && pointers.size === 0)
      state.cursors[state.next] = clamped(timeAt(event)), state.next = 1 - state.next, redraw();
    held = null;
  };
  canvas.addEventListener("pointerup", release);
  canvas.addEventListener("pointercancel", release);
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) pan(event.deltaX / plotWidth());
    else zoom(Math.exp(Math.max(-1, Math.min(event.deltaY * (event.deltaMode ? 0.05 : 0.002), 1))), clamped(timeAt(event)));
  }, {passive: false});
  const jump = (event) => {
    if (event.buttons !== 1) return;
    const box = overview.getBoundingClientRect(), at = (event.clientX - box.left - kLeft) / (box.width - kLeft - kRight) * trace.duration;
    show(at - (state.to - state.from) / 2, at + (state.to - state.from) / 2);
  };
  overview.addEventListener("pointerdown", jump);
  overview.addEventListener("pointermove", jump);

  const keys = {ArrowLeft: () => pan(-0.2), ArrowRight: () => pan(0.2), ArrowUp: () => zoom(0.6), ArrowDown: () => zoom(1 / 0.6),
                "+": () => zoom(0.6), "-": () => zoom(1 / 0.6), Home: () => show(0, trace.duration), 0: () => show(0, trace.duration),
                n: () => stepWindow(1), p: () => stepWindow(-1), l: () => byId("log").click(), z: () => byId("zero").click(),
                Escape: () => { state.cursors = [null, null], redraw(); },
                a: () => { state.cursors[0] = (state.from + state.to) / 2, redraw(); }, b: () => { state.cursors[1] = (state.from + state.to) / 2, redraw(); }};
  canvas.addEventListener("keydown", (event) => {
    const act = keys[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  });

  byId("whole").addEventListener("click", () => show(0, trace.duration));
  byId("in").addEventListener("click", () => zoom(0.5));
  byId("out").addEventListener("click", () => zoom(2));
  byId("between").addEventListener("click", () => {
    const [a, b] = state.cursors;
    if (a !== null && b !== null && a !== b) show(Math.min(a, b), Math.max(a, b));
  });
  byId("log").addEventListener("change", () => { state.log = byId("log").checked, redraw(); });
  byId("zero").addEventListener("change", redraw);
  for (const button of document.querySelectorAll("button[data-window]"))
    button.addEventListener("click", () => { showWindow(Number(button.dataset.window)), canvas.scrollIntoView({block: "nearest"}), canvas.focus(); });
  window.addEventListener("resize", redraw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  // Paper has more dots than a screen, and is white.
  window.addEventListener("beforeprint", () => { state.scale = 4, document.documentElement.classList.add("paper"), draw(); });
  window.addEventListener("afterprint", () => { state.scale = 0, document.documentElement.classList.remove("paper"), draw(); });
  document.documentElement.classList.add("alive");
  draw();
})();
