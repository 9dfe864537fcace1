// The content beside its trace, with one cursor. While it plays nothing is told to Python: only
// where it was paused or sought to, and which range was drawn.

const TOLD_AFTER_MS = 250;
const STEP_S = 1;
const LEAP_S = 5;
const PICTURE_S = 1 / 25;
const ROW_PX = 20;
const GAP_PX = 2;
const LABEL_PX = 16;
const LABEL_GAP_PX = 8;
const WITHHELD = -1;
const margins = (width) => (width < 480 ? { left: 52, right: 72 } : { left: 96, right: 88 });
const players = new WeakMap();

export default function (component) {
  const root = component.parentElement;
  let player = players.get(root);
  if (!player) players.set(root, (player = new Player(root)));
  player.update(component);
  return () => { player.end(); players.delete(root); };
}

const clock = (seconds) => {
  const whole = Math.max(0, Math.floor(seconds));
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const [hours, minutes, second] = parts;
  const two = (n) => String(n).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(second)}` : `${minutes}:${two(second)}`;
};

const fitting = (ctx, text, width) => {
  if (ctx.measureText(text).width <= width) return text;
  for (let kept = text.length - 1; kept > 1; kept -= 1) {
    const short = `${text.slice(0, kept).trimEnd()}…`;
    if (ctx.measureText(short).width <= width) return short;
  }
  return "";
};

const percent = (share) => `${Math.round(share * 100)}%`;

class Player {
  constructor(root) {
    this.box = root.querySelector(".player");
    this.video = root.querySelector("video");
    this.traceBox = root.querySelector(".trace");
    this.heading = root.querySelector(".heading");
    this.scale = root.querySelector(".scale");
    this.stripBox = root.querySelector(".strip");
    this.reading = root.querySelector(".reading");
    this.at = 0;
    this.shown = "";
    this.told = new Set(); // what Python heard from here, and may still echo
    this.listen();
    this.resized = new ResizeObserver(() => this.fit());
    this.resized.observe(this.traceBox);
  }

  end() {
    this.resized.disconnect();
    clearTimeout(this.telling);
    this.plot?.destroy();
    this.video.removeAttribute("src");
  }

  update(component) {
    const { data, setStateValue, setTriggerValue } = component;
    this.tell = setStateValue;
    this.trigger = setTriggerValue;
    const shown = JSON.stringify(data.drawing);
    this.newest = data.media; // links change with every run, and end after a while
    if (!this.media !== !data.media || this.mountedAs !== component.key) {
      this.mountedAs = component.key;
      this.load();
    }
    if (shown !== this.shown) {
      this.shown = shown;
      this.drawing = data.drawing;
      this.box.setAttribute("aria-label", data.drawing.alt);
      this.draw();
    }
    if (data.at !== this.given) {
      this.given = data.at;
      if (!this.told.has(data.at)) this.go(data.at, { telling: false });
      if (data.at === this.lastTold) this.told.clear(); // echoes of what came before are over
    }
  }

  load() {
    this.media = this.newest;
    if (!this.media) return this.video.removeAttribute("src");
    this.video.src = this.media;
    this.video.currentTime = this.at;
  }

  // --- time -------------------------------------------------------------------------------------

  listen() {
    const { video } = this;
    const follow = () => { this.move(video.currentTime); };
    const everyPicture = () => {
      follow();
      this.waiting = video.requestVideoFrameCallback(everyPicture);
    };
    if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(everyPicture);
    video.addEventListener("timeupdate", follow);
    video.addEventListener("pause", () => this.settle());
    video.addEventListener("error", () => { if (this.newest && this.newest !== this.media) this.load(); });
    video.addEventListener("seeked", () => { follow(); if (video.paused) this.settle(); });
    this.box.addEventListener("keydown", (event) => this.key(event));
  }

  get length() { return this.drawing.length; }

  go(second, { telling = true } = {}) {
    const at = Math.min(Math.max(second, 0), this.length);
    this.move(at);
    if (this.media && Math.abs(this.video.currentTime - at) > 0.01) this.video.currentTime = at;
    else if (telling) this.settle();
    this.read();
  }

  move(second) {
    this.at = second;
    if (!this.plot) return;
    const x = this.plot.valToPos(Math.min(second, this.length), "x");
    const inside = x >= 0 && x <= this.plot.over.clientWidth;
    for (const line of [this.line, this.stripLine]) {
      if (!line) continue;
      line.style.transform = `translateX(${x}px)`;
      line.style.visibility = inside ? "visible" : "hidden";
    }
  }

  settle() {
    this.read();
    clearTimeout(this.telling);
    this.telling = setTimeout(() => {
      const at = Math.round(this.at * 10) / 10;
      if (at === (this.lastTold ?? this.given)) return;
      this.lastTold = at;
      this.told.add(at);
      this.tell("at", at);
    }, TOLD_AFTER_MS);
  }

  read() {
    const { x, range, series } = this.drawing;
    const second = Math.floor(this.at);
    const place = x.findLastIndex((value) => value <= second);
    const isShown = place >= 0 && second < range[1];
    const said = series
      .filter((one) => isShown && one.strong)
      .map((one) => {
        const value = one.values[place];
        return `${one.name} ${value === null ? "no data" : percent(value)}`;
      });
    this.reading.textContent = [clock(this.at), ...said].join(", ");
  }

  key(event) {
    if (event.target === this.video || event.altKey || event.ctrlKey || event.metaKey) return;
    const step = event.shiftKey ? LEAP_S : STEP_S;
    const actions = {
      " ": () => this.media && (this.video.paused ? this.video.play() : this.video.pause()),
      ArrowLeft: () => this.go(this.at - step),
      ArrowRight: () => this.go(this.at + step),
      ",": () => this.go(this.at - PICTURE_S),
      ".": () => this.go(this.at + PICTURE_S),
      Home: () => this.go(0),
      End: () => this.go(this.length),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    event.stopPropagation(); // Streamlit has keys of its own
    action();
  }

  // --- drawing ----------------------------------------------------------------------------------

  fit() {
    if (!this.plot || !this.traceBox.clientWidth) return;
    if (this.traceBox.clientWidth === this.plot.width) return;
    this.draw();
  }

  draw() {
    this.plot?.destroy();
    const { drawing } = this;
    const width = this.traceBox.clientWidth || 600;
    const { color: text, fontFamily } = getComputedStyle(this.box);
    this.font = fontFamily;
    this.margins = margins(width);
    this.heading.textContent = drawing.heading;
    const axis = { stroke: drawing.quiet, font: `12px ${fontFamily}`, grid: { stroke: drawing.grid, width: 1 }, ticks: { show: false } };
    const bands = [];
    const series = [{ label: "Time", value: (_, v) => (v === null ? "" : clock(v)) }];
    const columns = [drawing.x];
    for (const one of drawing.series) {
      series.push({
        label: one.name,
        stroke: one.colour,
        width: one.strong ? 2.5 : 1,
        dash: one.dash,
        alpha: one.strong ? 1 : 0.6,
        points: { show: false },
        value: (_, v) => (v === null ? "–" : percent(v)),
      });
      columns.push(one.values);
      if (!one.low) continue;
      const hidden = { stroke: "transparent", width: 0, points: { show: false }, label: "" };
      series.push({ ...hidden, class: "edge" }, { ...hidden, class: "edge" });
      columns.push(one.high, one.low);
      const at = series.length;
      bands.push({ series: [at - 2, at - 1], fill: one.colour + "26" });
    }
    this.plot = new uPlot({
      width,
      height: drawing.height,
      padding: [20, this.margins.right, 0, 0],
      legend: { show: false },
      cursor: { drag: { x: true, y: false, setScale: false }, points: { show: false }, y: false },
      scales: {
        x: { time: false, range: () => drawing.range },
        y: { range: () => [0, drawing.top] },
      },
      axes: [
        { ...axis, values: (_, ticks) => ticks.map(clock), space: 70, size: 28 },
        { ...axis, values: (_, ticks) => ticks.map(percent), size: this.margins.left },
      ],
      series, bands,
      hooks: {
        drawClear: [(u) => this.drawVeils(u)],
        draw: [(u) => { this.drawMarks(u, text); this.drawNames(u, text); }],
        setSelect: [(u) => this.selected(u)],
      },
    }, columns, this.traceBox);
    this.line = this.addLine(this.plot.over);
    this.plot.over.addEventListener("mousedown", (event) => { this.pressedAt = event.clientX; });
    this.plot.over.addEventListener("click", (event) => {
      if (Math.abs(event.clientX - this.pressedAt) < 4) {
        this.go(Math.round(this.plot.posToVal(event.offsetX, "x") * 10) / 10);
      }
    });
    this.drawStrip();
    this.move(this.at);
    this.read();
  }

  addLine(parent) {
    const line = document.createElement("div");
    line.className = "cursor";
    parent.append(line);
    return line;
  }

  selected(u) {
    if (u.select.width < 4) return;
    const ends = [u.select.left, u.select.left + u.select.width].map((x) => u.posToVal(x, "x"));
    u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
    const [start, end] = [Math.floor(ends[0]), Math.ceil(ends[1])];
    this.trigger("range", [Math.max(start, 0), Math.min(end, this.length)]);
  }

  drawVeils(u) {
    const { ctx, bbox } = u;
    for (const veil of this.drawing.veils) {
      const [left, right] = [veil.start, veil.end].map((x) => u.valToPos(x, "x", true));
      const from = Math.max(left, bbox.left);
      const width = Math.min(right, bbox.left + bbox.width) - from;
      if (width <= 0) continue;
      ctx.save();
      ctx.beginPath();
      ctx.rect(from, bbox.top, width, bbox.height);
      ctx.clip();
      ctx.fillStyle = ctx.strokeStyle = this.drawing.veil;
      if (veil.kind === "no data") {
        ctx.lineWidth = 2 * devicePixelRatio;
        ctx.beginPath();
        for (let x = from - bbox.height; x < from + width; x += 10 * devicePixelRatio) {
          ctx.moveTo(x, bbox.top + bbox.height);
          ctx.lineTo(x + bbox.height, bbox.top);
        }
        ctx.stroke();
      } else {
        ctx.fillRect(from, bbox.top, width, bbox.height);
      }
      ctx.restore();
    }
  }

  drawMarks(u, text) {
    const { ctx, bbox } = u;
    ctx.save();
    ctx.font = `${12 * devicePixelRatio}px ${this.font}`;
    ctx.textAlign = "left";
    ctx.strokeStyle = ctx.fillStyle = text;
    const starts = this.drawing.markers.map((marker) => u.valToPos(marker.start, "x", true));
    const gap = LABEL_GAP_PX * devicePixelRatio;
    let said = 0; // where the last label ends
    for (const marker of this.drawing.markers) {
      const x = u.valToPos(marker.start, "x", true);
      if (x < bbox.left || x > bbox.left + bbox.width) continue;
      ctx.globalAlpha = 0.6;
      ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      ctx.globalAlpha = 1;
      const from = Math.max(x + 4 * devicePixelRatio, said + gap);
      const next = starts.find((start) => start > x) ?? bbox.left + bbox.width;
      const label = fitting(ctx, marker.label, next - from);
      ctx.fillText(label, from, bbox.top - 6 * devicePixelRatio);
      said = from + ctx.measureText(label).width;
    }
    ctx.setLineDash([]);
    ctx.strokeStyle = getComputedStyle(this.box).getPropertyValue("--st-background-color");
    ctx.lineWidth = 3 * devicePixelRatio;
    ctx.lineJoin = "round";
    const placed = []; // where there are labels already; the highest peaks have theirs first
    const highest = [...this.drawing.peaks].sort((one, other) => other.value - one.value);
    for (const peak of highest) {
      const [x, y] = [u.valToPos(peak.t, "x", true), u.valToPos(peak.value, "y", true)];
      ctx.fillStyle = peak.colour;
      ctx.beginPath();
      ctx.arc(x, y, 4 * devicePixelRatio, 0, 2 * Math.PI);
      ctx.fill();
      const { width } = ctx.measureText(peak.label);
      const left = Math.min(Math.max(x - width / 2, bbox.left), bbox.left + bbox.width - width);
      const hasRoom = y - 24 * devicePixelRatio > bbox.top;
      const top = y + (hasRoom ? -8 : 18) * devicePixelRatio;
      const isFree = (other) =>
        Math.abs(other.top - top) > LABEL_PX * devicePixelRatio ||
        other.left > left + width + gap || left > other.left + other.width + gap;
      if (!placed.every(isFree)) continue;
      placed.push({ left, top, width });
      ctx.strokeText(peak.label, left, top);
      ctx.fillStyle = text;
      ctx.fillText(peak.label, left, top);
    }
    ctx.restore();
  }

  drawNames(u, text) {
    const { ctx, bbox } = u;
    const [x, ratio] = [bbox.left + bbox.width, devicePixelRatio];
    ctx.save();
    ctx.font = `${12 * ratio}px ${this.font}`;
    ctx.textAlign = "left";
    ctx.textBaseline = "middle";
    for (const one of this.drawing.series) {
      if (one.end === undefined || one.end === null) continue;
      const y = u.valToPos(one.end, "y", true);
      ctx.strokeStyle = one.colour;
      ctx.lineWidth = (one.strong ? 2.5 : 1) * ratio;
      ctx.setLineDash(one.dash.map((length) => length * ratio));
      ctx.beginPath();
      ctx.moveTo(x + 4 * ratio, y);
      ctx.lineTo(x + 16 * ratio, y);
      ctx.stroke();
      ctx.fillStyle = text;
      ctx.fillText(one.name, x + 20 * ratio, y, (this.margins.right - 22) * ratio);
    }
    ctx.restore();
  }

  drawStrip() {
    const { strip, range } = this.drawing;
    this.stripBox.replaceChildren();
    this.scale.replaceChildren();
    this.stripLine = null;
    if (!strip.rows.length || !this.plot) return;
    this.drawScale(strip);
    const width = this.traceBox.clientWidth;
    const height = strip.rows.length * ROW_PX;
    const { left, right } = this.margins;
    const inner = width - left - right;
    const canvas = document.createElement("canvas");
    canvas.width = width * devicePixelRatio;
    canvas.height = height * devicePixelRatio;
    canvas.style.height = `${height}px`;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", strip.alt);
    const ctx = canvas.getContext("2d");
    ctx.scale(devicePixelRatio, devicePixelRatio);
    ctx.font = `12px ${this.font}`;
    ctx.textBaseline = "middle";
    const text = getComputedStyle(this.box).color;
    const place = (x) => left + Math.min(Math.max((x - range[0]) / (range[1] - range[0]), 0), 1) * inner;
    strip.rows.forEach((row, number) => {
      const top = number * ROW_PX + GAP_PX / 2;
      ctx.fillStyle = text;
      ctx.fillText(row.name, 0, top + ROW_PX / 2, left - 8);
      row.values.forEach((value, i) => {
        const [from, to] = [strip.x[i], strip.x[i] + strip.step].map(place);
        if (to > from) this.drawCell(ctx, value, from, top, to - from);
      });
    });
    const over = document.createElement("div");
    over.className = "over";
    Object.assign(over.style, { left: `${left}px`, width: `${inner}px` });
    over.addEventListener("click", (event) => {
      this.go(Math.round((range[0] + event.offsetX / inner * (range[1] - range[0])) * 10) / 10);
    });
    this.stripBox.append(canvas, over);
    this.stripLine = this.addLine(over);
  }

  drawCell(ctx, value, x, top, width) {
    const { strip, veil } = this.drawing;
    const height = ROW_PX - GAP_PX;
    if (value === null) {
      ctx.save();
      ctx.beginPath();
      ctx.rect(x, top, width, height);
      ctx.clip();
      ctx.strokeStyle = veil;
      ctx.lineWidth = 2;
      ctx.beginPath();
      const first = Math.floor((x - height) / 8) * 8; // so that stripes run on from cell to cell
      for (let at = first; at < x + width; at += 8) {
        ctx.moveTo(at, top + height);
        ctx.lineTo(at + height, top);
      }
      ctx.stroke();
      ctx.restore();
      return;
    }
    const place = Math.floor(value / strip.top * strip.colours.length);
    ctx.fillStyle = value === WITHHELD ? veil : strip.colours[Math.min(place, strip.colours.length - 1)];
    ctx.fillRect(x, top, Math.max(width, 1) + 0.5, height);
  }

  drawScale(strip) {
    const word = (text) => Object.assign(document.createElement("span"), { textContent: text });
    const bar = document.createElement("i");
    bar.style.background = `linear-gradient(to right, ${strip.colours.join(", ")})`;
    this.scale.append(strip.heading, word(percent(0)), bar, word(percent(strip.top)));
  }
}
