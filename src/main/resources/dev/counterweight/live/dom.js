// Small steps in the document.
export const byId = id => document.getElementById(id);

// Only what changed is touched, so that a selection or a reader's place is not lost.
export function text(node, value) {
  if (node.textContent !== value) node.textContent = value;
}

export const set = (id, value) => text(byId(id), value);

export function element(tag, className, content) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (content !== undefined) node.textContent = content;
  return node;
}

// Keeps as many children as there are items.
export function sync(parent, count, make) {
  while (parent.children.length > count) parent.lastElementChild.remove();
  while (parent.children.length < count) parent.append(make());
}
