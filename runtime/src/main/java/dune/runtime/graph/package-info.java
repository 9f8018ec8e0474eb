/// Pictures of a model's intermediate representation.
///
/// In: a {@link dune.ir.Function}. {@link dune.runtime.graph.GraphReader} keeps what computes and
/// puts it into the boxes of its blocks, {@link dune.runtime.graph.Folding} draws equal layers
/// once, {@link dune.runtime.graph.SvgDrawing} sets places and writes SVG, alone or in a page.
package dune.runtime.graph;
