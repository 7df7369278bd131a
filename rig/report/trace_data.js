// Columns of a trace at many levels, and what flows between two moments. Pure; touches no page.
// Never more exact than its columns: where an answer is approximate it says by how much at most.
"use strict";
const Trace = (() => {
  const kFan = 4, kLeast = 64;

  function bytesOf(base64) {
    const raw = atob(base64), bytes = new Uint8Array(raw.length);
    for (let k = 0; k < raw.length; ++k) bytes[k] = raw.charCodeAt(k);
    return bytes.buffer;
  }

  // starts[k]..starts[k+1]: the ordinals of column k; valid: how many of them have a value.
  function finestOf(layer) {
    const values = new Float32Array(bytesOf(layer.data)), n = values.length / 3;
    const counts = layer.n ? new Uint32Array(bytesOf(layer.n)) : null;
    const without = layer.without ? new Uint32Array(bytesOf(layer.without)) : null;
    const starts = new Float64Array(n + 1), valid = new Float64Array(n);
    starts[0] = layer.first;
    for (let k = 0; k < n; ++k) {
      starts[k + 1] = counts ? starts[k] + counts[k] : Math.min(starts[k] + layer.per, layer.end);
      valid[k] = starts[k + 1] - starts[k] - (without ? without[k] : 0);
    }
    return {starts, valid, min: values.subarray(0, n), max: values.subarray(n, 2 * n), mean: values.subarray(2 * n)};
  }

  function coarserOf(level) {
    const n = Math.ceil(level.valid.length / kFan);
    const coarse = {starts: new Float64Array(n + 1), valid: new Float64Array(n), min: new Float32Array(n).fill(NaN),
                    max: new Float32Array(n).fill(NaN), mean: new Float32Array(n).fill(NaN)};
    for (let c = 0; c < n; ++c) {
      const from = c * kFan, to = Math.min(from + kFan, level.valid.length);
      coarse.starts[c] = level.starts[from];
      let sum = 0, valid = 0, min = Infinity, max = -Infinity;
      for (let k = from; k < to; ++k) {
        if (!(level.valid[k] > 0)) continue;
        sum += level.mean[k] * level.valid[k], valid += level.valid[k];
        min = Math.min(min, level.min[k]), max = Math.max(max, level.max[k]);
      }
      coarse.valid[c] = valid;
      if (valid > 0) coarse.min[c] = min, coarse.max[c] = max, coarse.mean[c] = sum / valid;
    }
    coarse.starts[n] = level.starts[level.valid.length];
    return coarse;
  }

  function sumsOf(level) {
    const sums = new Float64Array(level.valid.length + 1), squares = new Float64Array(level.valid.length + 1);
    const valid = new Float64Array(level.valid.length + 1);
    for (let k = 0; k < level.valid.length; ++k) {
      sums[k + 1] = sums[k] + (level.valid[k] > 0 ? level.mean[k] * level.valid[k] : 0);
      squares[k + 1] = squares[k] + (level.valid[k] > 0 ? level.mean[k] * level.mean[k] * level.valid[k] : 0);
      valid[k + 1] = valid[k] + level.valid[k];
    }
    return {sums, squares, valid};
  }

  // First k with values[k] > x, in ascending values.
  function above(values, x) {
    let low = 0, high = values.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (values[middle] > x) high = middle; else low = middle + 1;
    }
    return low;
  }

  function open(data) {
    const layers = data.layers.map((layer) => {
      const levels = [finestOf(layer)];
      while (levels[levels.length - 1].valid.length > kLeast) levels.push(coarserOf(levels[levels.length - 1]));
      const starts = levels[0].starts;
      return {first: starts[0], end: starts[starts.length - 1], per: layer.per, levels, ...sumsOf(levels[0])};
    }).filter((layer) => layer.end > layer.first);
    layers.sort((a, b) => a.per - b.per);
    const places = data.gaps.map((gap) => gap[0]), through = [];
    let lost = 0;
    for (const gap of data.gaps) through.push(lost += gap[1]);
    const clock = {period: data.period_s, places, through, ends: places.map((p, k) => p + through[k])};
    const trace = {data, layers, clock, samples: data.samples};
    trace.duration = timeOf(trace, data.samples);
    return trace;
  }

  // Seconds from the start of the stream, gaps included. `before`: the end of what lies before the ordinal.
  function timeOf(trace, ordinal, before = true) {
    const {period, places, through} = trace.clock;
    let k = above(places, ordinal);
    while (before && k > 0 && places[k - 1] === ordinal) --k;
    return (ordinal + (k > 0 ? through[k - 1] : 0)) * period;
  }

  // A fraction of a sample counts; inside a gap it is the sample behind it.
  function ordinalAt(trace, time) {
    const {period, places, through, ends} = trace.clock, slot = time / period;
    const k = above(ends, slot), ordinal = slot - (k > 0 ? through[k - 1] : 0);
    return Math.max(0, Math.min(k < places.length ? Math.min(ordinal, places[k]) : ordinal, trace.samples));
  }

  // [from, to) cut into pieces, each with the finest layer that covers it; coarse layers alone when they are fine enough.
  function piecesOf(trace, from, to, enough = 0) {
    const layers = trace.layers.filter((layer) => layer.per >= 1), base = layers[layers.length - 1];
    if (base && base.per <= enough && base.first <= from && base.end >= to) return [{layer: base, from, to}];
    let open = [[from, to]];
    const pieces = [];
    for (const layer of layers) {
      const left = [];
      for (const [a, b] of open) {
        const x = Math.max(a, layer.first), y = Math.min(b, layer.end);
        if (!(x < y)) { left.push([a, b]); continue; }
        pieces.push({layer, from: x, to: y});
        if (a < x) left.push([a, x]);
        if (y < b) left.push([y, b]);
      }
      open = left;
      if (!open.length) break;
    }
    return pieces.sort((a, b) => a.from - b.from);
  }

  // Columns over [from, to) for about `wanted` of them: {start, end, min, max, mean, valid}, ascending.
  function columnsOf(trace, from, to, wanted) {
    const room = Math.max((to - from) / Math.max(wanted, 1), 1e-9), columns = [];
    for (const piece of piecesOf(trace, from, to, room)) {
      let level = piece.layer.levels[0];
      for (let k = 0, per = piece.layer.per; k < piece.layer.levels.length && per <= room; ++k, per *= kFan) level = piece.layer.levels[k];
      for (let k = Math.max(above(level.starts, piece.from) - 1, 0); k < level.valid.length && level.starts[k] < piece.to; ++k)
        columns.push({start: Math.max(level.starts[k], piece.from), end: Math.min(level.starts[k + 1], piece.to),
                      min: level.min[k], max: level.max[k], mean: level.mean[k], valid: level.valid[k]});
    }
    return columns;
  }

  // Samples in the widest of the finest columns that the file has over [from, to).
  function widestIn(trace, from, to) {
    return Math.max(1, ...piecesOf(trace, from, to).map((piece) => piece.layer.per));
  }

  // Sum over [from, to) of value times samples, how many samples had one, extremes, and by how much the sum may be wrong
  // because an end lies within a column. squares: of the means of columns.
  function between(trace, from, to) {
    const all = {sum: 0, squares: 0, valid: 0, bound: 0, min: Infinity, max: -Infinity};
    for (const {layer, from: a, to: b} of piecesOf(trace, from, to)) {
      const level = layer.levels[0], last = level.valid.length - 1;
      const first = Math.min(Math.max(above(level.starts, a) - 1, 0), last), end = Math.min(Math.max(above(level.starts, b) - 1, 0), last);
      const part = (k, x, y) => {
        const width = level.starts[k + 1] - level.starts[k], share = Math.max(0, Math.min((y - x) / width, 1));
        if (!(level.valid[k] > 0) || share === 0) return;
        all.sum += share * level.mean[k] * level.valid[k];
        all.squares += share * level.mean[k] * level.mean[k] * level.valid[k];
        all.valid += share * level.valid[k];
        all.bound += Math.min(share, 1 - share) * level.valid[k] * (level.max[k] - level.min[k]);
      };
      if (first === end) part(first, a, b);
      else {
        part(first, a, level.starts[first + 1]);
        part(end, level.starts[end], b);
        all.sum += layer.sums[end] - layer.sums[first + 1];
        all.squares += layer.squares[end] - layer.squares[first + 1];
        all.valid += layer.valid[end] - layer.valid[first + 1];
      }
    }
    for (const column of columnsOf(trace, from, to, 2000))
      if (column.valid > 0) all.min = Math.min(all.min, column.min), all.max = Math.max(all.max, column.max);
    return all;
  }

  // What two cursors enclose, in SI units; null where it cannot be known.
  function measure(trace, a, b) {
    const [t0, t1] = a < b ? [a, b] : [b, a], {data} = trace, period = data.period_s;
    const from = ordinalAt(trace, t0), to = ordinalAt(trace, t1), sums = between(trace, from, to);
    const seconds = sums.valid * period, integral = sums.sum * period, bound = sums.bound * period;
    const charge = data.unit === "A" ? integral : null;
    const energy = data.unit === "W" ? integral : data.unit === "J" ? sums.sum
                 : data.unit === "A" && data.supply_V > 0 ? integral * data.supply_V - (data.lead_ohm || 0) * sums.squares * period : null;
    const factor = data.unit === "J" ? 1 / period : data.unit === "A" ? data.supply_V : 1;
    return {duration: t1 - t0, mean: seconds > 0 ? sums.sum / sums.valid : null, charge, energy,
            chargeBound: bound, energyBound: bound * factor, min: seconds > 0 ? sums.min : null,
            max: seconds > 0 ? sums.max : null, missing: Math.max(0, t1 - t0 - seconds) / period, exact: bound === 0};
  }

  return {open, timeOf, ordinalAt, columnsOf, widestIn, between, measure};
})();
if (typeof module !== "undefined") module.exports = Trace;
