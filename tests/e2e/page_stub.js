// A browser made of stubs that runs the page of a run under node and keeps what it draws, as SVG.
// usage: node page_stub.js PAGE.html OUT.svg light|dark [EVENT...] [-- [EVENT...]]...: after each -- the page is opened anew.
// Events: key:NAME, wheel:X,DY, drag:X0,X1, span:X0,X1, click:X, pinch, print, button:ID, window:K. Prints a JSON list of what the
// page says at the end of each. Never a substitute for a look at a real one.
"use strict";
const fs = require("fs");
const [file, out, theme = "light", ...rest] = process.argv.slice(2);
const html = fs.readFileSync(file, "utf8");
const scripts = [...html.matchAll(/<script([^>]*)>([\s\S]*?)<\/script>/g)];
const css = html.match(/<style>([\s\S]*?)<\/style>/)[1];
const palette = Object.fromEntries([...css.match(theme === "dark" ? /dark\)\{:root\{([^}]*)\}/ : /:root\{([^}]*)\}/)[1].matchAll(/--(\w+):([^;]+)/g)].map((m) => [m[1], m[2]]));
const data = scripts.find((s) => s[1].includes("trace"))[2], shell = html.replace(data, "");
const page = new Function(scripts[1][2] + "\n" + scripts[2][2]);

class Pen {
  constructor(id) { this.canvas = {clientWidth: 1060}, this.id = id, this.shapes = [], this.points = [], this.globalAlpha = 1; }
  setTransform() { this.shapes = []; }
  escape(text) { return String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;"); }
  put(shape) {
    if (/NaN|Infinity|undefined/.test(shape)) throw new Error(this.id + " draws " + shape.slice(0, 200));
    this.shapes.push(shape);
  }
  fillRect(x, y, w, h) { this.put(`<rect x="${x}" y="${y}" width="${Math.max(w, 0)}" height="${h}" fill="${this.fillStyle}" opacity="${this.globalAlpha}"/>`); }
  strokeRect(x, y, w, h) { this.put(`<rect x="${x}" y="${y}" width="${w}" height="${h}" fill="none" stroke="${this.strokeStyle}" stroke-width="${this.lineWidth}"/>`); }
  fillText(text, x, y) {
    const anchor = {center: "middle", right: "end"}[this.textAlign] || "start";
    this.put(`<text x="${x}" y="${y}" font-size="12" font-family="sans-serif" text-anchor="${anchor}" fill="${this.fillStyle}">${this.escape(text)}</text>`);
  }
  measureText(text) { return {width: 6.4 * text.length}; }
  beginPath() { this.points = []; }
  lineTo(x, y) { this.points.push(`${x.toFixed(2)},${y.toFixed(2)}`); }
  rect() {} clip() {} save() {} restore() {}
  fill() { this.put(`<polygon points="${this.points.join(" ")}" fill="${this.fillStyle}" opacity="${this.globalAlpha}"/>`); }
  stroke() { this.put(`<polyline points="${this.points.join(" ")}" fill="none" stroke="${this.strokeStyle}" stroke-width="${this.lineWidth}"/>`); }
}

class Element {
  constructor(id) { this.id = id, this.listeners = {}, this.dataset = {}, this.textContent = "", this.pen = new Pen(id); }
  addEventListener(kind, act) { (this.listeners[kind] ||= []).push(act); }
  fire(kind, event = {}) { for (const act of this.listeners[kind] || []) act({type: kind, preventDefault() {}, ...event}); }
  getContext() { return this.pen; }
  getBoundingClientRect() { return {left: 0, top: 0, width: 1060, height: this.id === "plot" ? 420 : 52}; }
  setPointerCapture() {} scrollIntoView() {} focus() {}
  click() { if (this.checked !== undefined) this.checked = !this.checked; this.fire("click"), this.fire("change"); }
}

function opened(events) {
  const known = {}, frames = [];
  for (const [, attributes, id] of shell.matchAll(/<(\w[^<>]*?)\sid="([\w-]+)"/g)) {
    known[id] = new Element(id);
    if (attributes.startsWith("input")) known[id].checked = new RegExp(`id="${id}" checked`).test(shell);
  }
  known.trace.textContent = data;
  const buttons = [...shell.matchAll(/data-window="(\d+)"/g)].map(([, k]) => Object.assign(new Element("w" + k), {dataset: {window: k}}));
  globalThis.document = {getElementById: (id) => known[id], querySelectorAll: () => buttons, documentElement: {classList: {add() {}, remove() {}}}};
  globalThis.window = new Element("window");
  globalThis.matchMedia = () => new Element("media");
  globalThis.getComputedStyle = () => ({getPropertyValue: (name) => palette[name.slice(2)] || ""});
  globalThis.requestAnimationFrame = (act) => frames.push(act);
  page();
  for (const event of events) {
    act(event, known, buttons);
    while (frames.length) frames.shift()();
  }
  const ids = ["view", "command", "cursor-a", "cursor-b", "delta", "mean", "range", "charge", "energy", "caveat"];
  return {known, said: Object.fromEntries(ids.map((id) => [id, known[id].textContent]))};
}

function act(event, known, buttons) {
  const [kind, rest = ""] = event.split(":"), [x, y] = rest.split(",").map(Number), plot = known.plot;
  const at = (place, id = 1) => ({pointerId: id, clientX: place, clientY: 200, buttons: 1, shiftKey: kind === "span"});
  const steps = (...list) => list.forEach(([step, event]) => plot.fire("pointer" + step, event));
  if (kind === "key") plot.fire("keydown", {key: rest});
  else if (kind === "wheel") plot.fire("wheel", {clientX: x, deltaX: 0, deltaY: y, deltaMode: 0});
  else if (kind === "click") steps(["down", at(x)], ["up", at(x)]);
  else if (kind === "drag" || kind === "span") steps(["down", at(x)], ["move", at((x + y) / 2)], ["move", at(y)], ["up", at(y)]);
  else if (kind === "pinch") steps(["down", at(400)], ["down", at(600, 2)], ["move", at(300)], ["move", at(700, 2)], ["up", at(300)], ["up", at(700, 2)]);
  else if (kind === "button") known[rest].click();
  else if (kind === "window") buttons[x].fire("click");
  else if (kind === "print") globalThis.window.fire("beforeprint"), globalThis.window.fire("afterprint");
  else throw new Error("no such event: " + event);
}

const groups = [[]];
for (const word of rest) word === "--" ? groups.push([]) : groups[groups.length - 1].push(word);
const all = groups.map(opened), {known} = all[all.length - 1];
fs.writeFileSync(out, `<svg xmlns="http://www.w3.org/2000/svg" width="1060" height="480">${known.plot.pen.shapes.join("\n")}<g transform="translate(0 426)">${known.overview.pen.shapes.join("\n")}</g></svg>\n`);
console.log(JSON.stringify(all.map((one) => one.said)));
