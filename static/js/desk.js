// What scripts add to the town hall's desk. Every page works without this file.

/** In a list of cases the arrow keys go from title to title, Home and End to the first and the last. */
function walkThroughRows(list) {
  list.addEventListener("keydown", (event) => {
    const titles = [...list.querySelectorAll(".list-table__title")];
    const here = titles.indexOf(document.activeElement);
    const goal = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: titles.length - 1 }[event.key];
    if (here === -1 || goal === undefined || !titles[goal]) return;
    event.preventDefault();
    titles[goal].focus();
  });
}

/** While something runs in the background, its state is fetched every two seconds. */
class RunningState extends HTMLElement {
  connectedCallback() {
    this.timer = setInterval(() => this.refresh(), 2000);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  async refresh() {
    const answer = await fetch(location.href).catch(() => null);
    if (!answer || !answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("#stand");
    if (fresh) document.querySelector("#stand").replaceWith(fresh);
  }
}

for (const list of document.querySelectorAll(".list-table")) walkThroughRows(list);
customElements.define("running-state", RunningState);
