package dune.runtime.graph;

/// A page around an SVG. It needs no other file.
final class HtmlPage {
  private HtmlPage() {}

  static String around(String title, String svg) {
    return """
    <!DOCTYPE html>
    <html lang="en">
    <meta charset="utf-8">
    <title>%s</title>
    <style>
      body { margin: 0; overflow: hidden; }
      #view { width: 100vw; height: 100vh; cursor: grab; }
      #view svg { transform-origin: 0 0; }
      @media (prefers-color-scheme: dark) { body { background: #0d1117; } }
    </style>
    <div id="view">
    %s</div>
    <script>
      const view = document.getElementById("view"), svg = view.querySelector("svg");
      let x = 20, y = 20, scale = 1, drag = null;
      const show = () => svg.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
      view.addEventListener("wheel", e => {
        e.preventDefault();
        if (e.ctrlKey || e.metaKey) {
          const factor = Math.exp(-e.deltaY / 300);
          x = e.clientX - (e.clientX - x) * factor;
          y = e.clientY - (e.clientY - y) * factor;
          scale *= factor;
        } else { x -= e.deltaX; y -= e.deltaY; }
        show();
      }, { passive: false });
      view.addEventListener("pointerdown", e => drag = [e.clientX - x, e.clientY - y]);
      addEventListener("pointermove", e => {
        if (drag) { x = e.clientX - drag[0]; y = e.clientY - drag[1]; show(); }
      });
      view.addEventListener("dragstart", e => e.preventDefault());
      addEventListener("pointerup", () => drag = null);
      show();
    </script>
    </html>
    """
        .formatted(title.replace("&", "&amp;").replace("<", "&lt;"), svg);
  }
}
