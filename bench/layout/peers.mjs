// Lays out graphs with ELK or dagre: reads {engine, graphs} as JSON from stdin, writes one drawing for each.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(pathToFileURL(process.argv[2] + "/"));
const input = JSON.parse(await new Response(process.stdin).text());

async function elk(graph) {
  const ELK = require("elkjs");
  const down = graph.direction === "down";
  const options = {
    "elk.algorithm": "layered", "elk.direction": down ? "DOWN" : "RIGHT",
    "elk.edgeRouting": "ORTHOGONAL", "elk.hierarchyHandling": "INCLUDE_CHILDREN",
    "elk.spacing.nodeNode": "36", "elk.layered.spacing.nodeNodeBetweenLayers": "50",
    "elk.json.edgeCoords": "ROOT", "elk.json.shapeCoords": "ROOT",
  };
  const padding = (group) => ({ "elk.padding": `[top=${18 + group.h + 9},left=18,bottom=18,right=18]`,
    "elk.nodeSize.constraints": "MINIMUM_SIZE", "elk.nodeSize.minimum": `(${group.w + 36}, 0)` });
  const nodes = new Map();
  const root = { id: "", layoutOptions: options, children: [], edges: [] };
  for (const group of graph.groups) nodes.set(group.key, { id: group.key, children: [], layoutOptions: padding(group) });
  for (const box of graph.boxes) nodes.set(box.key, { id: box.key, width: box.w, height: box.h });
  const put = (key, parent) => (parent ? nodes.get(parent) : root).children.push(nodes.get(key));
  for (const group of graph.groups) put(group.key, group.parent);
  for (const box of graph.boxes) put(box.key, box.parent);
  for (const line of graph.lines) {
    const labels = line.w ? [{ text: "x", width: line.w, height: line.h, id: line.key + " label" }] : [];
    root.edges.push({ id: line.key, sources: [line.source], targets: [line.target], labels });
  }
  const drawn = await new ELK().layout(root);
  const out = { rects: {}, frames: {}, routes: {}, labels: {} };
  const groups = new Set(graph.groups.map((group) => group.key));
  const visit = (node) => {
    for (const child of node.children ?? []) {
      (groups.has(child.id) ? out.frames : out.rects)[child.id] = [child.x, child.y, child.width, child.height];
      visit(child);
    }
    for (const edge of node.edges ?? []) {
      const section = edge.sections?.[0];
      if (section) out.routes[edge.id] = [section.startPoint, ...(section.bendPoints ?? []), section.endPoint].map((p) => [p.x, p.y]);
      for (const label of edge.labels ?? []) out.labels[edge.id] = [label.x, label.y, label.width, label.height];
    }
  };
  visit(drawn);
  return out;
}

function dagre(graph) {
  const { default: library, ...rest } = require("@dagrejs/dagre");
  const engine = library ?? rest;
  const g = new engine.graphlib.Graph({ compound: true, multigraph: true });
  g.setGraph({ rankdir: graph.direction === "down" ? "TB" : "LR", nodesep: 36, ranksep: 50 });
  for (const group of graph.groups) g.setNode(group.key, { width: group.w + 36, height: group.h + 36 });
  for (const box of graph.boxes) g.setNode(box.key, { width: box.w, height: box.h });
  for (const item of [...graph.groups, ...graph.boxes]) if (item.parent) g.setParent(item.key, item.parent);
  for (const line of graph.lines) {
    const label = line.w ? { width: line.w, height: line.h, labelpos: "r", labeloffset: 5 } : {};
    g.setEdge(line.source, line.target, label, line.key);
  }
  engine.layout(g);
  const out = { rects: {}, frames: {}, routes: {}, labels: {} };
  const groups = new Set(graph.groups.map((group) => group.key));
  for (const key of g.nodes()) {
    const { x, y, width, height } = g.node(key);
    (groups.has(key) ? out.frames : out.rects)[key] = [x - width / 2, y - height / 2, width, height];
  }
  for (const edge of g.edges()) {
    const { points, x, y, width, height } = g.edge(edge);
    out.routes[edge.name] = points.map((p) => [p.x, p.y]);
    if (width) out.labels[edge.name] = [x - width / 2 + 5, y - height / 2, width - 5, height];
  }
  return out;
}

const drawings = [];
for (const graph of input.graphs) {
  const start = process.cpuUsage();
  let drawing = null;
  let error = null;
  try {
    drawing = input.engine === "elk" ? await elk(graph) : dagre(graph);
  } catch (problem) {
    error = String(problem.message ?? problem);
  }
  const used = process.cpuUsage(start);
  drawings.push({ drawing, error, seconds: (used.user + used.system) / 1e6 });
}
process.stdout.write(JSON.stringify(drawings));
