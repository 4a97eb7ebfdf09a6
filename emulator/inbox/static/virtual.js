/* A list of rows of one height, of which only those in sight are in the document. */

import { el } from "./dom.js";

const SPARE = 8;

export class VirtualList {
  #items = [];
  #drawn = new Map();

  /** `draw(item)` gives a row with one link; `sign(item)` changes when it has to be drawn again. */
  constructor(box, { label, height, key, sign, draw }) {
    Object.assign(this, { box, height, key, sign, draw });
    this.list = el("ul", { "aria-label": label });
    box.append(this.list);
    box.addEventListener("scroll", () => this.#show(), { passive: true });
    new ResizeObserver(() => this.#show()).observe(box);
    this.list.addEventListener("keydown", (event) => this.#move(event));
    this.list.addEventListener("focusout", () => requestAnimationFrame(() => this.#show()));
  }

  /** Show these items instead. */
  set(items) {
    this.#items = items;
    this.list.style.height = `${items.length * this.height}px`;
    this.#show();
  }

  /** Put the keyboard on a row, the first one in sight by default. */
  focus(index = Math.floor(this.box.scrollTop / this.height)) {
    if (!this.#items[index]) return;
    const top = index * this.height;
    if (top < this.box.scrollTop) this.box.scrollTop = top;
    else if (top + this.height > this.box.scrollTop + this.box.clientHeight)
      this.box.scrollTop = top + this.height - this.box.clientHeight;
    this.#show();
    this.#drawn.get(this.key(this.#items[index]))?.node.querySelector("a").focus();
  }

  #show() {
    const first = Math.max(0, Math.floor(this.box.scrollTop / this.height) - SPARE);
    const last = Math.min(this.#items.length, Math.ceil((this.box.scrollTop + this.box.clientHeight) / this.height) + SPARE);
    const wanted = new Map();
    for (let i = first; i < last; i++) wanted.set(this.key(this.#items[i]), i);
    // The row that has the keyboard stays, or the next key press would go nowhere.
    const focused = this.#keyOf(document.activeElement);
    if (this.#drawn.has(focused) && this.#indexOf(focused) >= 0) wanted.set(focused, this.#indexOf(focused));
    for (const [key, row] of this.#drawn)
      if (!wanted.has(key)) {
        row.node.remove();
        this.#drawn.delete(key);
      }
    let after = null;
    for (const [key, i] of [...wanted].sort((a, b) => a[1] - b[1])) {
      const node = this.#row(key, i);
      const next = after ? after.nextSibling : this.list.firstChild;
      if (node !== next) this.#insert(node, next);
      after = node;
    }
    this.#rove();
  }

  #row(key, i) {
    const item = this.#items[i];
    const signed = `${i}/${this.#items.length}/${this.sign(item)}`;
    let row = this.#drawn.get(key);
    if (row?.signed === signed) return row.node;
    if (!row) {
      row = { node: el("li") };
      this.#drawn.set(key, row);
    }
    const focused = row.node.contains(document.activeElement);
    row.signed = signed;
    row.node.replaceChildren(this.draw(item));
    row.node.style.transform = `translateY(${i * this.height}px)`;
    row.node.setAttribute("aria-posinset", i + 1);
    row.node.setAttribute("aria-setsize", this.#items.length);
    if (focused) row.node.querySelector("a").focus({ preventScroll: true });
    return row.node;
  }

  #insert(node, before) {
    const focused = node.contains(document.activeElement) ? document.activeElement : null;
    this.list.insertBefore(node, before);
    focused?.focus({ preventScroll: true });
  }

  /** Tab reaches one row; the arrow keys reach the others. */
  #rove() {
    const links = [...this.list.querySelectorAll("a")];
    const stop = links.find((link) => link === document.activeElement)
      ?? links.find((link) => link.getAttribute("aria-current")) ?? links.find((link) => this.#inSight(link)) ?? links[0];
    for (const link of links) link.tabIndex = link === stop ? 0 : -1;
  }

  #inSight(link) {
    return this.#indexOf(this.#keyOf(link)) * this.height >= this.box.scrollTop;
  }

  /** The key of the row that an element stands in. */
  #keyOf(node) {
    const item = node?.closest("li");
    for (const [key, row] of this.#drawn) if (row.node === item) return key;
    return undefined;
  }

  #indexOf(key) {
    return this.#items.findIndex((item) => this.key(item) === key);
  }

  #move(event) {
    const at = this.#indexOf(this.#keyOf(event.target));
    if (at < 0) return;
    const page = Math.max(1, Math.floor(this.box.clientHeight / this.height) - 1);
    const target = {
      ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: this.#items.length - 1, PageDown: at + page, PageUp: at - page,
    }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    this.focus(Math.min(Math.max(target, 0), this.#items.length - 1));
  }
}
