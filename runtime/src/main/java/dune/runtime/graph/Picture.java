package dune.runtime.graph;

import dune.ir.Function;
import java.util.List;

/// A function as it is drawn.
///
/// @param title above everything
/// @param whole the outermost box
public record Picture(String title, Item.Box whole, List<Edge> edges) {
  public Picture {
    edges = List.copyOf(edges);
  }

  /// @param title above everything
  public static Picture of(String title, Function function) {
    return Folding.fold(new GraphReader(function).read(title));
  }

  public String svg() {
    return new SvgDrawing(this).svg();
  }

  /// A page that needs no other file: the wheel and dragging move it, with Ctrl the wheel zooms.
  public String html() {
    return HtmlPage.around(title, svg());
  }
}
