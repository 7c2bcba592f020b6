// What the person chose: words by name, kept in the address hash, so that a link or a reload shows
// the same page. Parts ask for a name, change it, and hear of changes.

export const MOST = 12; // runs side by side, and curves on one axis, that an eye can follow

export function makeStore(data, place = globalThis.location, history = globalThis.history) {
  let words = parsed(place.hash);
  const listeners = [];
  const byFolder = new Map(data.rows.map((row) => [row.folder, row.index]));
  const store = {
    data,
    visible: data.rows, // the rows that search and filters leave, in the table's order
    fallback: [], // the rows that are selected before anybody chose
  };

  // The word of a name; fallback: what it is where nobody chose, which the hash does not hold.
  store.word = (name, fallback = "") => words.get(name) ?? fallback;
  store.names = (prefix) => [...words.keys()].filter((name) => name.startsWith(prefix));

  // The dataset that a selector of this name shows: the chosen one, or, where search and filters
  // leave none of its runs, the first one that they leave.
  store.group = (name) => {
    const chosen = Math.min(Number(store.word(name, "0")) || 0, data.groups.length - 1);
    const left = new Set(store.visible.map((row) => row.group).filter((group) => group !== null));
    return left.has(chosen) || !left.size ? chosen : [...left].reduce((a, b) => Math.min(a, b));
  };

  // changes: {name: word}; null forgets the choice.
  store.change = (changes) => {
    const before = new Map(words);
    for (const [name, word] of Object.entries(changes)) {
      if (word === null) words.delete(name);
      else words.set(name, String(word));
    }
    write();
    tellOf(before);
  };

  // listener: called when the word of a name that starts with one of `prefixes` changed, or on "visible"
  store.on = (prefixes, listener) => listeners.push({ prefixes: [prefixes].flat(), listener });
  store.tell = (name) => {
    const mine = listeners.filter(({ prefixes }) => prefixes.some((one) => name.startsWith(one)));
    mine.forEach(({ listener }) => listener());
  };

  // The selected rows, by index.
  store.selected = () => {
    const text = words.get("runs");
    if (text === undefined) return store.fallback;
    const folders = text.split(",").map(decodeURIComponent);
    return folders.map((folder) => byFolder.get(folder)).filter((index) => index !== undefined);
  };
  store.select = (indices) => {
    const folders = indices.map((index) => encodeURIComponent(data.rows[index].folder));
    store.change({ runs: folders.join(",") });
  };
  store.toggle = (index) => {
    const chosen = store.selected();
    const rest = chosen.filter((one) => one !== index);
    store.select(rest.length < chosen.length ? rest : [...chosen, index]);
  };

  function write() {
    const text = new URLSearchParams([...words]).toString();
    const address = text ? `#${text}` : place.pathname + place.search;
    history.replaceState(null, "", address);
  }

  function tellOf(before) {
    const names = new Set([...before.keys(), ...words.keys()]);
    const changed = [...names].filter((name) => before.get(name) !== words.get(name));
    const mine = listeners.filter(({ prefixes }) =>
      changed.some((name) => prefixes.some((one) => name.startsWith(one))),
    );
    mine.forEach(({ listener }) => listener());
  }

  globalThis.addEventListener?.("hashchange", () => {
    if (isAnchor(place.hash)) return;
    const before = words;
    words = parsed(place.hash);
    tellOf(before);
  });
  return store;
}

// A link into the page, not a choice.
const isAnchor = (hash) => hash.length > 1 && !hash.includes("=");

export function parsed(hash) {
  return isAnchor(hash) ? new Map() : new Map(new URLSearchParams(hash.replace(/^#/, "")));
}
