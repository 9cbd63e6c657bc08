import { MARK_SHAPES, shapeOf, shapePicture } from "./shapes.js";

/** Keep keys for the element that has the focus: JupyterLab would walk through the cells, or add some. */
function keepKeys(element) {
  element.dataset.lmSuppressShortcuts = "true";
}

/** One compared sampler: its mark, its name, how far it is, and what can be done with it. */
class ComparedRow {
  #mark = document.createElement("span");
  #name = document.createElement("span");
  #state = document.createElement("span");
  #again = document.createElement("button");
  #remove = document.createElement("button");
  #position = -1;

  constructor(tell) {
    this.element = document.createElement("li");
    this.#mark.className = "alviz-compared-mark";
    this.#name.className = "alviz-compared-name";
    this.#state.className = "alviz-compared-state";
    for (const [button, sign] of [[this.#again, "↻"], [this.#remove, "×"]]) {
      button.type = "button";
      button.className = "alviz-compared-button";
      button.textContent = sign;
      keepKeys(button);
    }
    this.#again.onclick = () => tell({ do: "again", name: this.name });
    this.#remove.onclick = () => tell({ do: "remove", name: this.name });
    this.element.append(this.#mark, this.#name, this.#state, this.#again, this.#remove);
  }

  show(row, position) {
    this.name = row.name;
    if (position !== this.#position) {
      this.#position = position;
      const { shape, filled, dotted } = shapeOf(position);
      this.#mark.replaceChildren(shapePicture(MARK_SHAPES[shape], { filled, dotted }));
    }
    this.#name.textContent = row.name;
    this.#state.textContent = row.state;
    this.element.title = row.title;
    this.element.dataset.kind = row.kind;
    this.element.style.setProperty("--alviz-share", row.share);
    this.#again.hidden = row.kind !== "error";
    this.#remove.hidden = !row.removable;
    this.#label(this.#again, `Ask ${row.name} again`);
    this.#label(this.#remove, `Compare ${row.name} no more`);
  }

  #label(button, words) {
    button.title = words;
    button.setAttribute("aria-label", words);
  }
}

/** Who is compared with the chosen sampler, and a way to add others. */
class ComparedList {
  #tell;
  #list = document.createElement("ul");
  #add = document.createElement("select");
  #all = document.createElement("button");
  #rows = [];

  constructor(element, tell) {
    this.#tell = tell;
    element.classList.add("alviz-compared");
    const head = document.createElement("b");
    head.textContent = "Compare here";
    const foot = document.createElement("div");
    foot.className = "alviz-compared-foot";
    this.#add.setAttribute("aria-label", "Add a sampler to compare");
    this.#add.onchange = () => this.#choose();
    this.#add.onkeydown = event => {
      // A closed list would choose its next entry at once.
      if (!["ArrowDown", "ArrowUp"].includes(event.key) || !this.#add.showPicker) return;
      event.preventDefault();
      this.#add.showPicker();
    };
    this.#all.type = "button";
    this.#all.className = "alviz-compared-all";
    this.#all.textContent = "all";
    this.#all.title = "Compare every sampler that can answer at this cycle";
    this.#all.onclick = () => tell({ do: "all" });
    keepKeys(this.#add);
    keepKeys(this.#all);
    foot.append(this.#add, this.#all);
    element.append(head, this.#list, foot);
  }

  show(rows) {
    while (this.#rows.length > rows.length) this.#rows.pop().element.remove();
    while (this.#rows.length < rows.length) {
      const row = new ComparedRow(this.#tell);
      this.#rows.push(row);
      this.#list.append(row.element);
    }
    rows.forEach((row, i) => this.#rows[i].show(row, i));
  }

  offer({ names, chosen }) {
    const first = new Option("+ add a sampler", "", true, true);
    const own = chosen ? [new Option(`as set above: ${chosen}`, "own")] : [];
    this.#add.replaceChildren(first, ...own, ...names.map(name => new Option(name, `name ${name}`)));
    this.#add.disabled = !chosen && !names.length;
    this.#all.hidden = !names.length;
  }

  #choose() {
    const { value } = this.#add;
    this.#add.selectedIndex = 0;
    if (value) this.#tell(value === "own" ? { do: "own" } : { do: "add", name: value.slice(5) });
  }
}

export default {
  render({ model, el }) {
    const list = new ComparedList(el, message => model.send(message));
    const rows = () => list.show(model.get("rows"));
    const offer = () => list.offer(model.get("offers"));
    model.on("change:rows", rows);
    model.on("change:offers", offer);
    rows();
    offer();
    return () => {
      model.off("change:rows", rows);
      model.off("change:offers", offer);
    };
  },
};
