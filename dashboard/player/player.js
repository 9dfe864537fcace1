// The content beside its trace, with one cursor. While it plays nothing is told to Python: only
// where it was paused or sought to, and which range was drawn.

const TOLD_AFTER_MS = 250;
const STEP_S = 1;
const LEAP_S = 5;
const PICTURE_S = 1 / 25;
const LEFT_PX = 96;
const RIGHT_PX = 16;
const ROW_PX = 18;
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

const percent = (share) => `${Math.round(share * 100)}%`;

class Player {
  constructor(root) {
    this.box = root.querySelector(".player");
    this.video = root.querySelector("video");
    this.traceBox = root.querySelector(".trace");
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
    const { x, series } = this.drawing;
    const second = Math.floor(this.at);
    let place = x.findIndex((value) => value > second) - 1;
    if (place < 0) place = x.length - 1;
    const said = series
      .filter((one) => one.strong)
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
    this.plot.setSize({ width: this.traceBox.clientWidth, height: this.drawing.height });
    this.drawStrip();
    this.move(this.at);
  }

  draw() {
    this.plot?.destroy();
    const { drawing } = this;
    const text = getComputedStyle(this.box).color;
    const axis = { stroke: text, grid: { stroke: drawing.grid, width: 1 }, ticks: { show: false } };
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
      bands.push({ series: [at - 2, at - 1], fill: one.colour + "33" });
    }
    this.plot = new uPlot({
      width: this.traceBox.clientWidth || 600,
      height: drawing.height,
      padding: [16, RIGHT_PX, 0, 0],
      legend: { show: false },
      cursor: { drag: { x: true, y: false, setScale: false }, points: { show: false }, y: false },
      scales: {
        x: { time: false, range: () => drawing.range },
        y: { range: () => [0, drawing.top] },
      },
      axes: [
        { ...axis, values: (_, ticks) => ticks.map(clock), space: 70 },
        { ...axis, values: (_, ticks) => ticks.map(percent), size: LEFT_PX },
      ],
      series, bands,
      hooks: {
        drawClear: [(u) => this.drawVeils(u)],
        draw: [(u) => this.drawMarks(u, text)],
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
    ctx.font = `${12 * devicePixelRatio}px sans-serif`;
    ctx.strokeStyle = ctx.fillStyle = text;
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
      ctx.fillText(marker.label, x + 4 * devicePixelRatio, bbox.top - 4 * devicePixelRatio);
    }
    ctx.setLineDash([]);
    for (const peak of this.drawing.peaks) {
      const [x, y] = [u.valToPos(peak.t, "x", true), u.valToPos(peak.value, "y", true)];
      ctx.fillStyle = peak.colour;
      ctx.beginPath();
      ctx.arc(x, y, 4 * devicePixelRatio, 0, 2 * Math.PI);
      ctx.fill();
      ctx.fillStyle = text;
      ctx.textAlign = x > bbox.left + bbox.width * 0.85 ? "right" : "left";
      ctx.fillText(peak.label, x, y - 8 * devicePixelRatio);
    }
    ctx.restore();
  }

  drawStrip() {
    const { strip } = this.drawing;
    this.stripBox.replaceChildren();
    this.stripLine = null;
    if (!strip.rows.length || !this.plot) return;
    const width = this.traceBox.clientWidth;
    const height = strip.rows.length * ROW_PX;
    const canvas = document.createElement("canvas");
    canvas.width = width * devicePixelRatio;
    canvas.height = height * devicePixelRatio;
    canvas.style.height = `${height}px`;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", strip.alt);
    const ctx = canvas.getContext("2d");
    ctx.scale(devicePixelRatio, devicePixelRatio);
    ctx.font = "12px sans-serif";
    ctx.textBaseline = "middle";
    const [left, inner] = [LEFT_PX, width - LEFT_PX - RIGHT_PX];
    const place = (x) => left + (x - this.drawing.range[0]) / (this.drawing.range[1] - this.drawing.range[0]) * inner;
    strip.rows.forEach((row, number) => {
      const top = number * ROW_PX;
      ctx.fillStyle = getComputedStyle(this.box).color;
      ctx.fillText(row.name, 0, top + ROW_PX / 2, LEFT_PX - 8);
      row.values.forEach((value, i) => {
        if (value === null) return;
        const [from, to] = [strip.x[i], strip.x[i] + strip.step].map(place);
        const shown = [Math.max(from, left), Math.min(to, left + inner)];
        if (shown[1] <= shown[0]) return;
        ctx.fillStyle = strip.colours[Math.min(Math.floor(value / strip.top * strip.colours.length), strip.colours.length - 1)];
        ctx.fillRect(shown[0], top + 1, Math.max(shown[1] - shown[0], 1), ROW_PX - 2);
      });
    });
    const over = document.createElement("div");
    Object.assign(over.style, { position: "absolute", left: `${left}px`, top: 0, bottom: 0, width: `${inner}px` });
    this.stripBox.append(canvas, over);
    this.stripLine = this.addLine(over);
  }
}
