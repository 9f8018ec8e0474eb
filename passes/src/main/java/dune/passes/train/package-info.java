/// What training runs: `loss`, derived from `forward` as scoring is.
package dune.passes.train;
