/* Setting the scene. */
import { el } from "./dom.js";
export class Scene {
  node = el("div", { class: "scene" }, el("h2", null, "Scene"));
  render() {}
  refresh() {}
}
