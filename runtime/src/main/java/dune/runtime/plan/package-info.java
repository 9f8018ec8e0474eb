/// What a model needs in memory, for people: formulas, the largest context that fits, a picture.
///
/// In: a {@link dune.passes.plan.Footprint}. Out: text, JSON, SVG. No weights and no native library
/// are needed.
package dune.runtime.plan;
