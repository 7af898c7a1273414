// SPDX-License-Identifier: GPL-2.0-or-later
// Draws the flame graph of the page, and lets one zoom, search and walk in it. All text of the data
// goes through textContent, so that none of it is taken for HTML.
'use strict';

(function () {
  const ROW = 21; // pixels
  const NARROWEST = 0.7; // pixels; what is narrower is not drawn until one zooms

  const data = JSON.parse(document.getElementById('data').textContent);
  const graph = document.getElementById('graph');
  const tip = document.getElementById('tip');
  const search = document.getElementById('search');
  const reset = document.getElementById('reset');
  const found = document.getElementById('found');

  // Each node in front of its children, the root first.
  const nodes = [];
  let zoomed, current, words = '';

  function readNodes() {
    const path = []; // the last node of each level
    for (let i = 0; i < data.nodes.length; i += 5) {
      const level = data.nodes[i];
      const node = {
        level,
        text: data.texts[data.nodes[i + 1]],
        source: data.texts[data.nodes[i + 2]],
        module: data.texts[data.nodes[i + 3]],
        value: data.nodes[i + 4],
        parent: level > 0 ? path[level - 1] : null,
        children: [],
        start: 0,
        used: 0, // by the children so far
        element: null,
      };
      if (node.parent) {
        node.start = node.parent.start + node.parent.used;
        node.parent.used += node.value;
        node.parent.children.push(node);
      }
      path[level] = node;
      nodes.push(node);
    }
  }

  function amount(value) {
    if (!data.bytes)
      return value.toLocaleString('en');
    const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
    let unit = 0, size = value;
    for (; size >= 1023.95 && unit < units.length - 1; unit++)
      size /= 1024;
    return (unit === 0 ? String(value) : size.toFixed(1)) + ' ' + units[unit];
  }

  function share(part, whole) {
    return whole > 0 ? (100 * part / whole).toFixed(1) + ' %' : '0 %';
  }

  function textHash(text) {
    let hash = 2166136261; // FNV-1a
    for (let i = 0; i < text.length; i++)
      hash = Math.imul(hash ^ text.charCodeAt(i), 16777619) >>> 0;
    return hash;
  }

  // Functions of a module have its hue, and differ in lightness. What is no function is grey.
  function paint(node) {
    const style = node.element.style;
    if (node.text.startsWith('[') || node.level === 0)
      node.element.classList.add('none');
    style.setProperty('--hue', textHash(node.module || node.text) % 360);
    style.setProperty('--shade', textHash(node.text) % 9 - 4 + '%');
  }

  function figures(node) {
    const root = nodes[0];
    let text = amount(node.value) + ', ' + share(node.value, root.value) + ' of all';
    if (zoomed !== root && node !== zoomed && node.level > zoomed.level)
      text += ', ' + share(node.value, zoomed.value) + ' of ' + zoomed.text;
    return text;
  }

  function isAbove(node) {
    for (let other = zoomed.parent; other; other = other.parent)
      if (other === node)
        return true;
    return false;
  }

  function isFound(node) {
    return words !== '' && (node.text.toLowerCase().includes(words) ||
      node.source.toLowerCase().includes(words) || node.module.toLowerCase().includes(words));
  }

  function makeElement(node, left, width, pixels) {
    const element = document.createElement('div');
    element.setAttribute('role', 'treeitem');
    element.setAttribute('aria-level', node.level + 1);
    element.setAttribute('aria-label', node.text + ', ' + figures(node));
    element.tabIndex = -1;
    element.style.left = 100 * left + '%';
    element.style.width = 100 * width + '%';
    element.style.top = node.level * ROW + 'px';
    element.classList.toggle('above', isAbove(node));
    element.classList.toggle('narrow', pixels < 8);
    element.classList.toggle('found', isFound(node));
    if (pixels >= 24)
      element.textContent = node.text;
    element.node = node;
    node.element = element;
    paint(node);
    return element;
  }

  // Callers of the function that is zoomed into are as wide as the page.
  function draw() {
    const elements = [], width = graph.clientWidth || 1;
    let levels = 0;
    for (const node of nodes) {
      node.element = null;
      const above = isAbove(node);
      const left = above ? 0 : (node.start - zoomed.start) / zoomed.value;
      const part = above ? 1 : node.value / zoomed.value;
      const drawn = above || node === zoomed ||
        (node.parent && node.parent.element && !isAbove(node.parent));
      if (!drawn || part * width < NARROWEST)
        continue;
      levels = Math.max(levels, node.level + 1);
      elements.push(makeElement(node, left, part, part * width));
    }
    graph.style.height = levels * ROW + 'px';
    graph.replaceChildren(...elements);
    if (!current.element)
      current = zoomed;
    current.element.tabIndex = 0;
    reset.disabled = zoomed === nodes[0];
  }

  function line(name, text) {
    const element = document.createElement(name);
    element.textContent = text;
    return element;
  }

  function showTip(node, x, y) {
    let own = node.value - node.used;
    tip.replaceChildren(line('strong', node.text));
    if (node.source)
      tip.append(line('span', node.source));
    if (node.module && !node.source.startsWith(node.module))
      tip.append(line('span', node.module));
    tip.append(line('div', figures(node)));
    if (own > 0 && node.children.length > 0)
      tip.append(line('div', amount(own) + ' of it allocated here'));
    tip.hidden = false;
    const box = tip.getBoundingClientRect();
    tip.style.left = Math.max(4, Math.min(x + 12, innerWidth - box.width - 4)) + 'px';
    tip.style.top = (y + 18 + box.height > innerHeight ? Math.max(4, y - box.height - 8) : y + 18) +
      'px';
  }

  function hideTip() {
    tip.hidden = true;
  }

  function focusNode(node) {
    if (!node || !node.element)
      return;
    current.element.tabIndex = -1;
    current = node;
    node.element.tabIndex = 0;
    node.element.focus();
    node.element.scrollIntoView({ block: 'nearest' });
    const box = node.element.getBoundingClientRect();
    showTip(node, box.left, box.bottom - 12);
  }

  function zoom(node, focus) {
    if (node.value <= 0)
      return;
    zoomed = current = node;
    hideTip();
    draw();
    if (focus)
      focusNode(node);
  }

  // Nothing is counted twice: what a found function called belongs to it.
  function countFound() {
    let sum = 0, count = 0, inside = -1;
    for (const node of nodes) {
      if (inside >= 0 && node.level <= inside)
        inside = -1;
      if (!isFound(node))
        continue;
      count++;
      if (inside < 0) {
        sum += node.value;
        inside = node.level;
      }
    }
    return { sum, count };
  }

  function runSearch() {
    words = search.value.trim().toLowerCase();
    graph.classList.toggle('searched', words !== '');
    for (const element of graph.children)
      element.classList.toggle('found', isFound(element.node));
    const { sum, count } = countFound();
    found.textContent = words === '' ? '' :
      count.toLocaleString('en') + (count === 1 ? ' match, ' : ' matches, ') + amount(sum) + ', ' +
      share(sum, nodes[0].value) + ' of all';
  }

  // The drawn node beside it in its row.
  function beside(node, step) {
    const row = Array.from(graph.children).filter(e => e.node.level === node.level);
    const other = row[row.indexOf(node.element) + step];
    return other ? other.node : null;
  }

  function walk(key) {
    switch (key) {
      case 'ArrowDown': return current.children.find(child => child.element);
      case 'ArrowUp': return current.parent;
      case 'ArrowLeft': return beside(current, -1);
      case 'ArrowRight': return beside(current, 1);
      case 'Home': return nodes[0];
      default: return undefined;
    }
  }

  graph.addEventListener('keydown', event => {
    if (event.altKey || event.ctrlKey || event.metaKey)
      return;
    if (event.key === 'Enter' || event.key === ' ')
      zoom(current, true);
    else if (/^Arrow|^Home$/.test(event.key))
      focusNode(walk(event.key));
    else
      return;
    event.preventDefault();
  });
  document.addEventListener('keydown', event => {
    if (event.key === 'Escape' && event.target === search && search.value !== '') {
      search.value = '';
      runSearch();
    } else if (event.key === 'Escape') {
      zoom(nodes[0], graph.contains(document.activeElement));
    } else if (event.key === '/' && event.target !== search) {
      event.preventDefault();
      search.focus();
    }
  });
  graph.addEventListener('click', event => {
    if (event.target.node)
      zoom(event.target.node, true);
  });
  graph.addEventListener('focusin', event => {
    if (event.target.node && event.target.matches(':focus-visible'))
      focusNode(event.target.node);
  });
  graph.addEventListener('focusout', hideTip);
  graph.addEventListener('mousemove', event => {
    if (event.target.node)
      showTip(event.target.node, event.clientX, event.clientY);
  });
  graph.addEventListener('mouseleave', hideTip);
  search.addEventListener('input', runSearch);
  reset.addEventListener('click', () => zoom(nodes[0], false));

  readNodes();
  zoomed = current = nodes[0];
  if (nodes[0].value > 0) {
    draw();
    let width = graph.clientWidth;
    addEventListener('resize', () => {
      if (graph.clientWidth !== width) {
        width = graph.clientWidth;
        draw();
      }
    });
  } else {
    graph.textContent = 'The report has nothing to show here.';
  }
})();
