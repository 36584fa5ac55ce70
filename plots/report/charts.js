// The series of a cell as two charts over one clock, drawn by dygraphs: throughput, and what the reader chooses.
"use strict";

const PREFIXES = { plain: [["T", 1e12], ["G", 1e9], ["M", 1e6], ["k", 1e3]],
                   bytes: [["TiB", 2 ** 40], ["GiB", 2 ** 30], ["MiB", 2 ** 20], ["KiB", 2 ** 10]] };

// 1.23 M, 256 MiB: three digits and a prefix.
function amount(value, bytes) {
  const prefixes = bytes ? PREFIXES.bytes : PREFIXES.plain;
  const [suffix, size] = prefixes.find(([, least]) => Math.abs(value) >= least * 0.9995) ||
    [bytes && value !== 0 ? "B" : "", 1];
  return `${Number((value / size).toPrecision(3))} ${suffix}`.trim();
}

class Chart {
  // A heading, what is under the pointer, and the drawing, which the keyboard can move in.
  constructor(charts, heading) {
    this.charts = charts;
    this.heading = element("h3", {}, heading);
    this.read = element("p", { class: "read" });
    this.plot = element("div", { class: "plot", tabindex: "0", role: "group" });
    this.box = element("div", { class: "chart" }, this.heading, this.read, this.plot);
    this.plot.addEventListener("keydown", (pressed) => this.key(pressed));
  }

  show(cell, number) {
    const metric = this.charts.data.metrics[number];
    const curve = cell.curves[number];
    this.heading.textContent = metric.label;
    this.plot.setAttribute("aria-label", `${metric.label}, ${cell.name}: chart over time`);
    this.rest = `median of ${cell.n} ${cell.n === 1 ? "trial" : "trials"}`;
    this.read.textContent = this.rest;
    this.graph?.destroy();
    this.graph = null;
    if (!curve) {
      this.plot.replaceChildren();
      this.read.textContent = "zero throughout, or not in the series of this cell";
      return;
    }
    const rows = curve.median.map((median, row) =>
      [curve.t0 + row * curve.step, median === null ? null : [curve.low[row], median, curve.high[row]]]);
    this.graph = new Dygraph(this.plot, rows, this.options(cell, metric));
  }

  options(cell, metric) {
    const bytes = metric.unit === "bytes";
    return {
      labels: ["seconds", "median"], customBars: true, colors: ["#4477AA"], fillAlpha: 0.18, strokeWidth: 1.5,
      legend: "never", includeZero: true, gridLineColor: "#E4E4E4", axisLineColor: "#999999", gridLineWidth: 0.5,
      highlightCircleSize: 3, animatedZooms: false, dateWindow: this.charts.range, xRangePad: 4,
      axes: { x: { axisLabelFormatter: (t) => `${Number(t.toPrecision(6))} s`, axisLabelWidth: 60, pixelsPerLabel: 70 },
              y: { axisLabelFormatter: (value) => amount(value, bytes), axisLabelWidth: 64 } },
      highlightCallback: (_, t, points) => this.say(t, points[0], bytes),
      unhighlightCallback: () => { this.read.textContent = this.rest; },
      zoomCallback: (from, to) => this.charts.zoom([from, to]),
      underlayCallback: (canvas, area, graph) => this.mark(canvas, area, graph, cell.marks),
    };
  }

  say(t, point, bytes) {
    const row = this.graph.getValue(point.idx, 1);
    const [low, median, high] = row.map((value) => amount(value, bytes));
    this.read.textContent = `at ${Number(t.toPrecision(4))} s: ${median}; trials from ${low} to ${high}`;
  }

  mark(canvas, area, graph, marks) {
    canvas.save();
    canvas.strokeStyle = "#777777";
    canvas.setLineDash([4, 3]);
    for (const [t] of marks) {
      const x = Math.round(graph.toDomXCoord(t)) + 0.5;
      if (x < area.x || x > area.x + area.w) continue;
      canvas.beginPath();
      canvas.moveTo(x, area.y);
      canvas.lineTo(x, area.y + area.h);
      canvas.stroke();
    }
    canvas.restore();
  }

  key(pressed) {
    const step = { "+": "in", "=": "in", "-": "out", ArrowLeft: "left", ArrowRight: "right", 0: "all" }[pressed.key];
    if (!step || pressed.ctrlKey || pressed.metaKey || pressed.altKey) return;
    pressed.preventDefault();
    this.charts.step(step);
  }
}

