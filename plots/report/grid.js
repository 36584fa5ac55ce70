// Tables that sort, filter and turn pages. Each has its rows as JSON beside it; only those of a page are elements.
"use strict";

// An element with attributes and children; texts are texts, never markup.
function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

class Grid {
  static mostPrinted = 1000;
  static mostChoices = 60;
  static short = 12;

  constructor(box) {
    this.box = box;
    this.data = JSON.parse(document.getElementById(box.id + "-data").textContent);
    this.columns = this.data.columns;
    this.table = box.querySelector("table");
    this.shown = this.columns.map((column) => !column.hidden);
    this.picked = new Map();  // column number -> number of the label that rows must have
    this.words = [];
    this.sorted = null;       // {column, down}
    this.page = 0;
    this.size = this.data.page;
    this.texts = null;        // what words are looked for in, a text per row, made at the first search
    this.addTools();
    this.addPages();
    this.head();
    this.find();
  }

  // The controls above the table: words to look for and a list for each factor, and the columns. Those of a short
  // table are folded away.
  addTools() {
    const search = element("input", { type: "search", autocomplete: "off", spellcheck: "false" });
    search.addEventListener("input", () => {
      this.words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      this.find();
    });
    const filters = element("div", { class: "filters" }, element("label", {}, "Rows with the words", search));
    this.columns.forEach((column, number) => {
      if (column.kind === "level" && column.labels.length > 1 && column.labels.length <= Grid.mostChoices) {
        filters.append(this.chooser(column, number));
      }
    });
    const tools = element("div", { class: "tools" });
    tools.append(element("details", { open: this.data.n > Grid.short }, element("summary", {}, "Filter"), filters));
    if (this.columns.some((column) => column.hidden)) tools.append(this.columnPicker());
    this.box.prepend(tools);
  }

  chooser(column, number) {
    const list = element("select", {}, element("option", { value: "" }, "all"));
    column.labels.forEach((label, place) => list.append(element("option", { value: place }, label || "none")));
    list.addEventListener("change", () => {
      if (list.value === "") this.picked.delete(number);
      else this.picked.set(number, Number(list.value));
      this.find();
    });
    return element("label", {}, column.name, list);
  }

  columnPicker() {
    const choices = element("fieldset", {}, element("legend", { class: "unseen" }, "Columns"));
    this.columns.forEach((column, number) => {
      const choice = element("input", { type: "checkbox", checked: this.shown[number] });
      choice.addEventListener("change", () => {
        this.shown[number] = choice.checked;
        this.head();
        this.rows();
      });
      choices.append(element("label", {}, choice, column.name));
    });
    return element("details", {}, element("summary", {}, "Columns"), choices);
  }

  addPages() {
    this.status = element("p", { role: "status" });
    this.turn = [["Previous rows", -1], ["Next rows", 1]].map(([text, step]) => {
      const button = element("button", { type: "button" }, text);
      button.addEventListener("click", () => {
        if (button.getAttribute("aria-disabled") === "true") return;
        this.page += step;
        this.rows();
      });
      return button;
    });
    this.box.append(element("div", { class: "pages" }, this.status, ...this.turn));
  }

  // The headings, each a button that sorts: up, down, as it was.
  head() {
    const line = element("tr");
    this.columns.forEach((column, number) => {
      if (!this.shown[number]) return;
      const button = element("button", { type: "button" }, column.name);
      if (column.unit) button.append(" ", element("span", { class: "unit" }, column.unit));
      const heading = element("th", { scope: "col", class: column.kind }, button);
      button.addEventListener("click", () => this.sort(number));
      heading.dataset.column = number;
      line.append(heading);
    });
    this.table.tHead.replaceChildren(line);
    this.markSorted();
  }

  sort(number) {
    if (this.sorted?.column !== number) this.sorted = { column: number, down: false };
    else this.sorted = this.sorted.down ? null : { column: number, down: true };
    this.markSorted();
    this.find();
  }

  markSorted() {
    for (const heading of this.table.tHead.rows[0].cells) {
      const here = this.sorted?.column === Number(heading.dataset.column);
      if (here) heading.setAttribute("aria-sort", this.sorted.down ? "descending" : "ascending");
      else heading.removeAttribute("aria-sort");
    }
  }

  // Which rows pass, in which order.
  find() {
    const found = [];
    for (let row = 0; row < this.data.n; ++row) if (this.passes(row)) found.push(row);
    if (this.sorted) found.sort(this.comparison());
    this.found = found;
    this.page = 0;
    this.rows();
  }

  passes(row) {
    for (const [number, place] of this.picked) if (this.columns[number].values[row] !== place) return false;
    if (this.words.length === 0) return true;
    this.texts ||= this.allTexts();
    return this.words.every((word) => this.texts[row].includes(word));
  }

  allTexts() {
    const named = this.columns.filter((column) => column.kind !== "number");
    return Array.from({ length: this.data.n }, (_, row) =>
      named.map((column) => column.labels[column.values[row]]).join(" ").toLowerCase());
  }

  // Levels have the order of the config, texts that of their letters; what is missing comes last either way.
  comparison() {
    const { column: number, down } = this.sorted;
    const column = this.columns[number];
    const values = column.kind === "text" ? column.values.map((value) => column.labels[value]) : column.values;
    const sign = down ? -1 : 1;
    return (a, b) => {
      const [left, right] = [values[a], values[b]];
      if (left === null || right === null) return (left === null) - (right === null) || a - b;
      return left === right ? a - b : sign * (left < right ? -1 : 1);
    };
  }

  rows() {
    const first = this.page * this.size;
    const last = Math.min(first + this.size, this.found.length);
    this.table.tBodies[0].replaceChildren(...this.found.slice(first, last).map((row) => this.row(row)));
    const [one, several] = this.data.noun;
    const all = `${this.data.n.toLocaleString("en")} ${this.data.n === 1 ? one : several}`;
    const kept = this.found.length === this.data.n ? all : `${this.found.length.toLocaleString("en")} of ${all}`;
    const whole = last - first === this.found.length;
    this.status.textContent = this.found.length === 0 ? `No row passes: 0 of ${all}`
      : whole ? kept : `${kept}; rows ${(first + 1).toLocaleString("en")} to ${last.toLocaleString("en")}`;
    this.turn[0].setAttribute("aria-disabled", first === 0);
    this.turn[1].setAttribute("aria-disabled", last === this.found.length);
    for (const button of this.turn) button.hidden = whole;
  }

  row(row) {
    const line = element("tr");
    this.columns.forEach((column, number) => {
      if (!this.shown[number]) return;
      const first = line.cells.length === 0;
      line.append(element(first ? "th" : "td", { class: column.kind, scope: first ? "row" : undefined },
                          this.value(column, row)));
    });
    return line;
  }

  value(column, row) {
    const value = column.values[row];
    if (column.kind !== "number") return column.labels[value];
    const text = column.texts[row];
    if (value === null) return missing(this.data.reasons[text]);
    return text === 0 ? String(value) : text;
  }

  // For paper: as many rows as anybody would print; put back by a second call.
  print(on) {
    this.size = on ? Grid.mostPrinted : this.data.page;
    if (on) this.pageOnScreen = this.page;
    this.page = on ? 0 : this.pageOnScreen;
    this.rows();
  }
}

// As the templates make it.
function missing(why) {
  return element("span", { class: "missing", tabindex: "0" }, "missing",
                 element("span", { class: "why" }, element("span", { class: "unseen" }, ": "), why));
}

const grids = Array.from(document.querySelectorAll(".grid"), (box) => new Grid(box));
