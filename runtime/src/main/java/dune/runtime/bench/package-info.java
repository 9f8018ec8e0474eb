/// How fast a model is on this machine, and what bounds it.
///
/// In: builds of a model or a bundle, weights or a seed for random ones, and a {@link
/// dune.runtime.bench.Plan}. Out: a {@link dune.runtime.bench.BenchReport}, as a table, CSV, JSON
/// or a picture. Where a step's time goes within it is the matter of {@link dune.runtime.profile}.
package dune.runtime.bench;