class Charts {
  constructor(box) {
    this.box = box;
    this.data = JSON.parse(document.getElementById("charts-data").textContent);
    this.cell = 0;
    this.range = null;  // seconds, null for all
    this.numbers = [this.data.used[0], this.data.used[1] ?? this.data.used[0]];
    this.charts = this.numbers.map((number) => new Chart(this, this.data.metrics[number].label));
    this.table = element("details", { class: "numbers" }, element("summary", {}, "The numbers of the first chart"));
    this.table.addEventListener("toggle", () => this.tabulate());
    this.marks = element("p", { class: "marks" });
    this.status = element("p", { role: "status", class: "unseen" });
    box.classList.add("charts");
    box.append(this.tools(), ...this.charts.map((chart) => chart.box), this.marks, this.status, this.table);
    box.hidden = false;
    this.show();
  }

  tools() {
    const cells = this.list("cell", this.data.cells.map((cell, place) => [place, cell.name]), this.cell, (place) => {
      this.cell = place;
      this.show();
    });
    const metrics = this.data.used.map((number) => [number, this.data.metrics[number].label]);
    const choices = ["first chart", "second chart"].map((name, place) =>
      this.list(name, metrics, this.numbers[place], (number) => {
        this.numbers[place] = number;
        this.show();
      }));
    const buttons = [["Zoom in", "in"], ["Zoom out", "out"], ["Earlier", "left"], ["Later", "right"], ["All", "all"]]
      .map(([text, step]) => {
        const button = element("button", { type: "button" }, text);
        button.addEventListener("click", () => this.step(step));
        return button;
      });
    return element("div", { class: "tools" }, cells, ...choices, ...buttons);
  }

  list(name, choices, chosen, change) {
    const list = element("select");
    for (const [value, text] of choices) list.append(element("option", { value, selected: value === chosen }, text));
    list.addEventListener("change", () => change(Number(list.value)));
    return element("label", {}, name, list);
  }

  show() {
    const cell = this.data.cells[this.cell];
    this.charts.forEach((chart, place) => chart.show(cell, this.numbers[place]));
    this.marks.textContent = cell.marks.map(([t, text]) => `${Number(t.toPrecision(3))} s: ${text}`).join("; ");
    this.marks.hidden = cell.marks.length === 0;
    this.tabulate();
  }

  whole() {
    const ends = this.charts.filter((chart) => chart.graph).map((chart) => chart.graph.xAxisExtremes());
    return [Math.min(...ends.map(([from]) => from)), Math.max(...ends.map(([, to]) => to))];
  }

  step(step) {
    if (!this.charts.some((chart) => chart.graph)) return;
    const [first, last] = this.whole();
    let [from, to] = this.range || [first, last];
    const [middle, half] = [(from + to) / 2, (to - from) / 2];
    if (step === "all") return this.zoom(null);
    if (step === "in") [from, to] = [middle - half / 2, middle + half / 2];
    if (step === "out") [from, to] = [middle - half * 2, middle + half * 2];
    const by = step === "left" ? Math.max(-half, first - from) : step === "right" ? Math.min(half, last - to) : 0;
    this.zoom([Math.max(first, from + by), Math.min(last, to + by)]);
  }

  zoom(range) {
    const [first, last] = this.whole();
    this.range = range && (range[0] > first || range[1] < last) ? range : null;
    for (const chart of this.charts) chart.graph?.updateOptions({ dateWindow: this.range });
    const [from, to] = (this.range || [first, last]).map((t) => Number(t.toPrecision(3)));
    this.status.textContent = `shown: ${from} to ${to} seconds`;
    this.tabulate();
  }

  // The first chart as a table, of what is in view, for those who cannot see it and for checking.
  tabulate() {
    this.table.querySelector(".scroll")?.remove();
    const curve = this.data.cells[this.cell].curves[this.numbers[0]];
    if (!this.table.open || !curve) return;
    const metric = this.data.metrics[this.numbers[0]];
    const bytes = metric.unit === "bytes";
    const [from, to] = this.range || [-Infinity, Infinity];
    const lines = curve.median
      .map((median, row) => [curve.t0 + row * curve.step, median, curve.low[row], curve.high[row]])
      .filter(([t, median]) => t >= from && t <= to && median !== null)
      .map(([t, ...values]) => element("tr", {}, element("th", { scope: "row", class: "number" }, t.toFixed(3)),
        ...values.map((value) => element("td", { class: "number" }, amount(value, bytes)))));
    const head = ["seconds", "median", "smallest", "largest"].map((text) =>
      element("th", { scope: "col", class: "number" }, text));
    this.table.append(element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "numbers" },
      element("table", {}, element("caption", {}, `${metric.label}, ${this.data.cells[this.cell].name}`),
        element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...lines))));
  }
}

const chartsBox = document.getElementById("charts");
const charts = chartsBox ? new Charts(chartsBox) : null;

// Paper is narrower than most windows, and a canvas does not flow: the style for print makes it smaller by so much.
const paperWidth = 640;
window.addEventListener("beforeprint", () => charts?.charts.forEach((chart) => {
  chart.plot.style.setProperty("--zoom", Math.min(1, paperWidth / chart.plot.clientWidth));
}));
